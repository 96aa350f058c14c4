// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/exports/blocks.hpp"

#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/exports/block_row.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <utility>

namespace attnwalk::exports {
namespace {

constexpr Index full_table = 1;
constexpr Index first_partial = 2;

/// The word of row `r` of a table that holds key c of the block.
std::size_t word_of(const BlockCover& cover, Index table, Index r, Index c) {
  return static_cast<std::size_t>((table * cover.size.queries + r) * cover.words + c / 32);
}

bool allows(const BlockCover& cover, Index table, Index r, Index c) {
  return (cover.bits[word_of(cover, table, r, c)] >> (c % 32) & 1U) != 0;
}

void allow(BlockCover& cover, Index table, Index r, Index c) {
  cover.bits[word_of(cover, table, r, c)] |= std::uint32_t{1} << (c % 32);
}

/// Numbers to where the next begin: {2, 0, 3} -> {0, 2, 2}, and their sum.
Index accumulate(std::vector<Index>& counts) {
  Index sum = 0;
  for (Index& count : counts)
    sum += std::exchange(count, sum);
  return sum;
}

} // namespace

void require_whole_blocks(Index rows, Index cols, BlockSize size) {
  require_size(size);
  require(rows % size.queries == 0, Code::shape, rows, " queries are no multiple of the block of ",
          size.queries);
  require(cols % size.keys == 0, Code::shape, cols, " keys are no multiple of the block of ",
          size.keys);
}

BlockCover block_cover(const CsrStructure& A, BlockSize size, int threads) {
  require_size(size);
  sparse::validate(A);
  BlockCover cover;
  cover.rows = A.rows;
  cover.cols = A.cols;
  cover.size = size;
  cover.block_rows = rounded_up(A.rows, size.queries);
  cover.block_cols = rounded_up(A.cols, size.keys);
  cover.words = rounded_up(size.keys, 32);
  std::vector<Index> blocks(static_cast<std::size_t>(cover.block_rows));
  std::vector<Index> partial(blocks.size());
  const auto work = static_cast<double>(A.entries());
  in_pieces(
      cover.block_rows,
      [&](Index first, Index last) {
        BlockRow row(A, size);
        for (Index I = first; I < last; ++I) {
          const auto touched = row.visit(I);
          blocks[I] = static_cast<Index>(touched.size());
          partial[I] =
              std::count_if(touched.begin(), touched.end(), [&](Index J) { return !row.full(J); });
        }
      },
      threads, work);
  const Index all = accumulate(blocks);
  const Index tables = first_partial + accumulate(partial);
  const double table_words = static_cast<double>(size.queries) * static_cast<double>(cover.words);
  require_memory("the bit tables of the blocks",
                 static_cast<double>(tables) * table_words * 4 + static_cast<double>(all) * 16);
  cover.offsets.assign(blocks.begin(), blocks.end());
  cover.offsets.push_back(all);
  cover.columns.resize(static_cast<std::size_t>(all));
  cover.tables.resize(cover.columns.size());
  cover.bits.assign(static_cast<std::size_t>(tables * size.queries * cover.words), 0);
  for (Index r = 0; r < size.queries; ++r)
    for (Index c = 0; c < size.keys; ++c)
      allow(cover, full_table, r, c);
  in_pieces(
      cover.block_rows,
      [&](Index first, Index last) {
        BlockRow row(A, size);
        for (Index I = first; I < last; ++I) {
          Index table = first_partial + partial[I];
          Index at = blocks[I];
          for (const Index J : row.visit(I)) {
            const Index own = row.full(J) ? full_table : table++;
            cover.columns[at] = J;
            cover.tables[at++] = row.at(J) = own;
          }
          row.each_entry(I, [&](Index i, Index J, Index j) {
            if (row.at(J) != full_table)
              allow(cover, row.at(J), i - I * size.queries, j - J * size.keys);
          });
        }
      },
      threads, work);
  return cover;
}

Buffer<std::uint8_t> block_masks(const BlockCover& cover, int threads) {
  const Index cells = cover.size.queries * cover.size.keys;
  require_memory("a byte for each pair of the blocks",
                 static_cast<double>(cover.blocks()) * static_cast<double>(cells));
  Buffer<std::uint8_t> masks(static_cast<std::size_t>(cover.blocks() * cells));
  in_pieces(
      cover.blocks(),
      [&](Index first, Index last) {
        std::uint8_t* out = masks.data() + first * cells;
        for (Index block = first; block < last; ++block)
          for (Index r = 0; r < cover.size.queries; ++r)
            for (Index c = 0; c < cover.size.keys; ++c)
              *out++ = allows(cover, cover.tables[block], r, c) ? 1 : 0;
      },
      threads, static_cast<double>(masks.size()));
  return masks;
}

Csr<double> expanded(const BlockCover& cover) {
  Csr<double> out;
  out.rows = cover.rows;
  out.cols = cover.cols;
  for (Index i = 0; i < cover.rows; ++i) {
    const Index I = i / cover.size.queries;
    for (Index block = cover.offsets[I]; block < cover.offsets[I + 1]; ++block)
      for (Index c = 0; c < cover.size.keys; ++c)
        if (allows(cover, cover.tables[block], i - I * cover.size.queries, c))
          out.columns.push_back(cover.columns[block] * cover.size.keys + c);
    out.offsets.push_back(static_cast<Index>(out.columns.size()));
  }
  return out;
}

} // namespace attnwalk::exports
