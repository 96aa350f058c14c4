// SPDX-License-Identifier: Apache-2.0
// Patterns from what callers have at hand: edges, masks, CSR arrays, other patterns.
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/global.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/pattern/batch.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <sstream>

using namespace attnwalk;
using namespace attnwalk::pattern;
using Catch::Contains;
using support::pattern_where;
using support::SamePattern;

TEST_CASE("from_edges: any order, repeated edges once", "[pattern][made]") {
  const Pattern P = Pattern::from_edges(4, {{2, 1}, {0, 3}, {2, 0}, {0, 3}, {2, 1}});
  CHECK_THAT(P, SamePattern(pattern_where(4, 4, [](Index i, Index j) {
               return (i == 2 && j <= 1) || (i == 0 && j == 3);
             })));
  const std::vector<Pattern::Edge> wide{{1, 4}, {0, 0}};
  CHECK_THAT(Pattern::from_edges(2, 5, wide),
             SamePattern(pattern_where(2, 5, [](Index i, Index j) { return j == 4 * i; })));
  CHECK(Pattern::from_edges(3, {}).entries() == 0);
  CHECK(Pattern::from_edges(0, {}).rows() == 0);
  CHECK_THROWS_WITH(Pattern::from_edges(3, {{0, 1}, {1, 3}}),
                    "edge 1 is (1, 3) where the pattern is 3 x 3");
  CHECK_THROWS_WITH(Pattern::from_edges(3, {{-1, 1}}), Contains("edge 0 is (-1, 1)"));
  CHECK_THROWS_AS(Pattern::from_edges(-1, {}), Error);
}

TEST_CASE("from_edges: the edges of a pattern give it back", "[pattern][made]") {
  const Pattern P = window(50, 3) | star(50, 2);
  std::vector<Pattern::Edge> edges;
  for (Index i = 49; i >= 0; --i) // rows from the last, so that nothing is in order
    for (const Index j : P.row(i))
      edges.insert(edges.begin() + static_cast<Index>(edges.size()) / 2, {i, j});
  CHECK(Pattern::from_edges(50, edges) == P);
}

TEST_CASE("from_mask: numbers that are not 0, flat or row by row", "[pattern][made]") {
  const std::vector<std::uint8_t> flat{1, 0, 2, 0, 0, 255};
  const Pattern P = Pattern::from_mask(2, 3, flat);
  CHECK(P == Pattern::from_edges(2, 3, {{0, 0}, {0, 2}, {1, 2}}));
  CHECK(P == Pattern::from_mask({{true, false, true}, {false, false, true}}));
  CHECK(Pattern::from_mask(std::vector<std::vector<bool>>{}).rows() == 0);
  CHECK_THROWS_WITH(Pattern::from_mask(3, 3, flat), "6 numbers given for a mask of 3 x 3");
  CHECK_THROWS_WITH(Pattern::from_mask({{true, false}, {true}}),
                    "row 1 of the mask has 1 numbers where row 0 has 2");
}

TEST_CASE("from_csr: takes over vectors, and refuses what is not CSR", "[pattern][made]") {
  const Pattern P = window(5, 1);
  std::vector<Index> offsets(P.view().offsets, P.view().offsets + 6);
  std::vector<Index> columns(P.view().columns, P.view().columns + P.entries());
  CHECK(Pattern::from_csr(5, offsets, columns) == P);
  const Index* const kept = columns.data();
  const Pattern moved = Pattern::from_csr(5, std::move(offsets), std::move(columns));
  CHECK(moved.view().columns == kept); // not copied
  CHECK_THROWS_WITH(Pattern::from_csr(5, {}, {}), Contains("0 offsets do not describe 0 columns"));
  CHECK_THROWS_WITH(Pattern::from_csr(5, {0, 1}, {0, 1}), Contains("2 offsets"));
  CHECK_THROWS_AS(Pattern::from_csr(5, {0, 2}, {1, 0}), Error); // not ascending
  CHECK_THROWS_AS(Pattern::from_csr(1, {0, 2}, {0, 1}), Error); // beyond the last key
}

TEST_CASE("operators: |, & and - are unite, intersect and subtract", "[pattern][made]") {
  const Pattern A = window(20, 2);
  const Pattern B = global_tokens(20, 20, 3, {.at = GlobalAt::spread});
  CHECK((A | B) == unite(A, B));
  CHECK((A & B) == intersect(A, B));
  CHECK((A - B) == subtract(A, B));
  CHECK(((A - B) | (A & B)) == A);
}

TEST_CASE("operator<<: sizes and entries", "[pattern][made]") {
  std::ostringstream text;
  text << window(20, 2) << "; " << Pattern::from_edges(1, 3, {{0, 1}});
  CHECK(text.str() == "20 x 20, 94 entries; 1 x 3, 1 entry");
}

TEST_CASE("Pattern, Weights, PatternBatch: can be members before they are known",
          "[pattern][made]") {
  CHECK(Pattern().rows() == 0);
  CHECK(Weights().values().empty());
  CHECK(Weights().pattern() == Pattern());
  CHECK(PatternBatch().rows() == 0);
  CHECK(PatternBatch().at(3, 5) == Pattern());
}
