// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/spectral/operator.hpp"

#include <functional>

namespace attnwalk::spectral {

/// T_k(y), the Chebyshev polynomial, by its recurrence: +, - and * alone, the same bits everywhere.
[[nodiscard]] double chebyshev(Index k, double y);

/// The y >= 1 with T_k(y) = value, rounded up; 1 for value <= 1, infinity if nothing finite will
/// do.
[[nodiscard]] double chebyshev_inverse(Index k, double value);

/// The factor t with P(|c| < t) <= failure, c the component of a uniformly random unit vector of n
/// dimensions along any one direction: t = failure / sqrt(2n/pi).
[[nodiscard]] double smallest_component(Index n, double failure);

struct FilterOptions {
  double lo = -1;    ///< a: where the spectrum is believed to begin
  double hi = 1;     ///< b > a: where it is believed to end
  Index degree = 64; ///< k, matrix-vector products
  double failure = 1e-6;
  Key key = {}; ///< of the Gaussian start
  int threads = 1;
  Monitor* monitor = nullptr;
  std::function<void(double*)> project = {}; ///< onto the subspace in question; empty for all of it
};

/// What a filtered random vector says of the eigenvalues outside [lo, hi].
struct Filtered {
  double stretch = 1; ///< every eigenvalue l has |2l - a - b| <= stretch (b - a)
  double hi = 0;      ///< (a + b)/2 + stretch (b - a)/2: all eigenvalues are at most this,
  double lo = 0;      ///< and at least this, with probability >= 1 - failure
  double norm = 0; ///< sqrt(x'N^2x / x'x) of the filtered vector: some |eigenvalue| is that large
  Index products = 0;
};

/// Bounds a symmetric spectrum from outside by a random start:
///   |c_1 T_k((2 l_1 - a - b)/(b - a))| <= ||T_k((2N - a - b)/(b - a)) x||   for a unit vector x,
/// c_1 its component along the eigenvector of any eigenvalue l_1, at least `smallest_component`
/// with probability 1 - failure. As strong as the certificates of Lanczos from a random start, with
/// a proof of two lines, no orthogonalisation, and sums in a fixed order. Rounding is added to the
/// norm.
///
/// @cost  degree products, four vectors
/// @see   [kuczynski1992] for the bounds of this kind; docs/spectral.md
[[nodiscard]] Filtered random_start_bound(const LinearMap& N, const FilterOptions& how);

} // namespace attnwalk::spectral
