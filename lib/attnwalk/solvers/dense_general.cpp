// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/dense.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace attnwalk::solvers {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXcd;

/// A copy: one type of argument is one instantiation of the solver, which takes 7 s to compile.
MatrixXd copy(const DenseMatrix& A) {
  return Eigen::Map<const MatrixXd>(A.a.data(), A.n, A.n);
}

} // namespace

std::vector<std::complex<double>> eigenvalues(const DenseMatrix& A) {
  if (A.n == 0)
    return {};
  const Eigen::EigenSolver<MatrixXd> solver(copy(A), false);
  return {solver.eigenvalues().begin(), solver.eigenvalues().end()};
}

Eigensystem eigensystem(const DenseMatrix& A) {
  Eigensystem out;
  if (A.n == 0)
    return out;
  const Eigen::EigenSolver<MatrixXd> solver(copy(A));
  const VectorXcd& values = solver.eigenvalues();
  const Eigen::MatrixXcd vectors = solver.eigenvectors();
  std::vector<Index> order(static_cast<std::size_t>(A.n));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index i, Index j) { return std::abs(values[i]) > std::abs(values[j]); });
  for (const Index i : order) {
    out.values.push_back(values[i]);
    for (Index t = 0; t < A.n; ++t)
      out.vectors.push_back(vectors(t, i));
  }
  return out;
}

Eigenpair dominant_eigenpair(const DenseMatrix& A) {
  Eigenpair best;
  const MatrixXd a = copy(A);
  const Eigen::EigenSolver<MatrixXd> right(a);
  Index at = 0;
  right.eigenvalues().cwiseAbs().maxCoeff(&at);
  best.value = right.eigenvalues()[at];
  const VectorXcd v = right.eigenvectors().col(at).normalized();
  best.vector.assign(v.begin(), v.end());
  best.residual = (a.cast<std::complex<double>>() * v - best.value * v).norm();

  const Eigen::EigenSolver<MatrixXd> left(MatrixXd(a.transpose()));
  Index same = 0;
  (left.eigenvalues().array() - best.value).abs().minCoeff(&same);
  const VectorXcd w = left.eigenvectors().col(same).normalized();
  // The left vector belongs to the transpose without conjugation.
  const double overlap = std::abs((w.transpose() * v)(0, 0));
  best.condition = overlap > 0 ? 1 / overlap : std::numeric_limits<double>::infinity();
  return best;
}

} // namespace attnwalk::solvers
