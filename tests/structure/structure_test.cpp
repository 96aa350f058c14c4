// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/structure/structure.hpp"

#include "catch.hpp"
#include "support/graphs.hpp"
#include "support/matrices.hpp"

#include <limits>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;

namespace {

/// |i - j| <= w.
Csr<double> band(Index n, Index w) {
  std::vector<Edge> edges;
  for (Index i = 0; i < n; ++i)
    for (Index j = std::max<Index>(0, i - w); j <= std::min(n - 1, i + w); ++j)
      edges.emplace_back(i, j);
  return graph(n, n, edges);
}

Csr<double> directed_cycle(Index n) {
  std::vector<Edge> edges;
  for (Index i = 0; i < n; ++i)
    edges.emplace_back(i, (i + 1) % n);
  return graph(n, n, edges);
}

} // namespace

TEST_CASE("structure: no tokens, one token, and nothing but tokens", "[structure][structure]") {
  const Structure none = structure(graph(0, 0, {}).view());
  CHECK(none.components == 0);
  CHECK(none.density == 0);
  CHECK(none.period == 1);
  CHECK(!none.full_reach);
  CHECK(none.closed_classes.empty());

  const Structure lonely = structure(graph(1, 1, {}).view());
  CHECK(lonely.components == 1);
  CHECK(lonely.bipartite_components == 1);
  CHECK(lonely.empty_rows == 1);
  CHECK(lonely.full_reach_status == "never: there are no entries");
  CHECK(lonely.diameter_at_most == 0);

  const Structure loop = structure(graph(1, 1, {{0, 0}}).view());
  CHECK(loop.full_reach == 1);
  CHECK(loop.bipartite_components == 0);
  CHECK(loop.doeblin == 1);
  CHECK(loop.min_loop_weight == 1);

  const Structure five = structure(graph(5, 5, {}).view());
  CHECK(five.components == 5);
  CHECK(five.closed_classes.size() == 5);
  CHECK(five.regular == 0);
  CHECK(five.transient == 0);
  CHECK(five.symmetric);
}

TEST_CASE("structure: a directed path with a cycle at its end", "[structure][structure]") {
  // 0 -> 1 -> 2 -> 3 -> 1: transient 0, closed {1, 2, 3} of period 3.
  const Structure s = structure(graph(4, 4, {{0, 1}, {1, 2}, {2, 3}, {3, 1}}).view());
  CHECK(s.strong_components == 2);
  REQUIRE(s.closed_classes.size() == 1);
  CHECK(s.closed_classes[0].size == 3);
  CHECK(s.closed_classes[0].period == 3);
  CHECK(s.transient == 1);
  CHECK(s.period == 3);
  CHECK(s.components == 1);
  CHECK(s.bipartite_components == 0); // 1-2-3-1 is a triangle without directions
  CHECK(s.diameter_at_least == 3);
  CHECK(!s.diameter_at_most);
  CHECK(s.empty_columns == 1);
  CHECK(s.full_reach_status == "never: 2 strongly connected components");
}

TEST_CASE("structure: the period of disjoint cycles is their lcm, capped where it overflows",
          "[structure][structure]") {
  const std::vector<Index> primes{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53};
  std::vector<Edge> edges;
  Index start = 0;
  Index product = 1;
  for (const Index p : primes) {
    for (Index i = 0; i < p; ++i)
      edges.emplace_back(start + i, start + (i + 1) % p);
    start += p;
    const Structure s = structure(graph(start, start, edges).view());
    if (p < 53) {
      product *= p;
      CHECK(s.period == product);
    } else {
      CHECK(s.period == std::numeric_limits<Index>::max());
    }
    CHECK(s.closed_classes.size() == static_cast<std::size_t>(s.components));
  }
}

TEST_CASE("structure: universality's s of spectral.md 4.5", "[structure][structure]") {
  std::vector<Edge> ring;
  std::vector<Edge> with_global;
  std::vector<Edge> axial;
  std::vector<Edge> de_bruijn;
  std::vector<Edge> star;
  for (Index i = 0; i < 64; ++i) {
    for (Index j = 0; j < 64; ++j) {
      const Index gap = (i - j + 64) % 64;
      if (gap <= 1 || gap == 63)
        ring.emplace_back(i, j);
      if (std::abs(i - j) <= 2 || i == 0 || j == 0)
        with_global.emplace_back(i, j);
      if (i / 8 == j / 8 || i % 8 == j % 8)
        axial.emplace_back(i, j);
      if (i == j || j / 2 == i % 32)
        de_bruijn.emplace_back(i, j);
      if ((i == 0) != (j == 0))
        star.emplace_back(i, j);
    }
  }
  CHECK(structure(graph(64, 64, ring).view()).full_reach == 32);
  CHECK(structure(graph(64, 64, with_global).view()).full_reach == 2);
  CHECK(structure(graph(64, 64, axial).view()).full_reach == 2);
  CHECK(structure(graph(64, 64, de_bruijn).view()).full_reach == 6);
  CHECK(structure(graph(64, 64, star).view()).full_reach == 2);
}

TEST_CASE("structure: a causal pattern, square and aligned to the last key",
          "[structure][structure]") {
  const Structure s = structure(graph(3, 3, {{0, 0}, {1, 0}, {1, 1}, {2, 2}}).view());
  CHECK(s.causal);
  CHECK(s.loops == 3);
  CHECK(s.strong_components == 3);
  CHECK(s.transient == 1);
  CHECK(s.min_loop_weight == 0.5);
  CHECK(structure(graph(2, 4, {{0, 2}, {1, 3}}).view()).causal);
  CHECK(!structure(graph(2, 4, {{0, 3}}).view()).causal);
  CHECK(structure(graph(4, 2, {{2, 0}, {3, 1}}).view()).causal);
  CHECK(!structure(graph(4, 2, {{1, 0}}).view()).causal);
}

TEST_CASE("structure: a rectangular matrix is a bipartite graph of one hop",
          "[structure][structure]") {
  const Structure s = structure(graph(3, 5, {{0, 0}, {0, 1}, {1, 1}, {2, 4}}).view());
  CHECK(s.components == 4); // {q0 q1 k0 k1} {q2 k4} {k2} {k3}
  CHECK(s.bipartite_components == 4);
  CHECK(s.largest_component == 4);
  CHECK(s.empty_columns == 2);
  CHECK(s.reach.size() == 1);
  CHECK(s.reach[0].fraction == Approx(4.0 / 15));
  CHECK(!s.full_reach);
  CHECK(!s.diameter_at_most);
  CHECK(!s.regular);
  CHECK(structure(graph(1, 2, {{0, 0}, {0, 1}}).view()).full_reach == 1);
  CHECK(components(graph(2, 3, {{0, 2}}).view()).of == std::vector<Index>{0, 1, 2, 3, 0});
}

TEST_CASE("structure: entries of weight zero are not edges", "[structure][structure]") {
  Csr<double> A = graph(2, 2, {{0, 0}, {0, 1}, {1, 0}, {1, 1}});
  A.values = {1, 0, 0, 2};
  const Structure s = structure(A.view());
  CHECK(s.entries == 2);
  CHECK(s.components == 2);
  CHECK(s.min_loop_weight == 1);
  CHECK(components(A.view()).count == 2);
  CHECK(strong_components(A.view()).count == 2);
}

TEST_CASE("structure: the sampled report of a band is exact where bounds meet",
          "[structure][structure]") {
  const Csr<double> A = band(5000, 8);
  const Structure exact = structure(A.view(), {.exact_below = 5000});
  const Structure sampled = structure(A.view(), {.exact_below = 100, .sources = 300});
  CHECK(exact.diameter_at_least == 625); // ceil(4999 / 8)
  CHECK(exact.full_reach == 625);
  CHECK(!sampled.reach_exact);
  CHECK(sampled.reach_sources == 300);
  CHECK(sampled.diameter_at_least == 625);
  CHECK(sampled.diameter_at_most.value_or(0) <= 626); // twice the middle's 313
  REQUIRE(sampled.reach.size() == exact.reach.size());
  for (std::size_t k = 0; k < exact.reach.size(); ++k) {
    CHECK(sampled.reach[k].lo <= exact.reach[k].fraction);
    CHECK(sampled.reach[k].hi >= exact.reach[k].fraction);
    CHECK(sampled.reach[k].fraction == Approx(exact.reach[k].fraction).epsilon(0.05));
  }
  CHECK(sampled.reach[0].lo == sampled.reach[0].hi); // one hop is the density
}

TEST_CASE("structure: diameter bounds hold above the exact size, directed and not",
          "[structure][structure]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    INFO("seed " << seed);
    const Csr<double> A = random_graph(300, 0.008 + 0.001 * static_cast<double>(seed), {seed, 5});
    const Structure exact = structure(A.view());
    const Structure sampled = structure(A.view(), {.exact_below = 10, .sources = 64});
    CHECK(sampled.diameter_at_least <= exact.diameter_at_least);
    CHECK(sampled.diameter_at_least >= exact.diameter_at_least - 2);
    CHECK(sampled.diameter_at_most.has_value() == exact.diameter_at_most.has_value());
    if (exact.diameter_at_most)
      CHECK(*sampled.diameter_at_most >= *exact.diameter_at_most);
  }
  const Csr<double> cycle = directed_cycle(1000);
  const Structure s = structure(cycle.view(), {.exact_below = 10, .sources = 64});
  CHECK(s.diameter_at_least == 999);
  CHECK(s.full_reach_at_least <= 1000);
  CHECK(s.full_reach_at_most >= 1000);
  CHECK(s.period == 1000);
  CHECK(s.regular == 1);
}

TEST_CASE("structure: the same for any thread count", "[structure][structure]") {
  const Csr<double> A = random_graph(700, 0.02, {3, 1});
  for (const Index exact_below : {Index{0}, Index{1000}}) {
    const Structure one =
        structure(A.view(), {.exact_below = exact_below, .sources = 200, .threads = 1});
    for (const int threads : {2, 3, 7}) {
      const Structure many =
          structure(A.view(), {.exact_below = exact_below, .sources = 200, .threads = threads});
      REQUIRE(many.reach.size() == one.reach.size());
      for (std::size_t k = 0; k < one.reach.size(); ++k)
        CHECK(many.reach[k].fraction == one.reach[k].fraction);
      CHECK(many.diameter_at_least == one.diameter_at_least);
      CHECK(many.diameter_at_most == one.diameter_at_most);
      CHECK(many.full_reach == one.full_reach);
    }
  }
}

TEST_CASE("structure: refuses bad options and values, and stops when asked",
          "[structure][structure]") {
  Csr<double> A = graph(2, 2, {{0, 0}, {1, 0}});
  for (const support::Broken& broken : support::broken_matrices())
    CHECK_THROWS_WITH(structure(broken.matrix.view()), Catch::Contains(broken.words));
  CHECK_THROWS_WITH(structure(A.view(), {.hops = -1}), "hops = -1 must be 0 or more");
  CHECK_THROWS_WITH(structure(A.view(), {.exact_below = -2}), "exact_below = -2 must be 0 or more");
  CHECK_THROWS_WITH(structure(A.view(), {.sources = 0}), "sources = 0 must be 1 or more");
  CHECK_THROWS_WITH(structure(A.view(), {.confidence = 1}),
                    "confidence = 1 must be between 0 and 1");
  CHECK_THROWS_AS(structure(A.view(), {.threads = -1}), Error);
  A.values = {1, -0.5};
  CHECK_THROWS_WITH(structure(A.view()),
                    "value -0.5 at row 1, column 0 must be finite and not negative");
  A.values = {std::numeric_limits<double>::quiet_NaN(), 1};
  CHECK_THROWS_AS(structure(A.view()), Error);
  Csr<double> pair = graph(2, 2, {{0, 1}, {1, 0}});
  pair.values.assign(2, 1e308);
  CHECK_THROWS_WITH(structure(pair.view()), Catch::Contains("the weights sum to inf"));
  pair.values.assign(2, 1e-320);
  CHECK_THROWS_WITH(structure(pair.view()), Catch::StartsWith("row 0 sums to"));
  pair.values = {0, 1};
  CHECK(structure(pair.view()).entries == 1);
  CHECK_THROWS_WITH(strong_components(graph(1, 2, {}).view()),
                    "strong components need a square matrix, not 1 x 2");
  Monitor monitor;
  monitor.cancel();
  CHECK_THROWS_AS(structure(graph(1, 1, {}).view(), {.monitor = &monitor}), Error);
}
