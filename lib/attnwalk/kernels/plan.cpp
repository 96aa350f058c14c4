// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/plan.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/kernels/transpose.hpp"

#include <algorithm>
#include <utility>

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
Buffer<std::uint32_t> block_cuts(const PlanView& view, Index cols, Index blocks, int threads) {
  Buffer<std::uint32_t> cuts(static_cast<std::size_t>((blocks + 1) * view.rows));
#pragma omp parallel for schedule(static) num_threads(core::threads(threads))
  for (Index i = 0; i < view.rows; ++i) {
    const std::uint32_t* begin = view.neighbors + view.offsets[i];
    const std::uint32_t* end = view.neighbors + view.offsets[i + 1];
    for (Index b = 0; b <= blocks; ++b) {
      const Index limit = b * cols / blocks;
      const auto* place = b == blocks ? end : std::lower_bound(begin, end, limit);
      cuts[b * view.rows + i] = static_cast<std::uint32_t>(place - begin);
    }
  }
  return cuts;
}

// Narrows each whole-row chunk to the blocks that its rows touch: a band of a window pattern
// touches one or two, and visiting the rest would only find empty stretches.
void narrow_to_touched_blocks(const PlanView& view, std::vector<Chunk>& chunks) {
  for (Chunk& chunk : chunks) {
    if (chunk.partial >= 0)
      continue;
    const auto touched = [&](Index b) {
      for (Index i = chunk.row; i < chunk.row_end; ++i)
        if (view.cuts[b * view.rows + i] < view.cuts[(b + 1) * view.rows + i])
          return true;
      return false;
    };
    chunk.block_end = view.blocks;
    while (chunk.block + 1 < chunk.block_end && !touched(chunk.block))
      ++chunk.block;
    while (chunk.block + 1 < chunk.block_end && !touched(chunk.block_end - 1))
      --chunk.block_end;
  }
}

// Chunks of a blocked layout are long, so that a slice of rows, once loaded, serves many gathers,
// but at least this many share the work.
constexpr Index long_chunks = 16;

// Fills in the chunks of a view whose arrays are set, and its column blocks.
void arrange(PlanView& view, Split& split, Buffer<std::uint32_t>& cuts, Index cols,
             const PlanOptions& how) {
  const Index entries = view.rows == 0 ? 0 : view.offsets[view.rows];
  view.blocks = blocks_for(cols, view.rows, entries, how);
  const Index wanted = view.blocks == 1 ? 0 : std::min(how.reuse * cols, entries / long_chunks);
  split = split_rows(view.rows, view.offsets, std::max(how.chunk_entries, wanted));
  if (view.blocks > 1) {
    cuts = block_cuts(view, cols, view.blocks, how.threads);
    view.cuts = cuts.data();
    narrow_to_touched_blocks(view, split.chunks);
  }
  view.chunks = split.chunks.data();
  view.chunk_count = static_cast<Index>(split.chunks.size());
  view.split_rows = split.split_rows.data();
  view.split_count = static_cast<Index>(split.split_rows.size());
  view.partials = split.partials;
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
  columns_ = narrowed(A.columns, entries_, how.threads);
  by_query_.rows = A.rows;
  by_query_.offsets = A.offsets;
  by_query_.neighbors = columns_.data();
  arrange(by_query_, query_split_, cuts_, A.cols, how);
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
  arrange(by_key_, key_split_, key_cuts_, A.rows, how);
}

const PlanView& Plan::by_key() const {
  require(transposed_, Code::domain, "the plan was built without its transpose");
  return by_key_;
}

PlanBatch::PlanBatch(std::vector<Plan> plans, Index batch, Index heads)
    : batch_(batch), heads_(heads) {
  for (Plan& plan : plans) {
    starts_.push_back(starts_.back() + plan.entries());
    plans_.push_back(std::make_shared<const Plan>(std::move(plan)));
  }
}

PlanBatch PlanBatch::head(Index b, Index h) const {
  PlanBatch one;
  one.plans_.push_back(plans_[number(b, h)]);
  one.starts_.push_back(at(b, h).entries());
  return one;
}

} // namespace attnwalk::kernels
