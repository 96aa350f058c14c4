// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/chain.hpp"
#include "attnwalk/spectral/gap.hpp"

#include <optional>
#include <vector>

namespace attnwalk::spectral {

/// ||D^k||_2 with an interval.
struct PowerNorm {
  Index k = 1;
  double value = 0;
  double lo = 0;
  double hi = 0;
  bool converged = true;
};

/// What an eigensolver, dense or iterative, finds out about an irreducible walk.
struct Measures {
  Gap sigma_2, additive, chatterjee;
  std::optional<Gap> lambda_n;   ///< of a reversible walk
  std::vector<PowerNorm> powers; ///< the k that k_step and pseudo_gap need, ascending
  std::optional<Eigenpair> slem; ///< not for reversible walks
  std::optional<RadiusBounds> radius;
  Spectrum spectrum;
};

/// Dense: every end certified up to rounding. @cost O(n^3) about 30 times
[[nodiscard]] Measures measure_dense(const Chain& chain, bool reversible, const GapOptions& how);

/// Iterative: random-start certificates, probable. @cost O(m) a product
[[nodiscard]] Measures measure_sparse(const Chain& chain, bool reversible, const GapOptions& how);

/// Whether ||D^k|| is worth computing: for k_step, or because (1 - ||D^k||^2)/k <= 1/k can still
/// exceed the pseudo-gap found so far.
[[nodiscard]] bool needs_power(Index k, const std::vector<PowerNorm>& known, const GapOptions& how);

} // namespace attnwalk::spectral
