// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/kernels/spmv.hpp"
#include "attnwalk/solvers/dense.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <complex>
#include <optional>
#include <span>
#include <vector>

namespace attnwalk::spectral {

/// An irreducible walk A with stationary pi, in the coordinates where its gaps are norms:
/// q = sqrt(pi), M = Pi^1/2 A Pi^-1/2, D = M - q q'. Never formed beyond A and its transpose unless
/// `dense` is asked for. Products have the same bits for every thread count.
class StationaryWalk {
public:
  /// @param A   n x n, row-stochastic, irreducible (not checked), with values; must outlive this
  /// @param pi  n numbers > 0 that sum to 1, each accurate relative to itself
  StationaryWalk(const CsrView<double>& A, std::vector<double> pi, int threads);
  StationaryWalk(const StationaryWalk&) = delete;
  StationaryWalk& operator=(const StationaryWalk&) = delete;

  [[nodiscard]] Index size() const { return A_.rows; }
  [[nodiscard]] const CsrView<double>& walk() const { return A_; }
  [[nodiscard]] std::span<const double> pi() const { return pi_; }
  [[nodiscard]] std::span<const double> q() const { return q_; }

  /// y = D x, D' x. x and y must not overlap. @cost O(m + n)
  void deflated(const double* x, double* y) const;
  void deflated_transposed(const double* x, double* y) const;
  /// y = (I - M) x, (I - M') x: at y = Pi^1/2 x the differences x_i - x_j are formed first, so that
  /// little is lost when x is nearly q.
  void laplacian(const double* x, double* y) const;
  void laplacian_transposed(const double* x, double* y) const;
  /// x minus its part along q.
  void project(double* x) const;

  /// 1 - x'(M + M')x / 2x'x = (1/2) sum_ij pi_i A_ij (f_i - f_j)^2 / sum_i pi_i f_i^2, f = Pi^-1/2
  /// x: a sum of squares, so a gap of 1e-12 keeps its digits. x is projected first. With sign = +1
  /// it is 1 + x'(M + M')x / 2x'x, the same with f_i + f_j.
  [[nodiscard]] double additive_gap(std::span<const double> x, int sign = -1) const;
  /// 1 - |Mx|^2/|x|^2 = sum_i pi_i Var_{j ~ A_i}(f_j) / sum_i pi_i |f_i|^2 with the same f; complex
  /// x for eigenvectors. x must be orthogonal to q.
  [[nodiscard]] double square_gap(std::span<const std::complex<double>> x) const;

  [[nodiscard]] solvers::DenseMatrix dense_deflated() const;

  /// Symmetric weights whose walk is the additive reversibilization (A + A*)/2, A* = Pi^-1 A' Pi:
  /// (Pi A + A' Pi)/2, exactly symmetric. Its lambda_2 is l_add. @cost O(m)
  [[nodiscard]] Csr<double> additive_weights() const;
  /// The same for the multiplicative one, A* A: A' Pi A, with lambda_2 = sigma_2^2. Nothing if it
  /// has more than `most` entries. @cost O(sum of squared degrees)
  [[nodiscard]] std::optional<Csr<double>> multiplicative_weights(Index most) const;

private:
  CsrView<double> A_;
  std::vector<double> pi_, q_, inverse_q_;
  kernels::SpmvPlan plain_, turned_;
  int threads_;
  mutable std::vector<double> work_, half_;
};

} // namespace attnwalk::spectral
