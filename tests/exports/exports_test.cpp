// SPDX-License-Identifier: Apache-2.0
// Exports of every generator against dense counts, and orders against their definitions.
#include "attnwalk/core/error.hpp"
#include "attnwalk/exports/blocks.hpp"
#include "attnwalk/exports/cost.hpp"
#include "attnwalk/exports/lists.hpp"
#include "attnwalk/exports/order.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/pattern/algebra.hpp"

#include "catch.hpp"
#include "support/graphs.hpp"
#include "support/specs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

using namespace attnwalk;
using namespace attnwalk::exports;
using pattern::Pattern;

namespace {

/// Entries of each block, from a map: the definition.
std::map<std::pair<Index, Index>, Index> counted_blocks(const Pattern& P, BlockSize size) {
  std::map<std::pair<Index, Index>, Index> counts;
  for (Index i = 0; i < P.rows(); ++i)
    for (const Index j : P.row(i))
      ++counts[{i / size.queries, j / size.keys}];
  return counts;
}

void check_cost(const Pattern& P, BlockSize size) {
  const auto counts = counted_blocks(P, size);
  std::map<Index, Index> rows;
  Index full = 0;
  for (const auto& [block, entries] : counts) {
    ++rows[block.first];
    full += entries == size.queries * size.keys ? 1 : 0;
  }
  Index most = 0;
  for (const auto& [row, blocks] : rows)
    most = std::max(most, blocks);
  const auto blocks = static_cast<Index>(counts.size());
  for (const int threads : {1, 3}) {
    const Cost found = cost(P.view(), Form::bsr, size, threads);
    CHECK(found.blocks == blocks);
    CHECK(found.full_blocks == full);
    CHECK(found.partial_blocks == blocks - full);
    CHECK(found.most_blocks == most);
    CHECK(found.pairs == blocks * size.queries * size.keys);
    if (P.entries() > 0)
      CHECK(found.inflation == static_cast<double>(found.pairs) / static_cast<double>(P.entries()));
    else
      CHECK(std::isnan(found.inflation));
  }
}

Pattern shuffled(const Pattern& P, std::uint64_t seed) {
  std::vector<Index> order(static_cast<std::size_t>(P.rows()));
  RandomStream draws({seed, 0}, 0);
  for (std::size_t k = 0; k < order.size(); ++k) {
    order[k] = static_cast<Index>(k);
    std::swap(order[k], order[draws.below(k + 1)]);
  }
  return permute(P, order);
}

Index bandwidth(const Pattern& P) {
  return cost(P.view(), Form::csr).bandwidth;
}

} // namespace

TEST_CASE("block_cover and its bit tables expand to the pattern, for every generator",
          "[exports]") {
  for (const std::string& spec : support::specs())
    for (const Index n : {16, 37, 64}) {
      const auto P = support::built(spec, n);
      if (!P)
        continue;
      INFO(spec << ", n = " << n);
      for (const BlockSize size : {BlockSize{1, 1}, BlockSize{4, 4}, BlockSize{16, 40}}) {
        const BlockCover cover = block_cover(P->view(), size, 1);
        REQUIRE(Pattern(expanded(cover)) == *P);
        const BlockCover parallel = block_cover(P->view(), size, 3);
        CHECK(parallel.bits == cover.bits);
        CHECK(parallel.tables == cover.tables);
        const Buffer<std::uint8_t> masks = block_masks(cover);
        CHECK(std::count(masks.begin(), masks.end(), 1) == P->entries());
        check_cost(*P, size);
      }
    }
}

TEST_CASE("block_cover lists a block as full iff all its pairs are entries", "[exports]") {
  // The lower triangle of 5 x 5 in blocks of 2: block (0, 0) is partial, (1, 0) and (2, 1) are full
  // but for the last row of blocks, which reaches beyond the pattern.
  const Pattern P = causal(Pattern::from_mask(5, 5, std::vector<std::uint8_t>(25, 1)));
  const BlockCover cover = block_cover(P.view(), {2, 2});
  CHECK(cover.offsets == Buffer<Index>{0, 1, 3, 6});
  CHECK(cover.columns == Buffer<Index>{0, 0, 1, 0, 1, 2});
  CHECK(cover.tables == Buffer<Index>{2, 1, 3, 4, 5, 6});
  CHECK(cover.table_count() == 7);
  CHECK(cover.bits == Buffer<std::uint32_t>{0, 0, 3, 3, 1, 3, 1, 3, 3, 0, 3, 0, 1, 0});
}

TEST_CASE("cost counts a pair for compressed rows, a row for lists and everything for dense",
          "[exports]") {
  const Pattern P = Pattern::from_edges(3, 4, {{0, 0}, {0, 3}, {1, 1}, {0, 1}});
  const Cost rows = cost(P.view(), Form::csr);
  CHECK(rows.pairs == 4);
  CHECK(rows.inflation == 1);
  CHECK(rows.most_blocks == 3);
  CHECK(rows.bandwidth == 3);
  const Cost lists = cost(P.view(), Form::index_lists);
  CHECK(lists.pairs == 9); // three lists of three keys
  CHECK(lists.full_blocks == 1);
  const Cost dense = cost(P.view(), Form::dense);
  CHECK(dense.pairs == 12);
  CHECK(dense.inflation == 3);
  CHECK(cost(Pattern().view(), Form::block_mask).block_density == 0);
}

TEST_CASE("index_lists hold the keys of each query and then -1", "[exports]") {
  const Pattern P = Pattern::from_edges(3, 4, {{0, 0}, {0, 3}, {2, 1}});
  CHECK(index_lists(P.view()).keys == Buffer<std::int32_t>{0, 3, -1, -1, 1, -1});
  CHECK(index_lists(P.view(), 3).keys == Buffer<std::int32_t>{0, 3, -1, -1, -1, -1, 1, -1, -1});
  CHECK_THROWS_WITH(index_lists(P.view(), 1), "width = 1 and query 0 has 2 keys");
}

TEST_CASE("order_of rcm is Cuthill and McKee's order backwards", "[exports]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Pattern A(support::random_graph(40, 0.005 * static_cast<double>(seed), {3, seed}));
    const Pattern G = symmetrize(without_loops(A));
    std::vector<Index> order = order_of(A, Order::rcm);
    CHECK(std::set<Index>(order.begin(), order.end()).size() == 40);
    std::reverse(order.begin(), order.end());
    std::vector<Index> place(40);
    for (Index k = 0; k < 40; ++k)
      place[order[k]] = k;
    // Each vertex stands behind its first neighbor (its parent) unless it begins a component;
    // parents come in order, and children of one parent by degree and number.
    std::vector<std::vector<Index>> keys;
    for (const Index v : order) {
      Index parent = place[v];
      for (const Index u : G.row(v))
        parent = std::min(parent, place[u]);
      if (parent < place[v])
        keys.push_back({parent, G.degree(v), v});
    }
    CHECK(std::is_sorted(keys.begin(), keys.end()));
  }
}

TEST_CASE("order_of rcm finds the band of shuffled bands", "[exports]") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Pattern path = shuffled(pattern::window(200, 1), seed);
    CHECK(bandwidth(path) > 100);
    CHECK(bandwidth(permute(path, order_of(path, Order::rcm))) == 1);
    // Two levels of its search hold at most 2 w tokens each side of a token.
    const Pattern band = shuffled(pattern::window(200, 4), seed);
    const Pattern mended = permute(band, order_of(band, Order::rcm));
    CHECK(bandwidth(mended) <= 8);
    CHECK(cost(mended.view(), Form::bsr, {16, 16}).blocks * 3 <
          cost(band.view(), Form::bsr, {16, 16}).blocks);
  }
}

TEST_CASE("order_of degree puts hubs first, order_by_label clusters together", "[exports]") {
  const Pattern star = Pattern::from_edges(5, {{3, 0}, {3, 1}, {3, 2}, {0, 1}});
  CHECK(order_of(star, Order::degree) == std::vector<Index>{3, 0, 1, 2, 4});
  CHECK(order_of(star, Order::none) == std::vector<Index>{0, 1, 2, 3, 4});
  CHECK(order_by_label(std::vector<Index>{1, 0, 2, 0}) == std::vector<Index>{1, 3, 0, 2});
}

TEST_CASE("exports refuse what has no blocks or no order", "[exports]") {
  const Pattern wide = Pattern::from_edges(2, 3, {{0, 2}});
  CHECK_THROWS_WITH(block_cover(wide.view(), {0, 4}),
                    "block = 0 must be at least 1 and at most 1048576");
  CHECK_THROWS_WITH(cost(wide.view(), Form::bsr, {4, 1 << 21}),
                    "block = 2097152 must be at least 1 and at most 1048576");
  CHECK_THROWS_WITH(order_of(wide, Order::rcm),
                    "an order of tokens needs as many queries as keys, not 2 and 3");
  CHECK_THROWS_WITH(require_whole_blocks(4, 6, {2, 4}), "6 keys are no multiple of the block of 4");
  CHECK_NOTHROW(require_whole_blocks(4, 6, {2, 3}));
}
