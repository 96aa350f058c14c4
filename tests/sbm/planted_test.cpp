// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/sbm/sample.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"
#include "support/statistics.hpp"

#include <map>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;
using Catch::Contains;

namespace {

/// A mask of the planted model.
Pattern planted(Index n, Index m, Index k, double in, double out, Key key, RowRange rows = {},
                int threads = 0) {
  return sbm::sample(sbm::planted_model(n, m, k, in, out),
                     {.key = key, .rows = rows, .threads = threads})
      .pattern;
}

} // namespace

TEST_CASE("block_of: contiguous blocks whose sizes differ by one at most", "[sbm][planted]") {
  for (Index n = 1; n <= 40; ++n)
    for (Index k = 1; k <= n; ++k)
      for (Index b = 0; b < k; ++b) {
        const Index start = sbm::block_start(b, n, k);
        const Index end = sbm::block_start(b + 1, n, k);
        CHECK((end - start == n / k || end - start == n / k + 1));
        for (Index i = start; i < end; ++i)
          CHECK(sbm::block_of(i, n, k) == b);
      }
}

TEST_CASE("planted_model: probabilities 0 and 1 are exact", "[sbm][planted]") {
  struct Case {
    Index n;
    Index m;
    Index k;
  };
  const Case c = GENERATE(Case{1, 1, 1}, Case{30, 30, 4}, Case{17, 40, 5}, Case{40, 17, 17},
                          Case{0, 5, 1}, Case{5, 0, 1});
  const auto same = [&](Index i, Index j) {
    return sbm::block_of(i, c.n, c.k) == sbm::block_of(j, c.m, c.k);
  };
  CHECK_THAT(planted(c.n, c.m, c.k, 1, 0, {1, 1}), SamePattern(pattern_where(c.n, c.m, same)));
  CHECK_THAT(planted(c.n, c.m, c.k, 0, 1, {1, 1}),
             SamePattern(pattern_where(c.n, c.m, [&](Index i, Index j) { return !same(i, j); })));
  CHECK(planted(c.n, c.m, c.k, 0, 0, {1, 1}).entries() == 0);
  CHECK(planted(c.n, c.m, c.k, 1, 1, {1, 1}).entries() == c.n * c.m);
}

TEST_CASE("planted_model: all patterns of few cells are equally likely at 1/2", "[sbm][planted]") {
  std::map<std::vector<Index>, double> seen;
  for (std::uint64_t seed = 0; seed < 6400; ++seed)
    ++seen[flat(planted(2, 3, 2, 0.5, 0.5, {seed, 1}, {}, 1))];
  CHECK(uniformity_excess(seen, 64) < sigmas);
}

TEST_CASE("planted_model: every pair of blocks has its density", "[sbm][planted]") {
  // Seed 4; 7 blocks do not divide 1000 queries or 1300 keys.
  const Index n = 1000;
  const Index m = 1300;
  const Index k = 7;
  const double in = 0.3;
  const double out = 0.04;
  const Pattern P = planted(n, m, k, in, out, {4, 4});
  CHECK_NOTHROW(sparse::validate(P.view()));
  std::vector<double> counts(49);
  for (Index i = 0; i < n; ++i)
    for (const Index j : P.row(i))
      ++counts[static_cast<std::size_t>(sbm::block_of(i, n, k) * k + sbm::block_of(j, m, k))];
  double expected_total = 0;
  double variance = 0;
  for (Index a = 0; a < k; ++a)
    for (Index b = 0; b < k; ++b) {
      const double cells =
          static_cast<double>(sbm::block_start(a + 1, n, k) - sbm::block_start(a, n, k)) *
          static_cast<double>(sbm::block_start(b + 1, m, k) - sbm::block_start(b, m, k));
      const double p = a == b ? in : out;
      CHECK(std::abs(counts[static_cast<std::size_t>(a * k + b)] - cells * p) <
            sigmas * std::sqrt(cells * p * (1 - p)));
      expected_total += cells * p;
      variance += cells * p * (1 - p);
    }
  CHECK(sbm::expected_density(sbm::planted_model(n, m, k, in, out)) ==
        Approx(expected_total / (1.0 * n * m)));
  CHECK(std::abs(static_cast<double>(P.entries()) - expected_total) < sigmas * std::sqrt(variance));
}

TEST_CASE("planted_model: same bits for every thread count, and shares of the rows stack up",
          "[sbm][planted]") {
  const Index n = 3000;
  const Pattern one = planted(n, 2000, 9, 0.05, 0.01, {6, 1}, {}, 1);
  CHECK(one == planted(n, 2000, 9, 0.05, 0.01, {6, 1}, {}, 2));
  CHECK(one == planted(n, 2000, 9, 0.05, 0.01, {6, 1}, {}, 3));
  CHECK_FALSE(one == planted(n, 2000, 9, 0.05, 0.01, {7, 1}));
  CHECK(shares_stack_up(n, [&](Index begin, Index end) {
    return planted(n, 2000, 9, 0.05, 0.01, {6, 1}, {begin, end});
  }));
}

TEST_CASE("planted_model: refusals name the value and the bound", "[sbm][planted]") {
  CHECK_THROWS_WITH(planted(10, 10, 11, 0.5, 0.1, {}),
                    Contains("k = 11") && Contains("nearest n that fits is 11"));
  CHECK_THROWS_WITH(planted(10, 10, 0, 0.5, 0.1, {}), Contains("k = 0"));
  CHECK_THROWS_WITH(planted(10, 10, 2, 1.5, 0.1, {}), Contains("in = 1.5"));
  CHECK_THROWS_WITH(planted(10, 10, 2, 0.5, -0.1, {}), Contains("out = -0.1"));
  CHECK_THROWS_AS(planted(-10, 10, 2, 0.5, 0.1, {}), Error);
  CHECK_THROWS_AS(planted(10, 10, 2, std::nan(""), 0.1, {}), Error);
  CHECK_THROWS_AS(planted(10, 10, 2, 0.5, 0.1, {}, {0, 11}), Error);
  CHECK_THROWS_WITH(planted(10000000, 10000000, 10000000, 0.5, 0.1, {}),
                    Contains("10000000 x 10000000 blocks"));
  CHECK_THROWS_AS(planted(Index{1} << 32, 10, 2, 0.5, 0.1, {}), Error);
}
