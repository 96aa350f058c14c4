// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/rows.hpp"

#include <span>

namespace attnwalk::pattern {

/// (i, j) is an edge iff j - i mod n is one of `steps`: every row is the first one, shifted.
///
/// @param steps  strictly ascending, in 0 .. n-1: assumed, not checked
/// @param range  rows to make
/// @return       n x n, or the rows of the range
/// @throws       Error{index} for a range outside the rows; Error{memory}
/// @cost         O(entries)
[[nodiscard]] Pattern circulant(Index n, std::span<const Index> steps, RowRange range = {});

} // namespace attnwalk::pattern
