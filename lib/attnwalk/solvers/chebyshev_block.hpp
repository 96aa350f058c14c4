// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/block.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <array>
#include <vector>

namespace attnwalk::solvers {

using kernels::block_width;

/// The t with P(||X'u|| < t) <= failure for any one unit vector u and a block X of `block_width`
/// columns, all its numbers uniform on [-1/2, 1/2]: the density of each u'x is at most sqrt(2), so
/// that t is the radius of the ball of volume failure / sqrt(2)^8, (2 pi t^2)^4 / 4! = failure.
/// @see [ball1986]
[[nodiscard]] double smallest_block_component(double failure);

/// T_k(N / e) X for k = 0, 1, ..., the Chebyshev polynomials of the walk N = A / d on a d-regular
/// graph, X a block of random columns made orthogonal to the constant vector. For every eigenvalue
/// l but that of the constant vector, u its unit vector, in exact arithmetic
///   ||X'u|| |T_k(l / e)| <= ||T_k(N / e) X||_F,
/// so that chance (`smallest_block_component`) bounds l from outside. Each column is summed by
/// itself and in a fixed order, by +, -, * and / alone: the same bits on any machine and for any
/// thread count.
class ChebyshevBlock {
public:
  struct Options {
    double edge = 1; ///< e > 0: below it eigenvalues are damped
    Key key = {};
    int threads = 1;
  };

  /// @param P  symmetric and d-regular (not checked), d >= 1, n <= 2^31; must outlive this object
  /// @cost  O(n d) for the columns in fewer bits, and two blocks
  ChebyshevBlock(const pattern::Pattern& P, const Options& how);
  ChebyshevBlock(const pattern::Pattern&& P, const Options& how) = delete;

  /// From k to k + 1. @cost one product with a block, one further pass over a block
  void step();

  [[nodiscard]] Index degree() const { return static_cast<Index>(norms_.size()) - 1; } ///< k
  [[nodiscard]] double norm() const { return norms_.back(); }   ///< ||T_k(N / e) X||_F
  [[nodiscard]] double start() const { return norms_.front(); } ///< ||X||_F
  /// The largest ||N Y||_F / ||Y||_F of the blocks Y so far: some |l| is that large.
  [[nodiscard]] double quotient() const { return quotient_; }

  /// Whether |l| <= y e for the eigenvalue l of any one vector u, provided that ||X'u|| >= t and
  /// y >= 1. With what the steps round, e_j, u'T_k X is the solution of the same three terms,
  ///   T_k(l/e) u'X + sum_{j<k} U_{k-1-j}(l/e) u'e_j,   U_{k-1-j} <= (k - j) T_k / T_{j+1},
  /// so that |u'T_k X| >= T_k (t - sum_j (k - j) ||e_j|| / T_{j+1}), which grows with |l|.
  /// @cost O(k)
  [[nodiscard]] bool excludes(double y, double t) const;

private:
  using Sums = std::array<double, static_cast<std::size_t>(2 * block_width)>;

  void center();

  kernels::SpmvPlan plan_;
  Index n_;
  Index degree_;
  double edge_;
  int threads_;
  Buffer<double> now_, next_; ///< n rows of `block_width` numbers
  std::vector<Sums> parts_;   ///< by chunk of rows
  std::vector<double> norms_; ///< ||T_j X||_F for j = 0 .. k
  double quotient_ = 0;
};

} // namespace attnwalk::solvers
