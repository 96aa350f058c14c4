// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/rows.hpp"

/// Patterns near the diagonal. All are symmetric and hold all self loops. Every `range` makes only
/// some rows (rows.hpp), and every generator throws Error{index} for a range outside the rows,
/// Error{memory} with the predicted bytes, and Error{domain} for n < 0. All cost O(entries).
namespace attnwalk::pattern {

/// |i - j| <= w. w >= n gives the full pattern.
/// @throws Error{domain} if w < 0
[[nodiscard]] Pattern window(Index n, Index w, RowRange range = {});

struct RingOptions {
  Index stride = 1;
  RowRange rows = {}; ///< which rows to make (rows.hpp)
};

/// j = i + k stride mod n for |k| <= w: a band on a circle, the circulant of the closed forms in
/// docs/spectral.md. Steps that coincide (possible if gcd(n, stride) > 1) are one edge.
/// @throws Error{domain} if w < 0, stride < 1 or 2 w + 1 > n
[[nodiscard]] Pattern ring(Index n, Index w, const RingOptions& how = {});

/// i and j are both in one block {k w/2, ..., k w/2 + w - 1}, k = 0, 1, ...: half-overlapping
/// blocks, the released Diffuser's local part. The tail block is cut at n.
/// @throws Error{domain} if w is odd or < 2
/// @see    [feng2023] and its published code
[[nodiscard]] Pattern block_window(Index n, Index w, RowRange range = {});

/// j = i + k stride for |k| <= w, inside 0 .. n-1: no wrap.
/// @throws Error{domain} if w < 0 or stride < 1
[[nodiscard]] Pattern dilated(Index n, Index w, Index stride, RowRange range = {});

/// i = j mod stride: `stride` disjoint cliques.
/// @throws Error{domain} if stride < 1
[[nodiscard]] Pattern strided(Index n, Index stride, RowRange range = {});

} // namespace attnwalk::pattern
