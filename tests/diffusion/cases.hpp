// SPDX-License-Identifier: Apache-2.0
// Row-stochastic matrices and dense twins for the tests of diffusion.
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/sparse/csr.hpp"

#include "support/dense.hpp"
#include "support/matrices.hpp"

#include <Eigen/Core>

#include <cmath>

namespace attnwalk::support {

/// Random weights on about a third of the entries, each row with its loop, normalized.
inline Csr<double> random_walk(Index n, std::uint64_t substream, bool symmetric_scores = false) {
  Grid A(static_cast<std::size_t>(n), std::vector<double>(static_cast<std::size_t>(n), 0.0));
  RandomStream draw({21, 0}, substream);
  const auto at = [](Index i) { return static_cast<std::size_t>(i); };
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      if (i == j || draw.below(3) == 0)
        A[at(i)][at(j)] = std::exp(draw.normal());
  if (symmetric_scores)
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j)
        A[at(i)][at(j)] = A[at(j)][at(i)];
  for (auto& row : A) {
    double sum = 0;
    for (const double x : row)
      sum += x;
    for (double& x : row)
      x /= sum;
  }
  return csr_of(A);
}

inline Eigen::MatrixXd dense_of(const CsrView<double>& A) {
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(A.rows, A.cols);
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      out(i, A.columns[e]) = A.value(e);
  return out;
}

inline Eigen::MatrixXd dense_of(const Dense<double>& X) {
  Eigen::MatrixXd out(X.shape().tokens, X.shape().width);
  for (Index i = 0; i < out.rows(); ++i)
    for (Index c = 0; c < out.cols(); ++c)
      out(i, c) = X(i, c);
  return out;
}

inline Dense<double> random_values(Index n, Index width, std::uint64_t substream) {
  return random_dense<double>({1, 1, n, width}, substream);
}

/// a (I - (1-a) A)^-1.
[[nodiscard]] Eigen::MatrixXd pagerank(const Eigen::MatrixXd& A, double a);
/// A^k.
[[nodiscard]] Eigen::MatrixXd power(const Eigen::MatrixXd& A, Index k);

inline double largest(const Eigen::MatrixXd& X) {
  return X.size() == 0 ? 0 : X.cwiseAbs().maxCoeff();
}

} // namespace attnwalk::support
