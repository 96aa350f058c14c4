// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/pattern/rows.hpp"

#include <string_view>
#include <vector>

namespace attnwalk::pattern {

/// Where `global` puts its tokens.
enum class GlobalAt {
  first,  ///< 0 .. g-1
  spread, ///< floor(k n / g), k = 0 .. g-1
  random, ///< g distinct uniform positions
};

/// The name of a choice as it is spelled above.
[[nodiscard]] std::string_view to_string(GlobalAt at);
/// @throws Error{domain} listing the names
[[nodiscard]] GlobalAt parse_global_at(std::string_view name);

struct GlobalOptions {
  GlobalAt at = GlobalAt::first;
  Key key = {};       ///< of GlobalAt::random
  RowRange rows = {}; ///< which rows to make (rows.hpp)
  int threads = 0;    ///< 0: all that OpenMP offers
};

/// The g global positions among 0 .. n-1, ascending; reads `at` and `key` of the options.
///
/// @throws Error{domain} if g is outside [0, n] @cost O(g)
[[nodiscard]] std::vector<Index> global_positions(Index n, Index g, const GlobalOptions& how = {});

/// (i, j) is an edge iff i or j is in G, the `global_positions` of the shorter side: with n queries
/// and m keys a global token is query and key, so G lies below min(n, m).
///
/// @throws Error{domain} if g is outside [0, min(n, m)]; Error{index} for a range outside the rows;
///         Error{memory} with the predicted bytes
/// @cost   O(entries)
[[nodiscard]] Pattern global_tokens(Index n, Index m, Index g, const GlobalOptions& how = {});

} // namespace attnwalk::pattern
