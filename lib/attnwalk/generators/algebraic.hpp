// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/rows.hpp"

/// Patterns that arithmetic makes: explicit expanders and exact mixers. A `range` makes only some
/// rows (rows.hpp). Every generator throws Error{domain} for a size that does not fit, naming the
/// nearest that does, Error{index} for a range outside the rows and Error{memory} with the
/// predicted bytes.
namespace attnwalk::pattern {

/// The Margulis-Gabber-Galil expander on Z_m x Z_m, n = m^2, vertex (x, y) = x m + y: edges to
/// (x +- 2y, y), (x +- (2y+1), y), (x, y +- 2x) and (x, y +- (2x+1)), coincidences once (the closed
/// forms count them, this is their support). Symmetric; loops where a map has a fixed point.
///
/// @throws Error{domain} if n is not a square
/// @cost   O(n)
/// @see    [margulis1973], [gabber1981]
[[nodiscard]] Pattern margulis(Index n, RowRange range = {});

/// The number of vertices of lps(p, q): q (q^2 - 1), halved if p is a square mod q.
/// @throws Error{domain} as lps
[[nodiscard]] Index lps_size(Index p, Index q);

/// The Lubotzky-Phillips-Sarnak graph X^{p,q}: (p+1)-regular, symmetric, connected, simple, every
/// eigenvalue other than +-(p+1) at most 2 sqrt p. The Cayley graph of PSL(2, q), or of PGL(2, q)
/// and then bipartite if p is no square mod q, for the p + 1 quaternions of norm p with odd
/// positive real part.
///
/// Vertices are numbered by their matrices up to scale: first (1, b; c, bc + e) by b, then c, then
/// the determinant e among the admitted ones; then (0, 1; c, d) by c, then d.
///
/// @throws Error{domain} unless p and q are distinct primes, both 1 mod 4, and q^2 > 4 p
/// @cost   O(n p log p)
/// @see    [lubotzky1988] section 4
[[nodiscard]] Pattern lps(Index p, Index q, RowRange range = {});

/// i - j is a nonzero square mod n: strongly regular of degree (n-1)/2, symmetric, no loops.
/// @throws Error{domain} unless n is a prime, 1 mod 4
/// @cost   O(n^2), the entries
[[nodiscard]] Pattern paley(Index n, RowRange range = {});

/// j - i mod n is 0 or a power of two below n: the static exponential graph; directed, with loops.
/// @cost O(n log n), the entries
/// @see  [ying2021]
[[nodiscard]] Pattern exponential(Index n, RowRange range = {});

/// j = b i + c mod n for 0 <= c < b: the generalized de Bruijn graph, out-degree b; directed. For
/// n = b^m its walk is exactly uniform after m steps.
/// @throws Error{domain} if b < 1 or b > n
/// @cost   O(n b), the entries
[[nodiscard]] Pattern debruijn(Index n, Index b, RowRange range = {});

} // namespace attnwalk::pattern
