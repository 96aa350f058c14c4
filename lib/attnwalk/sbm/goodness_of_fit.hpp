// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sbm/sample.hpp"

#include <span>
#include <string>
#include <vector>

namespace attnwalk::sbm {

/// The law that masks are tested against.
enum class MaskLaw { bernoulli, poisson, poisson_distinct };
/// The law of what a method draws.
[[nodiscard]] MaskLaw law_of(SampleMethod method);

/// One test: how far a statistic lies from what the model says, and how likely that is by chance.
struct FitTest {
  std::string name;
  double statistic = 0;
  double freedom = 0; ///< of a chi-square; 0: standard normal
  double p_value = 1; ///< two-sided: too good is suspicious too
};

/// The verdict over several tests of the same masks.
struct GoodnessOfFit {
  std::vector<FitTest> tests;
  Index draws = 0;
  double entries = 0;   ///< mean per mask, copies counted for the Poisson law
  double expected = 0;  ///< by the model
  Index impossible = 0; ///< entries where the model's rate is 0
  double p_value = 1;   ///< of all tests together: their number times the least (Bonferroni)

  /// Whether the masks may come from the model: nothing impossible and p_value >= level.
  [[nodiscard]] bool accepted(double level = 1e-4) const {
    return impossible == 0 && p_value >= level;
  }
};

/// Tests masks against a model: the number of entries (normal), its spread over the draws, entries
/// per pair of blocks (the largest membership of each token), per row and per column (chi-square
/// over cells pooled to a variance of 10 or more), and the spread of row lengths.
///
/// @param masks   one or more, queries x keys, drawn independently
/// @param copies  of the entries of all masks in turn, for MaskLaw::poisson; empty: 1 each
/// @throws Error{shape} for sizes that do not fit; Error{domain} as `check`, or for no masks
/// @cost   O(n m k) for the moments, less for plain memberships; O(k) per entry
[[nodiscard]] GoodnessOfFit goodness_of_fit(const Model& model,
                                            std::span<const pattern::Pattern> masks, MaskLaw law,
                                            std::span<const std::uint32_t> copies = {},
                                            int threads = 0);

/// Draws `draws` masks, the first with how.key and the others with the streams that follow, and
/// tests them.
/// @throws Error as `sample`; Error{domain} unless draws >= 1
[[nodiscard]] GoodnessOfFit selftest(const Model& model, Index draws,
                                     const SampleOptions& how = {});

/// P(X >= x) for a chi-square of so many degrees of freedom, to 1e-12.
[[nodiscard]] double chi_square_tail(double x, double freedom);

} // namespace attnwalk::sbm
