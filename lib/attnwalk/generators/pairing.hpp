// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/core/random.hpp"

#include <cstdint>

namespace attnwalk::pattern {

/// The configuration model: a uniform perfect matching of n d ends of edges, d at each vertex. Ends
/// 2e and 2e + 1 of the result are the vertices of edge e.
///
/// Ends are thrown into buckets, each then shuffled by itself: that is a uniform permutation
/// whatever the number of buckets, and a bucket fits in the cache.
///
/// @param n, d   n <= 2^31 and n d even, assumed
/// @param trial  matchings of one key are numbered, each is independent of the others
/// @cost   O(n d) draws and time; 4 n d bytes
/// @see    [sandelius1962]
[[nodiscard]] Buffer<std::uint32_t> matched_ends(Index n, Index d, Key key, std::uint64_t trial,
                                                 int threads = 0);

} // namespace attnwalk::pattern
