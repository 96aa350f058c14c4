// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/pattern/rows.hpp"

#include <vector>

namespace attnwalk::pattern {

/// The `rblocks` random block columns of one block row, ascending: distinct and uniform among the
/// blocks that are neither global (below `gblocks`) nor its own or a neighbor.
///
/// @param blocks     number of blocks, ceil(n / block)
/// @param block_row  in [gblocks, blocks)
/// @throws Error{index} for a block row outside its bounds; Error{domain} if too few blocks
///         are left
[[nodiscard]] std::vector<Index> bigbird_blocks(Index blocks, Index block_row, Index rblocks,
                                                Index gblocks, Key key);

struct BigbirdOptions {
  Key key = {};
  RowRange rows = {}; ///< which rows to make (rows.hpp)
  int threads = 0;    ///< 0: all that OpenMP offers
};

/// Attention by blocks of `block` tokens: a block attends itself, its two neighbors, the first
/// `gblocks` blocks and `rblocks` random others; the first `gblocks` attend everything. No
/// wrap-around; the last block is cut at n. Neither symmetric nor regular.
///
/// @throws Error{domain} if block < 1 or a count is negative, or naming the nearest n that has
///         enough blocks; Error{index} for a range outside the rows; Error{memory}
/// @cost   O(entries)
/// @see    [zaheer2020]
[[nodiscard]] Pattern bigbird(Index n, Index block, Index rblocks, Index gblocks,
                              const BigbirdOptions& how = {});

} // namespace attnwalk::pattern
