// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/stationary_walk.hpp"

#include <optional>
#include <vector>

namespace attnwalk::spectral {

/// ||D^k||_2 <= 1 with an interval.
struct PowerNorm {
  Index k = 1;
  double value = 0;
  double lo = 0;
  double hi = 0;
  Status status = Status::certified;
};

/// What an eigensolver, dense or iterative, finds out about an irreducible walk. What `only` leaves out
/// and nothing else needs is absent.
struct ChainNorms {
  Gap sigma_2, additive, chatterjee;
  std::optional<Gap> lambda_n; ///< of a reversible walk
  /// The k that k_step and pseudo_gap need, ascending. Their upper ends bound the slem even where
  /// pi is inexact: A - 1 u' has A's eigenvalues but the 1 for every u with u'1 = 1.
  std::vector<PowerNorm> powers;
  std::optional<solvers::Eigenpair> slem; ///< not for reversible walks
  std::optional<solvers::RadiusBounds> radius;
  Spectrum spectrum;
  bool contradiction = false; ///< ||D|| came out above 1, which an exact pi excludes
};

/// Dense: every end certified up to rounding. @cost O(n^3) about 30 times
[[nodiscard]] ChainNorms chain_norms_dense(const StationaryWalk& chain, bool reversible,
                                           const GapOptions& how);

/// Iterative: random-start certificates, probable. @cost O(m) a product
[[nodiscard]] ChainNorms chain_norms_sparse(const StationaryWalk& chain, bool reversible,
                                            const GapOptions& how);

/// Whether a walk of up to `dense_below` tokens, but more than half of that, has so few entries (one in 32)
/// that random starts are tried before a dense solution, which takes seconds there: they find the norms
/// of walks that mix fast to many digits.
[[nodiscard]] bool is_thin(const CsrView<double>& A, const GapOptions& how);

/// Whether ||D^k|| is worth computing: for k_step, or because (1 - ||D^k||^2)/k <= 1/k can still
/// exceed the pseudo-gap found so far.
[[nodiscard]] bool needs_power(Index k, const std::vector<PowerNorm>& known, const GapOptions& how);

} // namespace attnwalk::spectral
