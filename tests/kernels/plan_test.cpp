// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/plan.hpp"

#include "support/matrices.hpp"

#include <algorithm>
#include <span>

using namespace attnwalk;
using kernels::Plan;
using kernels::PlanView;

namespace {

// How often each entry is covered by the chunks of a plan: once, if the plan is right.
std::vector<int> coverage(const PlanView& view, Index entries) {
  std::vector<int> seen(static_cast<std::size_t>(entries), 0);
  const auto cover = [&](Index begin, Index end) {
    for (Index e = begin; e < end; ++e)
      ++seen[static_cast<std::size_t>(e)];
  };
  for (const kernels::Chunk& chunk :
       std::span(view.chunks, static_cast<std::size_t>(view.chunk_count))) {
    if (chunk.partial >= 0) {
      cover(chunk.begin, chunk.end);
      continue;
    }
    for (Index i = chunk.row; i < chunk.row_end; ++i)
      for (Index b = chunk.block; b < chunk.block_end; ++b) {
        const bool one = view.cuts == nullptr;
        cover(one ? view.offsets[i] : view.offsets[i] + view.cuts[b * view.rows + i],
              one ? view.offsets[i + 1] : view.offsets[i] + view.cuts[(b + 1) * view.rows + i]);
      }
  }
  return seen;
}

} // namespace

TEST_CASE("Plan: chunks and column blocks cover every entry once", "[kernels][plan]") {
  const Index n = GENERATE(1, 7, 64, 211);
  const Index chunk = GENERATE(1, 5, 100000);
  const Index row_bytes = GENERATE(0, 512);
  // A band, one full row and one full column: rows of very different length.
  const auto P = support::pattern_where(
      n, n, [&](Index i, Index j) { return i == n / 2 || j == n / 3 || std::abs(i - j) < 40; });
  const Plan plan(P.view(), {.transpose = true,
                             .row_bytes = row_bytes,
                             .cache_bytes = 8192,
                             .block_entries = 16,
                             .chunk_entries = chunk,
                             .reuse = 2});
  CHECK(std::ranges::all_of(coverage(plan.by_query(), P.entries()), [](int k) { return k == 1; }));
  CHECK(std::ranges::all_of(coverage(plan.by_key(), P.entries()), [](int k) { return k == 1; }));
  if (n == 211 && row_bytes > 0)
    CHECK(plan.by_query().blocks > 1);
}

TEST_CASE("Plan: the transpose knows where each entry stood", "[kernels][plan]") {
  const auto P =
      support::pattern_where(5, 9, [](Index i, Index j) { return (i * 3 + j) % 4 == 0; });
  const Plan plan(P.view(), {.transpose = true});
  const PlanView& view = plan.by_key();
  CHECK(view.rows == 9);
  for (Index j = 0; j < 9; ++j)
    for (Index e = view.offsets[j]; e < view.offsets[j + 1]; ++e) {
      const auto original = static_cast<Index>(view.original[e]);
      const Index i = view.neighbors[e];
      CHECK(P.view().columns[original] == j);
      CHECK(original >= P.view().offsets[i]);
      CHECK(original < P.view().offsets[i + 1]);
    }
}

TEST_CASE("split_rows: offsets beyond 2^31 are split in 64-bit arithmetic", "[kernels][plan]") {
  // One row of 2^31 + 1 entries: only its two offsets exist, no column is read.
  const Index huge = (Index{1} << 31) + 1;
  const std::vector<Index> offsets{0, huge};
  const kernels::Split split = kernels::split_rows(1, offsets.data(), Index{1} << 28);
  REQUIRE(split.chunks.size() == 9);
  CHECK(split.chunks.front().begin == 0);
  CHECK(split.chunks.back().end == huge);
  for (std::size_t c = 1; c < split.chunks.size(); ++c)
    CHECK(split.chunks[c].begin == split.chunks[c - 1].end);
}

TEST_CASE("Plan: empty shapes, a missing transpose, sizes beyond 32 bits", "[kernels][plan]") {
  CHECK(Plan(pattern::Pattern().view()).by_query().chunk_count == 0);
  CHECK_THROWS_WITH(Plan(pattern::Pattern().view()).by_key(),
                    "the plan was built without its transpose");
  const std::vector<Index> offsets{0, 0};
  const CsrView<double> wide{1, Index{1} << 32, offsets.data(), nullptr, nullptr};
  CHECK_THROWS_AS(Plan(wide), Error);
  CHECK_THROWS_WITH(Plan(pattern::Pattern().view(), {.chunk_entries = 0}),
                    "chunk_entries = 0 must be at least 1");
  CHECK_THROWS_WITH(Plan(pattern::Pattern().view(), {.cache_bytes = 0}),
                    "cache_bytes = 0 must be at least 1");
}
