// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/kernels/spmv.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <span>
#include <vector>

namespace attnwalk::spectral {

/// The walk P = D^-1 W on symmetric weights as the symmetric matrix N = D^-1/2 W D^-1/2 of the same
/// eigenvalues, top eigenvector q = sqrt(d / vol). Products and sums have the same bits for every
/// thread count. One object serves one thread at a time: products share a workspace.
class ReversibleWalk {
public:
  /// @param W  n x n, symmetric, entries >= 0 (not checked); must outlive this object
  /// @throws Error{domain} naming the first row with a sum of 0
  explicit ReversibleWalk(const CsrView<double>& W, int threads = 0);

  [[nodiscard]] Index size() const { return W_.rows; }
  [[nodiscard]] const CsrView<double>& weights() const { return W_; }
  [[nodiscard]] std::span<const double> degree() const { return degree_; } ///< row sums
  [[nodiscard]] std::span<const double> top() const { return top_; }       ///< q
  [[nodiscard]] double volume() const { return volume_; }
  [[nodiscard]] int threads() const { return threads_; }

  /// y = N x. x and y must not overlap. @cost O(m + n)
  void apply(const double* x, double* y) const;
  /// x - q q'x.
  void project(double* x) const;
  /// Projects and scales to norm 1; false if nothing is left.
  bool normalize(std::vector<double>& x) const;

  /// x'(I - N)x / x'x = sum_{i<j} w_ij (f_i - f_j)^2 / x'x with f = D^-1/2 x: a sum of squares, so
  /// that a gap of 1e-12 keeps its digits. For x orthogonal to q it is >= 1 - lambda_2.
  [[nodiscard]] double gap(std::span<const double> x) const;
  /// x'(I + N)x / x'x, from f_i + f_j; >= 1 + lambda_n.
  [[nodiscard]] double gap_below(std::span<const double> x) const;
  /// ||(I - N)x - g x|| for x of norm 1, differences first; with sign = +1 ||(I + N)x - g x||.
  [[nodiscard]] double residual(std::span<const double> x, double g, int sign = -1) const;

private:
  [[nodiscard]] double squares(std::span<const double> x, double sign) const;

  CsrView<double> W_;
  int threads_;
  kernels::SpmvPlan plan_;
  double volume_ = 0;
  std::vector<double> degree_, inverse_root_, top_;
  mutable std::vector<double> work_, scaled_;
};

} // namespace attnwalk::spectral
