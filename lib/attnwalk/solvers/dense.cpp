// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/dense.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::solvers {

namespace {

using Eigen::Map;
using Eigen::MatrixXd;

Map<const MatrixXd> view(const Square& A) {
  return {A.a.data(), A.n, A.n};
}
Map<MatrixXd> view(Square& A) {
  return {A.a.data(), A.n, A.n};
}

} // namespace

Square product(const Square& A, const Square& B, bool transpose_a, int threads) {
  Square C(A.n);
  const auto a = view(A);
  const auto b = view(B);
  auto c = view(C);
  constexpr Index panel = 128;
  const Index panels = (A.n + panel - 1) / panel;
#pragma omp parallel for schedule(static) num_threads(threads) if (A.n >= 2 * panel)
  for (Index p = 0; p < panels; ++p) {
    const Index begin = p * panel;
    const Index width = std::min(panel, A.n - begin);
    if (transpose_a)
      c.middleCols(begin, width).noalias() = a.transpose() * b.middleCols(begin, width);
    else
      c.middleCols(begin, width).noalias() = a * b.middleCols(begin, width);
  }
  return C;
}

namespace {

/// Eigenvalues ascending and vectors of a symmetric matrix. Eigen's QL iteration asks neighboring
/// diagonal entries for accuracy relative to each other and may give up on a cluster of eigenvalues
/// near 0, returning them unsorted (seen on powers of de Bruijn walks): it gets S + c I, c >=
/// ||S||, and where even that fails, which nothing is known to do, the singular values of the same
/// matrix.
struct Symmetric {
  Symmetric(const Square& S, bool with_vectors) {
    MatrixXd shifted = view(S);
    const double c = shifted.norm();
    shifted.diagonal().array() += c;
    const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(
        shifted, with_vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
    if (solver.info() == Eigen::Success) {
      values = solver.eigenvalues().array() - c;
      if (with_vectors)
        top = solver.eigenvectors().col(S.n - 1);
      return;
    }
    const Eigen::BDCSVD<MatrixXd> svd(shifted, Eigen::ComputeThinU);
    values = svd.singularValues().reverse().array() - c;
    top = svd.matrixU().col(0);
  }
  Eigen::VectorXd values;
  Eigen::VectorXd top; ///< vector of the last value
};

} // namespace

SymmetricTop symmetric_largest(const Square& S, bool with_vector) {
  if (S.n == 0)
    return {};
  const Symmetric solved(S, with_vector);
  SymmetricTop out{solved.values[S.n - 1], {}};
  if (with_vector)
    out.vector.assign(solved.top.begin(), solved.top.end());
  return out;
}

std::vector<double> symmetric_spectrum(const Square& S) {
  if (S.n == 0)
    return {};
  const Symmetric solved(S, false);
  return {solved.values.begin(), solved.values.end()};
}

SymmetricTop norm_2(const Square& X, bool with_vector, int threads) {
  // X'X overflows or underflows where X does not: divide by a power of two first.
  double largest = 0;
  for (const double x : X.a)
    largest = std::max(largest, std::abs(x));
  if (largest == 0)
    return {0, std::vector<double>(with_vector ? static_cast<std::size_t>(X.n) : 0, 0.0)};
  const double unit = std::exp2(std::floor(std::log2(largest)));
  Square scaled = X;
  for (double& x : scaled.a)
    x /= unit;
  SymmetricTop top = symmetric_largest(product(scaled, scaled, true, threads), with_vector);
  top.value = unit * std::sqrt(std::max(0.0, top.value));
  return top;
}

void multiply(const Square& X, bool transposed, const double* x, double* y) {
  const Map<const Eigen::VectorXd> from(x, X.n);
  Map<Eigen::VectorXd> to(y, X.n);
  if (transposed)
    to.noalias() = view(X).transpose() * from;
  else
    to.noalias() = view(X) * from;
}

bool positive_definite(Square S) {
  auto s = view(S);
  const double size = s.trace();
  if (!std::isfinite(s.sum()) || !(size > 0))
    return false;
  // R'R = S - c I + E with |E| <= u (n+1) |R'||R| / (1 - u (n+1)), of norm at most that times
  // tr(R'R).
  constexpr double eps = std::numeric_limits<double>::epsilon();
  s.diagonal().array() -= static_cast<double>(S.n + 2) * eps * size;
  return Eigen::LLT<MatrixXd>(s).info() == Eigen::Success;
}

double frobenius(const Square& X) {
  return view(X).norm();
}

double mixed_norm(const Square& X) {
  if (X.n == 0)
    return 0;
  const double columns = view(X).cwiseAbs().colwise().sum().maxCoeff();
  return std::sqrt(columns * view(X).cwiseAbs().rowwise().sum().maxCoeff());
}

Inverse inverse(const Square& B, int threads) {
  Inverse out{Square(B.n), 0};
  view(out.matrix) = Eigen::PartialPivLU<MatrixXd>(view(B)).inverse();
  Square check = product(B, out.matrix, false, threads);
  for (Index i = 0; i < B.n; ++i)
    check(i, i) -= 1;
  out.defect = view(check).norm();
  return out;
}

} // namespace attnwalk::solvers
