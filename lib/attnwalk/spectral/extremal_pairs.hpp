// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/reversible.hpp"

#include <optional>
#include <string>
#include <vector>

namespace attnwalk::spectral {

/// The eigenpair at one end of the spectrum of a connected reversible walk. Its eigenvalue l is kept
/// as the distance g from 1 (lambda_2: g = 1 - l) or from -1 (lambda_n: g = 1 + l).
struct ExtremalPair {
  double gap = 0;             ///< a sum of squares at `vector`: accurate however small
  double gap_lo = 0;          ///< certified or probable
  double gap_hi = 0;          ///< the same sum of squares: any vector proves it
  std::vector<double> vector; ///< of norm 1, orthogonal to the top eigenvector
  double residual = 0;
  bool settled = false; ///< `gap` is as accurate as was asked for
  double confidence = 1;
  Status status = Status::estimate;
  std::string method;
  std::string reason;
};

struct ExtremalPairs {
  ExtremalPair second;          ///< lambda_2
  ExtremalPair last;            ///< lambda_n
  Index multiplicity = 1;       ///< of lambda_2, at least
  std::vector<double> spectrum; ///< all eigenvalues but the top one, descending; dense only
  double rounding = 0;          ///< at most the error of each
};

/// Everything from one tridiagonalization. @cost 4/3 n^3; n^2 doubles
[[nodiscard]] ExtremalPairs dense_pairs(const ReversibleWalk& walk);

/// Lanczos, then a certificate: inertia where a factorization is cheap (then also shift-invert if
/// Lanczos did not converge), else a random start.
/// @cost max_products products at most, and no more than 2e10 entry visits
///
/// @param bipartite  lambda_n = -1 is known: no work is spent on `last`
[[nodiscard]] ExtremalPairs iterative_pairs(const ReversibleWalk& walk, bool bipartite,
                                            const GapOptions& how);

/// What a sparse factorization found; a pair that it could not certify is absent.
struct Factored {
  std::optional<ExtremalPair> second;
  std::optional<ExtremalPair> last;
  Index multiplicity = 1;
};
/// Refines and certifies pairs that an iterative search found, by a sparse factorization of I -+ N.
/// Does nothing if the factorization would cost too much; if the search has already settled both
/// pairs, "too much" means more work than the search itself.
///
/// @param rough      of `iterative_pairs`' search
/// @param bipartite  lambda_n = -1 is known: no work is spent on `last`
/// @param products   of a matrix with a vector that the search took
[[nodiscard]] Factored factored_pairs(const ReversibleWalk& walk, const ExtremalPairs& rough,
                                      bool bipartite, Index products, const GapOptions& how);

} // namespace attnwalk::spectral
