// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/rows.hpp"

/// Deterministic patterns under the names of the papers that use them.
namespace attnwalk::pattern {

/// |i - j| <= width/2, or i < g, or j < g: a window and g global tokens at the front, both ways.
/// Symmetric, holds all self loops.
///
/// @param range  rows to make (rows.hpp)
/// @throws Error{domain} if n < 0, width is odd or < 0, g < 0 or g > n; Error{index} for a range
///         outside the rows; Error{memory} with the predicted bytes
/// @cost   O(entries)
/// @see    [beltagy2020] section 3.1
[[nodiscard]] Pattern longformer(Index n, Index width, Index g, RowRange range = {});

} // namespace attnwalk::pattern
