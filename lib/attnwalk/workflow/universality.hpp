// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/theory/universality.hpp"
#include "attnwalk/workflow/input.hpp"

#include <optional>
#include <string>
#include <vector>

namespace attnwalk::workflow {

/// Patterns for the layers in turn: `input.source` is one spec or several joined by semicolons, or
/// a file.
struct UniversalityInputs {
  InputOptions input;
  Index draws = 0; ///< of a block model: the odds of the conditions over so many masks; 0: none
};

/// The conditions of universality for patterns, and their odds where a block model drew them.
struct UniversalityResult {
  std::string name;
  Index tokens = 0;
  Index layers = 0;
  std::uint64_t seed = 0;
  theory::Universality conditions;
  std::optional<theory::UniversalityOdds> odds;
  std::vector<Timing> timings;
};

/// @throws Error{domain} without an input, or for draws of what is no block model; else as
///         grammar::build_layers, theory::universality and universality_odds
[[nodiscard]] UniversalityResult universality(const UniversalityInputs& inputs,
                                              theory::UniversalityOptions how = {});

} // namespace attnwalk::workflow
