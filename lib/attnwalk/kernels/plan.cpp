// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/plan.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/kernels/transpose.hpp"

#include <algorithm>

namespace attnwalk::kernels {
namespace {

constexpr Index below_2_32 = Index{1} << 32;

// The number of column blocks whose slices of `cols` rows fit the cache, or as many as leave a row
// enough entries.
Index blocks_for(Index cols, Index rows, Index entries, const PlanOptions& how) {
  if (how.row_bytes == 0 || rows == 0)
    return 1;
  const Index fitting = (cols * how.row_bytes + how.cache_bytes - 1) / how.cache_bytes;
  return std::clamp<Index>(entries / rows / how.block_entries, 1, std::max<Index>(1, fitting));
}

// Where each row crosses from one column block into the next, relative to its first entry.
Buffer<std::uint32_t> block_cuts(const Layout& layout, Index cols, Index blocks) {
  Buffer<std::uint32_t> cuts(static_cast<std::size_t>((blocks + 1) * layout.rows));
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < layout.rows; ++i) {
    const std::uint32_t* begin = layout.neighbors + layout.offsets[i];
    const std::uint32_t* end = layout.neighbors + layout.offsets[i + 1];
    for (Index b = 0; b <= blocks; ++b) {
      const Index limit = b * cols / blocks;
      const auto* place = b == blocks ? end : std::lower_bound(begin, end, limit);
      cuts[static_cast<std::size_t>(b * layout.rows + i)] =
          static_cast<std::uint32_t>(place - begin);
    }
  }
  return cuts;
}

// Narrows each whole-row chunk to the blocks that its rows touch: a band of a window pattern
// touches one or two, and visiting the rest would only find empty stretches.
void narrow_to_touched_blocks(Layout& layout) {
  for (Chunk& chunk : layout.chunks) {
    if (chunk.partial >= 0)
      continue;
    const auto touched = [&](Index b) {
      for (Index i = chunk.row; i < chunk.row_end; ++i)
        if (layout.cuts[b * layout.rows + i] < layout.cuts[(b + 1) * layout.rows + i])
          return true;
      return false;
    };
    chunk.block_end = layout.blocks;
    while (chunk.block + 1 < chunk.block_end && !touched(chunk.block))
      ++chunk.block;
    while (chunk.block + 1 < chunk.block_end && !touched(chunk.block_end - 1))
      --chunk.block_end;
  }
}

// Chunks of a blocked layout are long, so that a slice of rows, once loaded, serves many gathers,
// but at least this many share the work.
constexpr Index long_chunks = 16;

void arrange(Layout& layout, Buffer<std::uint32_t>& cuts, Index cols, const PlanOptions& how) {
  const Index entries = layout.rows == 0 ? 0 : layout.offsets[layout.rows];
  layout.blocks = blocks_for(cols, layout.rows, entries, how);
  const Index wanted = layout.blocks == 1 ? 0 : std::min(how.reuse * cols, entries / long_chunks);
  static_cast<Split&>(layout) =
      split_rows(layout.rows, layout.offsets, std::max(how.chunk_entries, wanted));
  if (layout.blocks == 1)
    return;
  cuts = block_cuts(layout, cols, layout.blocks);
  layout.cuts = cuts.data();
  narrow_to_touched_blocks(layout);
}

} // namespace

Plan::Plan(const CsrView<double>& A, const PlanOptions& how) : entries_(A.entries()) {
  require(A.rows < below_2_32 && A.cols < below_2_32, Code::domain, "a pattern of ", A.rows, " x ",
          A.cols, " has a layout of 2^32 = 4294967296 or more, beyond 32-bit neighbors");
  const auto at_least = [](const char* name, Index value, Index least) {
    require(value >= least, Code::domain, name, " = ", value, " must be at least ", least);
  };
  at_least("row_bytes", how.row_bytes, 0);
  at_least("cache_bytes", how.cache_bytes, 1);
  at_least("block_entries", how.block_entries, 1);
  at_least("chunk_entries", how.chunk_entries, 1);
  at_least("reuse", how.reuse, 0);
  require_memory("the plan of a pattern",
                 static_cast<double>(entries_) * (how.transpose ? 16.0 : 4.0) +
                     8.0 * static_cast<double>(A.rows + A.cols));
  columns_ = narrowed(A.columns, entries_);
  by_query_.rows = A.rows;
  by_query_.offsets = A.offsets;
  by_query_.neighbors = columns_.data();
  arrange(by_query_, cuts_, A.cols, how);
  if (!how.transpose)
    return;
  transposed_ = true;
  rows_.resize(static_cast<std::size_t>(entries_));
  original_.resize(rows_.size());
  key_offsets_ = kernels::transposed(A, [this](std::size_t to, Index i, Index e) {
    rows_[to] = static_cast<std::uint32_t>(i);
    original_[to] = static_cast<std::uint64_t>(e);
  });
  by_key_.rows = A.cols;
  by_key_.offsets = key_offsets_.data();
  by_key_.neighbors = rows_.data();
  by_key_.original = original_.data();
  arrange(by_key_, key_cuts_, A.rows, how);
}

const Layout& Plan::by_key() const {
  require(transposed_, Code::domain, "the plan was built without its transpose");
  return by_key_;
}

} // namespace attnwalk::kernels
