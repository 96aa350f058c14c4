// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <cstdint>

/// Patterns in the forms that other libraries' kernels read. Everything is made from the entries:
/// nothing takes rows x cols of memory or time.
namespace attnwalk::exports {

/// Sides of a block, in tokens.
struct BlockSize {
  Index queries = 64;
  Index keys = 64;
};

/// The blocks that hold entries of a pattern, and which entries those are. Block (I, J) covers
/// queries I b .. I b + b - 1 and keys J c .. J c + c - 1 for blocks of b x c; the last blocks may
/// reach beyond the pattern. A block is full if all its b c pairs are entries, else partial.
///
/// Query i attends key j iff, for the block with i and j, bit (j mod c) mod 32 of
/// bits[table][i mod b][(j mod c) / 32] is 1. Table 0 is empty and stands for the blocks that are
/// not listed, table 1 is full, and each partial block has a table of its own: a kernel that looks
/// entries up needs no case distinction.
struct BlockCover {
  Index rows = 0;       ///< queries
  Index cols = 0;       ///< keys
  BlockSize size;       ///< b x c
  Index block_rows = 0; ///< rows / b, rounded up
  Index block_cols = 0; ///< cols / c, rounded up
  Index words = 0;      ///< of 32 bits for a row of a table: c / 32, rounded up
  Buffer<Index> offsets = Buffer<Index>(1, 0); ///< block_rows + 1 of them
  Buffer<Index> columns;                       ///< of the blocks, ascending in each block row
  Buffer<Index> tables;                        ///< of each block: 1 if full, else its own, from 2
  Buffer<std::uint32_t> bits;                  ///< tables x b x words

  [[nodiscard]] Index blocks() const { return static_cast<Index>(columns.size()); }
  /// Tables: the empty one, the full one, and one for each partial block.
  [[nodiscard]] Index table_count() const {
    return static_cast<Index>(bits.size()) / (size.queries * words);
  }
};

/// Refuses sizes that are no multiples of a block, which block-sparse matrices (BSR) of SciPy,
/// PyTorch and FlashInfer cannot have.
/// @throws Error{shape} naming the size
void require_whole_blocks(Index rows, Index cols, BlockSize size);

/// The blocks of a pattern with their bit tables.
///
/// @param A        rows x cols
/// @param size     sides of a block, each from 1 to 2^20
/// @param threads  0: all that OpenMP offers
/// @throws Error{domain} for a size out of bounds; Error{shape, index, domain} as sparse::validate;
///         Error{memory} with the predicted bytes of the tables
/// @cost   O(m + blocks log blocks), and b words 4 bytes for each partial block
[[nodiscard]] BlockCover block_cover(const CsrStructure& A, BlockSize size = {}, int threads = 0);

/// Which pairs of each block are entries, one byte each: blocks x b x c, 1 for an entry.
/// @throws Error{memory} with the predicted bytes
/// @cost   O(blocks b c)
[[nodiscard]] Buffer<std::uint8_t> block_masks(const BlockCover& cover, int threads = 0);

/// The pattern that a cover describes, which is the one it was made of.
/// @cost O(blocks b words + m)
[[nodiscard]] Csr<double> expanded(const BlockCover& cover);

} // namespace attnwalk::exports
