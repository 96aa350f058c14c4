// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/rows.hpp"

/// The patterns that need no words. A `range` makes only some rows (rows.hpp). Every generator
/// throws Error{domain} for negative sizes, Error{index} for a range outside the rows and
/// Error{memory} with the predicted bytes; all cost O(entries).
namespace attnwalk::pattern {

/// Every (i, j): n queries, m keys.
[[nodiscard]] Pattern full(Index n, Index m, RowRange range = {});

/// No edge: n queries, m keys. @cost O(n), for the offsets
[[nodiscard]] Pattern none(Index n, Index m, RowRange range = {});

/// Exactly one of i and j is below g: the complete bipartite graph of g hubs and n - g others,
/// symmetric, no self loops. g = 1 is the star.
/// @throws Error{domain} if g < 0 or g >= n
[[nodiscard]] Pattern star(Index n, Index g, RowRange range = {});

} // namespace attnwalk::pattern
