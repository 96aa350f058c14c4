// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"
#include "attnwalk/core/names.hpp"

#include <array>
#include <optional>
#include <string>

namespace attnwalk::io {

/// How q, k and v are stored.
enum class HeadLayout {
  heads_first, ///< layers x [batch x] heads x tokens x width
  tokens_first ///< layers x [batch x] tokens x heads x width: what `.view(B, n, H, d)` leaves
};
[[nodiscard]] constexpr auto names_of(HeadLayout /*which*/) {
  return std::to_array<Name<HeadLayout>>(
      {{HeadLayout::heads_first, "heads_first"}, {HeadLayout::tokens_first, "tokens_first"}});
}

/// Which arrays of a file are the queries, keys, values and attention matrices of its heads, and
/// which of several sequences is meant.
struct HeadArrays {
  std::string q = "q";
  std::string k = "k";
  std::string v = "v";
  std::string attention = {};      ///< empty: "attentions", "attention" or the file's only array
  std::optional<Index> batch = {}; ///< from 0; may be left out where the file holds one sequence
  HeadLayout layout = HeadLayout::heads_first;
};

} // namespace attnwalk::io
