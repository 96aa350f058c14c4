// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/plan.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"

#include <algorithm>
#include <limits>

namespace attnwalk::kernels {
namespace {

constexpr Index below_2_32 = Index{1} << 32;

Buffer<std::uint32_t> narrow(const Index* wide, Index count) {
  Buffer<std::uint32_t> out(static_cast<std::size_t>(count));
#pragma omp parallel for schedule(static)
  for (Index e = 0; e < count; ++e)
    out[static_cast<std::size_t>(e)] = static_cast<std::uint32_t>(wide[e]);
  return out;
}

// Counting sort by column: the entries of each key, queries ascending, and where each stood.
struct Transposed {
  Buffer<Index> offsets;
  Buffer<std::uint32_t> rows;
  Buffer<std::uint64_t> original;
};

Transposed transposed(const CsrView<double>& A) {
  const Index m = A.entries();
  Transposed t;
  t.offsets.assign(static_cast<std::size_t>(A.cols) + 1, 0);
  for (Index e = 0; e < m; ++e)
    ++t.offsets[static_cast<std::size_t>(A.columns[e]) + 1];
  for (std::size_t j = 1; j < t.offsets.size(); ++j)
    t.offsets[j] += t.offsets[j - 1];
  t.rows.resize(static_cast<std::size_t>(m));
  t.original.resize(static_cast<std::size_t>(m));
  Buffer<Index> next(t.offsets.begin(), t.offsets.end() - 1);
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(A.columns[e])]++);
      t.rows[place] = static_cast<std::uint32_t>(i);
      t.original[place] = static_cast<std::uint64_t>(e);
    }
  return t;
}

// The number of column blocks whose slices of `cols` rows fit the cache, but no more than leave a
// row its 32 entries a block on average: below that, revisiting a row costs more than the cache
// gives.
Index blocks_for(Index cols, Index rows, Index entries, const PlanOptions& how) {
  if (how.row_bytes == 0 || rows == 0)
    return 1;
  const Index fitting = (cols * how.row_bytes + how.cache_bytes - 1) / how.cache_bytes;
  return std::clamp<Index>(entries / rows / 32, 1, std::max<Index>(1, fitting));
}

// Where each row crosses from one column block into the next, relative to its first entry.
Buffer<std::uint32_t> block_cuts(const Layout& layout, Index cols, Index blocks) {
  Buffer<std::uint32_t> cuts(static_cast<std::size_t>((blocks + 1) * layout.rows));
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < layout.rows; ++i) {
    const std::uint32_t* begin = layout.neighbours + layout.offsets[i];
    const std::uint32_t* end = layout.neighbours + layout.offsets[i + 1];
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

// Bands of a blocked layout are long, so that a slice of K and V, once loaded, serves many rows.
constexpr Index band_chunks = 64;

void arrange(Layout& layout, Buffer<std::uint32_t>& cuts, Index cols, const PlanOptions& how) {
  const Index entries = layout.rows == 0 ? 0 : layout.offsets[layout.rows];
  layout.blocks = blocks_for(cols, layout.rows, entries, how);
  cut_into_chunks(layout, layout.blocks > 1 ? how.chunk_entries * band_chunks : how.chunk_entries);
  if (layout.blocks == 1)
    return;
  cuts = block_cuts(layout, cols, layout.blocks);
  layout.cuts = cuts.data();
  narrow_to_touched_blocks(layout);
}

} // namespace

void cut_into_chunks(Layout& layout, Index entries) {
  layout.chunks.clear();
  layout.split_rows.clear();
  layout.partials = 0;
  Index i = 0;
  while (i < layout.rows) {
    const Index begin = layout.offsets[i];
    const Index degree = layout.offsets[i + 1] - begin;
    if (degree > entries) {
      const Index parts = (degree + entries - 1) / entries;
      layout.split_rows.push_back({i, layout.partials, parts});
      for (Index p = 0; p < parts; ++p)
        layout.chunks.push_back(
            {.row = i,
             .row_end = i + 1,
             .begin = begin + degree / parts * p + std::min(p, degree % parts),
             .end = begin + degree / parts * (p + 1) + std::min(p + 1, degree % parts),
             .partial = layout.partials++});
      ++i;
      continue;
    }
    Index last = i + 1;
    // Rows without entries still have an output to set, hence the bound on rows as well.
    while (last < layout.rows && last - i < entries && layout.offsets[last + 1] - begin <= entries)
      ++last;
    layout.chunks.push_back({.row = i, .row_end = last});
    i = last;
  }
}

Plan::Plan(const CsrView<double>& A, const PlanOptions& how) : entries_(A.entries()) {
  require(A.rows < below_2_32 && A.cols < below_2_32, Code::domain, "a pattern of ", A.rows, " x ",
          A.cols, " has a layout of 2^32 = 4294967296 or more, beyond 32-bit neighbours");
  require(how.chunk_entries >= 1, Code::domain, "chunk_entries = ", how.chunk_entries,
          " must be at least 1");
  require(how.row_bytes >= 0 && how.cache_bytes >= 1, Code::domain, "row_bytes = ", how.row_bytes,
          " and cache_bytes = ", how.cache_bytes, " must not be negative");
  require_memory("the plan of a pattern",
                 static_cast<double>(entries_) * (how.transpose ? 16.0 : 4.0) +
                     8.0 * static_cast<double>(A.rows + A.cols));
  columns_ = narrow(A.columns, entries_);
  by_query_.rows = A.rows;
  by_query_.offsets = A.offsets;
  by_query_.neighbours = columns_.data();
  arrange(by_query_, cuts_, A.cols, how);
  if (!how.transpose)
    return;
  transposed_ = true;
  Transposed t = transposed(A);
  key_offsets_ = std::move(t.offsets);
  rows_ = std::move(t.rows);
  original_ = std::move(t.original);
  by_key_.rows = A.cols;
  by_key_.offsets = key_offsets_.data();
  by_key_.neighbours = rows_.data();
  by_key_.original = original_.data();
  arrange(by_key_, key_cuts_, A.rows, how);
}

const Layout& Plan::by_key() const {
  require(transposed_, Code::domain, "the plan was built without its transpose");
  return by_key_;
}

} // namespace attnwalk::kernels
