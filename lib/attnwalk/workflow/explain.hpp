// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace attnwalk::workflow {

/// What a reader of `attnwalk gap` needs to know of one quantity, each a sentence or two.
struct Explanation {
  std::string_view name;      ///< as reports print it, without _lo, _hi, (k) and "class 0: "
  std::string_view meaning;   ///< the definition, with its equation
  std::string_view read;      ///< which question it answers
  std::string_view direction; ///< whether larger is better, and what bounds it
  std::string_view exists;    ///< which structures have it
  std::string_view certainty; ///< whether it can be certified
};

/// Every quantity that a gap report names: first `spectral::gap_names`, then the bounds, then what
/// describes the stationary distribution.
[[nodiscard]] const std::vector<Explanation>& explanations();

/// The explanation of a quantity as reports print it: "mixing_time_lo", "distance_hi(3)" and
/// "class 0: slem" are explained by mixing_time, distance and slem.
///
/// @throws Error{domain} for a name that is none, with the nearest one
[[nodiscard]] const Explanation& explain(std::string_view name);

} // namespace attnwalk::workflow
