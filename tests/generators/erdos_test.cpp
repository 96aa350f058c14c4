// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/erdos.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"
#include "support/statistics.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;
using Catch::Contains;

TEST_CASE("erdos: probabilities 0 and 1 are exact", "[generators][erdos]") {
  const bool directed = GENERATE(false, true);
  const Index n = GENERATE(0, 1, 2, 255, 256, 257, 513);
  CHECK(erdos(n, 0, {.directed = directed, .key = {1, 2}}).entries() == 0);
  CHECK_THAT(erdos(n, 1, {.directed = directed, .key = {1, 2}}),
             SamePattern(pattern_where(n, n, [](Index i, Index j) { return i != j; })));
}

TEST_CASE("erdos: all graphs on few vertices are equally likely at 1/2", "[generators][erdos]") {
  const bool directed = GENERATE(false, true);
  const std::size_t graphs = 64; // 4 vertices and 6 pairs, or 3 vertices and 6 ordered pairs
  std::map<std::vector<Index>, double> seen;
  for (std::uint64_t seed = 0; seed < 200 * graphs; ++seed)
    ++seen[flat(
        erdos(directed ? 3 : 4, 0.5, {.directed = directed, .key = {seed, 1}, .threads = 1}))];
  CHECK(uniformity_excess(seen, graphs) < sigmas);
}

TEST_CASE("erdos: undirected graphs are symmetric without loops, across tiles",
          "[generators][erdos]") {
  const double prob = GENERATE(0.001, 0.05, 0.6);
  const Index n = 700; // three tiles of 256, the last cut
  const Pattern P = erdos(n, prob, {.key = {2, 2}});
  CHECK_NOTHROW(sparse::validate(P.view()));
  CHECK(is_symmetric(P));
  CHECK(loops_of(P) == 0);
  const double pairs = n * (n - 1) / 2.0;
  CHECK(std::abs(static_cast<double>(P.entries()) / 2 - pairs * prob) <
        sigmas * std::sqrt(pairs * prob * (1 - prob)));
}

TEST_CASE("erdos: every region of the square is equally dense", "[generators][erdos]") {
  // Cells of a 7 x 7 division of 700 x 700, half of them above the diagonal and so independent.
  const bool directed = GENERATE(false, true);
  const double prob = 0.02;
  const Pattern P = erdos(700, prob, {.directed = directed, .key = {3, 3}});
  std::vector<double> counts;
  std::vector<double> expected;
  for (Index a = 0; a < 7; ++a)
    for (Index b = a + 1; b < 7; ++b) {
      counts.push_back(0);
      for (Index i = 100 * a; i < 100 * (a + 1); ++i)
        for (const Index j : P.row(i))
          counts.back() += j / 100 == b ? 1 : 0;
      expected.push_back(10000 * prob);
    }
  CHECK(chi_square_excess(counts, expected) < sigmas);
}

TEST_CASE("erdos: tiles are independent of each other", "[generators][erdos]") {
  // 4 x 4 tiles of 256: any two above the diagonal share cells by chance only.
  const double prob = 0.02;
  const Pattern P = erdos(1024, prob, {.key = {8, 8}});
  std::vector<std::vector<Index>> tiles;
  for (Index a = 0; a < 4; ++a)
    for (Index b = a; b < 4; ++b) {
      tiles.emplace_back();
      for (Index i = 0; i < 256; ++i)
        for (const Index j : P.row(256 * a + i))
          if (j / 256 == b)
            tiles.back().push_back(256 * i + j % 256);
    }
  const double mean = 256 * 256 * prob * prob;
  for (std::size_t s = 0; s < tiles.size(); ++s)
    for (std::size_t t = 0; t < s; ++t) {
      std::vector<Index> shared;
      std::set_intersection(tiles[s].begin(), tiles[s].end(), tiles[t].begin(), tiles[t].end(),
                            std::back_inserter(shared));
      // Tiles on the diagonal are symmetric: two of them share cells in pairs.
      CHECK(static_cast<double>(shared.size()) < mean + 2 * sigmas * std::sqrt(mean));
    }
}

TEST_CASE("erdos: directed graphs have no loops and independent directions",
          "[generators][erdos]") {
  const Index n = 1000;
  const double prob = 0.1;
  const Pattern P = erdos(n, prob, {.directed = true, .key = {4, 4}});
  CHECK_NOTHROW(sparse::validate(P.view()));
  CHECK(loops_of(P) == 0);
  const double pairs = n * (n - 1.0);
  CHECK(std::abs(static_cast<double>(P.entries()) - pairs * prob) <
        sigmas * std::sqrt(pairs * prob * (1 - prob)));
  double mutual = 0;
  for (Index i = 0; i < n; ++i)
    for (const Index j : P.row(i))
      mutual += i < j && P.contains(j, i) ? 1 : 0;
  CHECK(std::abs(mutual - pairs / 2 * prob * prob) < sigmas * std::sqrt(pairs / 2 * prob * prob));
}

TEST_CASE("erdos: same bits for every thread count, and shares of the rows stack up",
          "[generators][erdos]") {
  const bool directed = GENERATE(false, true);
  const Index n = 1500;
  const Pattern one = erdos(n, 0.01, {.directed = directed, .key = {6, 1}, .threads = 1});
  CHECK(one == erdos(n, 0.01, {.directed = directed, .key = {6, 1}, .threads = 2}));
  CHECK(one == erdos(n, 0.01, {.directed = directed, .key = {6, 1}, .threads = 3}));
  CHECK_FALSE(one == erdos(n, 0.01, {.directed = directed, .key = {7, 1}}));
  CHECK(shares_stack_up(n, [&](Index begin, Index end) {
    return erdos(n, 0.01, {.directed = directed, .key = {6, 1}, .rows = {begin, end}});
  }));
}

TEST_CASE("erdos: refusals name the value and the bound", "[generators][erdos]") {
  CHECK_THROWS_WITH(erdos(10, 1.5), Contains("prob = 1.5") && Contains("[0, 1]"));
  CHECK_THROWS_WITH(erdos(10, -0.5, {.directed = true}), Contains("prob = -0.5"));
  CHECK_THROWS_AS(erdos(10, std::nan(""), {.directed = true}), Error);
  CHECK_THROWS_AS(erdos(-1, 0.5), Error);
  CHECK_THROWS_AS(erdos(10, 0.5, {.rows = {0, 11}}), Error);
  CHECK_THROWS_AS(erdos(Index{1} << 40, 0.5), Error);
}
