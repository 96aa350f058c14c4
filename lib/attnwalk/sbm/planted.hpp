// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/pattern/rows.hpp"

/// Stochastic block models: who attends whom is drawn from the blocks (clusters) of both.
namespace attnwalk::sbm {

/// The block of token i when n tokens form k contiguous blocks, block b being floor(b n / k) ..
/// floor((b+1) n / k) - 1: sizes differ by one at most.
[[nodiscard]] constexpr Index block_of(Index i, Index n, Index k) {
  return ((i + 1) * k - 1) / n;
}

/// The first token of block b; of block k: n.
[[nodiscard]] constexpr Index block_start(Index b, Index n, Index k) {
  return b * n / k;
}

/// The planted partition: (i, j) is an edge with probability `in` if query i and key j are in
/// blocks of the same number, else `out`, each ordered pair on its own; loops as they fall. Queries
/// and keys form k contiguous blocks each (`block_of`).
///
/// A row draws binomial numbers of keys inside and outside its block, then uniform subsets.
///
/// @param n, m  queries, keys
/// @throws Error{domain} if k is outside [1, min(n, m)] (k = 0 fits the empty shape too) or a
///         probability outside [0, 1]; Error{index} for a range outside the rows; Error{memory}
/// @cost   O(entries)
[[nodiscard]] pattern::Pattern planted(Index n, Index m, Index k, double in, double out, Key key,
                                       pattern::Rows rows = {}, int threads = 0);

/// The expected number of entries of `planted` over n m; 0 for an empty shape.
[[nodiscard]] double planted_density(Index n, Index m, Index k, double in, double out);

} // namespace attnwalk::sbm
