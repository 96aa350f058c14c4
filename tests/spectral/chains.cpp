// SPDX-License-Identifier: Apache-2.0
#include "spectral/chains.hpp"

#include "support/dense_spectra.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace attnwalk::test {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd dense(const CsrView<double>& A) {
  MatrixXd out = MatrixXd::Zero(A.rows, A.cols);
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      out(i, A.columns[e]) = A.value(e);
  return out;
}

double norm(const MatrixXd& X) {
  return support::singular_values(X)[0];
}

} // namespace

Csr<double> walk_of(Index n, const std::function<double(Index, Index)>& weight) {
  Csr<double> A;
  A.rows = A.cols = n;
  for (Index i = 0; i < n; ++i) {
    std::vector<double> row(static_cast<std::size_t>(n));
    double sum = 0;
    for (Index j = 0; j < n; ++j)
      sum += row[static_cast<std::size_t>(j)] = weight(i, j);
    for (Index j = 0; j < n; ++j)
      if (row[static_cast<std::size_t>(j)] != 0) {
        A.columns.push_back(j);
        A.values.push_back(row[static_cast<std::size_t>(j)] / sum);
      }
    A.offsets.push_back(static_cast<Index>(A.columns.size()));
  }
  return A;
}

Csr<double> random_walk(Index n, double density, double sharpness, Key key) {
  RandomStream draws(key);
  return walk_of(n, [&](Index i, Index j) {
    const bool kept = draws.unit() < density;
    const double weight = std::exp(sharpness * draws.normal());
    return kept || j == i || j == (i + 1) % n ? weight : 0.0;
  });
}

Csr<double> softmax_walk(Index n, double sharpness, bool tied, Key key) {
  RandomStream draws(key);
  MatrixXd s(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      s(i, j) = tied && j < i ? s(j, i) : sharpness * draws.normal();
  return walk_of(n, [&](Index i, Index j) { return std::exp(s(i, j)); });
}

Csr<double> drift(Index n, double right) {
  return walk_of(n, [=](Index i, Index j) {
    if (j == std::min(i + 1, n - 1))
      return right;
    return j == std::max<Index>(i - 1, 0) ? 1 - right : 0.0;
  });
}

Csr<double> de_bruijn(Index n, Index b) {
  return walk_of(n, [=](Index i, Index j) {
    for (Index c = 0; c < b; ++c)
      if (j == (b * i + c) % n)
        return 1.0;
    return 0.0;
  });
}

Truth truth_of(const CsrView<double>& A, const std::vector<double>& pi) {
  const Index n = A.rows;
  const MatrixXd P = dense(A);
  Truth t;
  t.pi = pi;
  const VectorXd q = Eigen::Map<const VectorXd>(pi.data(), n).cwiseSqrt();
  const MatrixXd M = q.asDiagonal() * P * q.cwiseInverse().asDiagonal();
  const MatrixXd D = M - q * q.transpose();
  t.slem = support::eigenvalues(D).cwiseAbs().maxCoeff();
  const MatrixXd S = (D + D.transpose()) / 2 - 2 * q * q.transpose();
  t.additive = support::symmetric_eigenvalues(S)[n - 1];
  t.chatterjee = support::singular_values(MatrixXd::Identity(n, n) - M)[n - 2];
  MatrixXd X = D;
  for (int k = 1; k <= 8; ++k, X = X * D)
    t.power_norms.push_back(norm(X));
  t.sigma_2 = t.power_norms[0];
  t.consensus = norm(P - VectorXd::Ones(n) * P.colwise().mean());
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < i; ++j)
      t.dobrushin = std::max(t.dobrushin, 0.5 * (P.row(i) - P.row(j)).cwiseAbs().sum());
  return t;
}

std::vector<double> dense_power(const CsrView<double>& A, Index k) {
  const MatrixXd P = dense(A);
  MatrixXd X = P;
  for (Index step = 1; step < k; ++step)
    X = X * P;
  std::vector<double> out;
  for (Index i = 0; i < A.rows; ++i)
    for (Index j = 0; j < A.cols; ++j)
      out.push_back(X(i, j));
  return out;
}

const spectral::Gap& named(const std::vector<spectral::Gap>& gaps, std::string_view name) {
  for (const spectral::Gap& g : gaps)
    if (g.name == name)
      return g;
  throw std::runtime_error("no gap named " + std::string(name));
}

const spectral::Bound& bound(const spectral::GapReport& report, std::string_view name) {
  for (const spectral::Bound& b : report.bounds)
    if (b.name == name)
      return b;
  throw std::runtime_error("no bound named " + std::string(name));
}

} // namespace attnwalk::test
