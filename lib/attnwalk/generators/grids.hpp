// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/rows.hpp"

/// Patterns of coordinates; all symmetric. A `range` makes only some rows (rows.hpp). Every
/// generator throws Error{domain} for a size that does not fit, naming the nearest that does,
/// Error{index} for a range outside the rows and Error{memory} with the predicted bytes; all cost
/// O(entries).
namespace attnwalk::pattern {

/// i xor j is a power of two: the cube of dimension m, n = 2^m; no self loops.
/// @throws Error{domain} if n is not a power of two
[[nodiscard]] Pattern hypercube(Index n, RowRange range = {});

/// The 4 cyclic neighbors of (x, y) on the a x b torus, i = x b + y; no self loops; n = a b.
/// @throws Error{domain} if a < 3 or b < 3: two of the neighbors would coincide
[[nodiscard]] Pattern torus(Index a, Index b, RowRange range = {});

/// Same row or same column of the grid with `cols` columns, i = x cols + y (the rook's moves, and
/// staying): axial attention. Holds all self loops.
/// @throws Error{domain} if cols < 1 or cols does not divide n
[[nodiscard]] Pattern axial(Index n, Index cols, RowRange range = {});

} // namespace attnwalk::pattern
