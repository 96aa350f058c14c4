// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/pairing.hpp"
#include "attnwalk/generators/regular.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"

#include <algorithm>
#include <map>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;
using Catch::Contains;

namespace {

bool simple_and_regular(const Pattern& P, Index d) {
  for (Index i = 0; i < P.rows(); ++i)
    if (P.degree(i) != d)
      return false;
  sparse::validate(P.view());
  return is_symmetric(P) && loops_of(P) == 0;
}

double triangles(const Pattern& P) {
  double count = 0;
  for (Index i = 0; i < P.rows(); ++i)
    for (const Index j : P.row(i))
      for (const Index k : P.row(j))
        count += i < j && j < k && P.contains(i, k) ? 1 : 0;
  return count;
}

// The uniform law by definition: matchings redrawn until simple. Triangles of the accepted graph.
double triangles_of_a_uniform_graph(Index n, Index d, Key key) {
  for (std::uint64_t trial = 0;; ++trial) {
    const auto ends = matched_ends(n, d, key, trial, 1);
    std::vector<std::vector<bool>> edge(static_cast<std::size_t>(n),
                                        std::vector<bool>(static_cast<std::size_t>(n)));
    bool simple = true;
    for (std::size_t e = 0; simple && e < ends.size(); e += 2) {
      simple = ends[e] != ends[e + 1] && !edge[ends[e]][ends[e + 1]];
      edge[ends[e]][ends[e + 1]] = edge[ends[e + 1]][ends[e]] = true;
    }
    if (!simple)
      continue;
    double count = 0;
    for (std::size_t i = 0; i < edge.size(); ++i)
      for (std::size_t j = i + 1; j < edge.size(); ++j)
        for (std::size_t k = j + 1; k < edge.size(); ++k)
          count += edge[i][j] && edge[j][k] && edge[i][k] ? 1 : 0;
    return count;
  }
}

} // namespace

TEST_CASE("regular: simple, symmetric, d entries a row, for every small n and d",
          "[generators][regular]") {
  for (Index n = 0; n <= 13; ++n)
    for (Index d = 0; d < std::max<Index>(n, 1); ++d)
      if (n * d % 2 == 0)
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
          INFO("n = " << n << ", d = " << d << ", seed = " << seed);
          CHECK(simple_and_regular(regular(n, d, {.key = {seed, 1}, .threads = 1}), d));
        }
}

TEST_CASE("regular: simple at every size and density", "[generators][regular]") {
  struct Case {
    Index n;
    Index d;
  };
  // Rows and bits, matchings of one bucket and of several, complements.
  const Case c = GENERATE(Case{1000, 3}, Case{1000, 10}, Case{1000, 15}, Case{1000, 16},
                          Case{1001, 64}, Case{500, 249}, Case{500, 250}, Case{500, 490},
                          Case{20000, 12}, Case{65536, 3}, Case{5001, 78}, Case{4096, 64});
  CHECK(simple_and_regular(regular(c.n, c.d, {.key = {2, 2}}), c.d));
}

TEST_CASE("regular: the 70 two-regular graphs on 6 vertices are equally likely",
          "[generators][regular]") {
  // 60 hexagons and 10 pairs of triangles; d = 3 on 6 vertices are their complements.
  const Index d = GENERATE(2, 3);
  std::map<std::vector<Index>, double> seen;
  for (std::uint64_t seed = 0; seed < 14000; ++seed)
    ++seen[flat(regular(6, d, {.key = {seed, 3}, .threads = 1}))];
  CHECK(uniformity_excess(seen, 70) < sigmas);
}

TEST_CASE("regular: repaired graphs have the triangles of uniform ones", "[generators][regular]") {
  // Far from the limit n -> infinity in which the laws agree, where repair distorts most: without
  // the switches that follow it the means are 5.933, 5.367 and 13.260. The wanted means are of
  // 200,000, 200,000 and 20,000 matchings accepted because simple.
  struct Case {
    Index n;
    Index d;
    double uniform;
    double error; // standard error of it
    double sd;    // of one graph
  };
  const Case c = GENERATE(Case{9, 4, 6.0005, 0.0033, 1.48}, Case{12, 4, 5.5509, 0.0040, 1.77},
                          Case{12, 5, 13.4061, 0.0150, 2.12});
  const int draws = 40000;
  double repaired = 0;
  for (std::uint64_t seed = 0; seed < draws; ++seed)
    repaired += triangles(regular(c.n, c.d, {.key = {seed, 4}, .threads = 1})) / draws;
  const double three_sigma = 3 * std::sqrt(c.sd * c.sd / draws + c.error * c.error);
  CHECK(std::abs(repaired - c.uniform) < three_sigma);

  if (c.d == 4) { // the definition itself, fewer times
    const int few = 1000;
    double uniform = 0;
    for (std::uint64_t seed = 0; seed < few; ++seed)
      uniform += triangles_of_a_uniform_graph(c.n, c.d, {seed, 5}) / few;
    CHECK(std::abs(uniform - c.uniform) < sigmas * c.sd / std::sqrt(few));
  }
}

TEST_CASE("matched_ends: uniform over matchings, in one bucket and in many",
          "[generators][regular]") {
  // 4 vertices of one end: 3 matchings, 24 orders.
  std::map<std::vector<std::uint32_t>, double> seen;
  for (std::uint64_t trial = 0; trial < 12000; ++trial) {
    const auto ends = matched_ends(4, 1, {1, 6}, trial);
    ++seen[std::vector<std::uint32_t>(ends.begin(), ends.end())];
  }
  CHECK(uniformity_excess(seen, 24) < sigmas);

  // 2^19 ends fall into 8 buckets: every vertex keeps its d, and vertices spread evenly.
  const Index n = 1 << 16;
  const auto ends = matched_ends(n, 8, {2, 7}, 0);
  std::vector<Index> degree(static_cast<std::size_t>(n));
  for (const std::uint32_t end : ends)
    ++degree[end];
  CHECK(degree == std::vector<Index>(static_cast<std::size_t>(n), 8));
  std::vector<double> counts(256); // quarter of the vertices by 64th of the positions
  for (std::size_t e = 0; e < ends.size(); ++e)
    ++counts[e * 64 / ends.size() * 4 + ends[e] * std::size_t{4} / static_cast<std::size_t>(n)];
  CHECK(chi_square_excess(
            counts, std::vector<double>(256, static_cast<double>(ends.size()) / 256)) < sigmas);
}

TEST_CASE("regular: same bits for every thread count", "[generators][regular]") {
  const Index n = GENERATE(1000, 100000);
  const Pattern one = regular(n, 10, {.key = {6, 1}, .threads = 1});
  CHECK(one == regular(n, 10, {.key = {6, 1}, .threads = 2}));
  CHECK(one == regular(n, 10, {.key = {6, 1}, .threads = 3}));
  CHECK_FALSE(one == regular(n, 10, {.key = {7, 1}}));
  CHECK_FALSE(one == regular(n, 10, {.key = {6, 2}}));
}

TEST_CASE("regular: reports progress and can be cancelled", "[generators][regular]") {
  Monitor monitor;
  int calls = 0;
  monitor.progress = [&](std::string_view, double) { ++calls; };
  CHECK(regular(100, 4, {.monitor = &monitor}).entries() == 400);
  CHECK(calls > 0);
  monitor.cancel();
  CHECK_THROWS_WITH(regular(100, 4, {.monitor = &monitor}), Contains("cancelled"));
}

TEST_CASE("regular: refusals name the nearest n that fits", "[generators][regular]") {
  CHECK_THROWS_WITH(regular(5, 3), Contains("odd") && Contains("nearest n that fits is 6"));
  CHECK_THROWS_WITH(regular(8, 8), Contains("d = 8") && Contains("nearest n that fits is 9"));
  CHECK_THROWS_WITH(regular(0, 1), Contains("d = 1") && Contains("nearest n that fits is 2"));
  CHECK_THROWS_WITH(regular(8, -1), Contains("d = -1"));
  CHECK_THROWS_WITH(regular(-8, 1), Contains("n = -8"));
  CHECK_THROWS_WITH(regular(Index{1} << 32, 2), Contains("2^31"));
  CHECK_THROWS_AS(regular(Index{1} << 30, 10000), Error);
}
