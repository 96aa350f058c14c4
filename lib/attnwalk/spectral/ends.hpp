// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/reversible.hpp"

#include <optional>
#include <string>
#include <vector>

namespace attnwalk::spectral {

/// One end of the spectrum of a connected reversible walk, as its distance g from 1 (lambda_2: 1 -
/// l) or from -1 (lambda_n: 1 + l).
struct End {
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

struct Ends {
  End second;                   ///< lambda_2
  End last;                     ///< lambda_n
  Index multiplicity = 1;       ///< of lambda_2, at least
  std::vector<double> spectrum; ///< all eigenvalues but the top one, descending; dense only
  double rounding = 0;          ///< at most the error of each
};

/// Everything from one tridiagonalization. @cost 4/3 n^3; n^2 doubles
[[nodiscard]] Ends dense_ends(const ReversibleWalk& walk);

/// Lanczos, then a certificate: inertia where a factorization is cheap (then also shift-invert if
/// Lanczos did not converge), else a random start.
/// @cost max_products products at most, and no more than 2e10 entry visits
///
/// @param bipartite  lambda_n = -1 is known: no work is spent on `last`
[[nodiscard]] Ends iterative_ends(const ReversibleWalk& walk, bool bipartite,
                                  const GapOptions& how);

/// What a sparse factorization adds to ends known roughly; nothing where its fill costs too much:
/// for ends that are settled, more than the search did.
///
/// @param products  of the search
struct Factored {
  std::optional<End> second;
  std::optional<End> last;
  Index multiplicity = 1;
};
[[nodiscard]] Factored factored_ends(const ReversibleWalk& walk, const Ends& rough, bool bipartite,
                                     Index products, const GapOptions& how);

} // namespace attnwalk::spectral
