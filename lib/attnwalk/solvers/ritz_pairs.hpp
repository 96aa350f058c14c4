// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/solvers/krylov.hpp"

#include <vector>

namespace attnwalk::solvers {

struct RitzOptions {
  bool top = true;    ///< wanted: the highest eigenvalue of the subspace
  bool bottom = true; ///< the lowest
  /// Error of an eigenvalue relative to its distance from 1 or -1, by Lehmann's bound (all others
  /// below the middle between it and the next Ritz value) or by the residual.
  double tolerance = 1e-10;
  Index max_products = 20000;
  Index max_degree = 999; ///< of the filter
  bool brief = false;     ///< stop after some 200 products if the gap is beyond their reach
  double failure = 1e-6;  ///< that [lo, hi] may fail with
  Key key = {};           ///< of the Gaussian start
  int threads = 1;
  Monitor* monitor = nullptr;
};

struct RitzPair {
  double value = 0;           ///< Rayleigh quotient
  double residual = 0;        ///< ||N x - value x||
  std::vector<double> vector; ///< x, of norm 1, in the subspace
  bool converged = false;     ///< within the tolerance
};

struct RitzPairs {
  RitzPair top, bottom;
  double lo = -1;  ///< no eigenvalue of the subspace is below, with probability >= 1 - failure,
  double hi = 1;   ///< and none above (`krylov_bound`)
  Index steps = 0; ///< of the Krylov space that shows it
  Index products = 0;
};

/// Both ends of the spectrum of a symmetric matrix on the range of a projector, from one Krylov
/// space: Lanczos's three terms without restarts, all vectors kept up to 2 GiB, the fewest products
/// that any method needs. The start is a seeded Gaussian vector, so that the same run bounds the
/// spectrum from outside. If that does not converge, Spectra goes on with a Chebyshev polynomial of N
/// that is small between the third Ritz values of both ends and monotone outside. Values are Rayleigh
/// quotients, and residuals are computed with N itself, not with the recurrence, whose residuals
/// rounding makes too small.
///
/// @param N        symmetric, spectrum in [-1, 1], n >= 2
/// @param project  onto a subspace of dimension >= 1 that N maps to itself
/// @cost  O(1/sqrt(separation)) products; as many vectors, within 2 GiB
[[nodiscard]] RitzPairs extremal_ritz_pairs(const LinearMap& N, const Projector& project,
                                            const RitzOptions& how);

struct EigenvectorOptions {
  Index krylov = 24;
  double tolerance = 1e-8; ///< residual relative to the eigenvalue
  Index max_restarts = 12;
  std::span<const double> start = {}; ///< a guess; a Gaussian vector if empty
  Key key = {};
  int threads = 1;
};

/// The eigenvector of the largest eigenvalue of a positive definite matrix on the range of a
/// projector: for inverses, where a few steps do.
/// @return of norm 1, or empty if the projector leaves nothing or X overflows
[[nodiscard]] std::vector<double> largest_eigenvector(const LinearMap& X, const Projector& project,
                                                      const EigenvectorOptions& how);

} // namespace attnwalk::solvers
