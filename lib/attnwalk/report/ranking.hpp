// SPDX-License-Identifier: Apache-2.0
// Private: what the table, the JSON and the pictures of a comparison say of its order.
#pragma once

#include "attnwalk/workflow/compare.hpp"

#include <optional>
#include <string>
#include <vector>

namespace attnwalk::report {

/// The inputs of one value of what varies, by rank; those without a rank last.
struct RankedGroup {
  std::optional<double> at;
  std::vector<const workflow::Compared*> inputs;
};
[[nodiscard]] std::vector<RankedGroup> ranked(const workflow::CompareResult& result);

/// An input as its picture and table call it: its spec with the number that was found, or its file.
[[nodiscard]] std::string compared_name(const workflow::Compared& input);

/// "a:v=1, w=2 + b": a spec that may be broken over lines and still means the same.
[[nodiscard]] std::string spaced(const std::string& spec);

/// Of sweeps how each input's gap grows; then who is first, by how much, and whether that is proved.
[[nodiscard]] std::vector<std::string> ranking_sentences(const workflow::CompareResult& result);

} // namespace attnwalk::report
