// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/bigbird.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"
#include "support/statistics.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;
using Catch::Contains;

TEST_CASE("bigbird: the blocks of the definition, entry by entry", "[generators][bigbird]") {
  struct Case {
    Index n;
    Index block;
    Index rblocks;
    Index gblocks;
  };
  const Case c = GENERATE(Case{64, 8, 2, 1}, Case{61, 8, 2, 1}, Case{40, 4, 3, 2},
                          Case{30, 3, 0, 0}, Case{24, 8, 0, 1}, Case{16, 8, 5, 2},
                          Case{12, 1, 4, 3}, Case{5, 9, 0, 0}, Case{0, 4, 0, 0}, Case{40, 4, 7, 0});
  const Key key{2, 3};
  const Index blocks = (c.n + c.block - 1) / c.block;
  CHECK_THAT(bigbird(c.n, c.block, c.rblocks, c.gblocks, {.key = key}),
             SamePattern(pattern_where(c.n, c.n, [&](Index i, Index j) {
               const Index a = i / c.block;
               const Index b = j / c.block;
               if (a < c.gblocks || b < c.gblocks || std::abs(a - b) <= 1)
                 return true;
               const auto drawn = bigbird_blocks(blocks, a, c.rblocks, c.gblocks, key);
               return std::find(drawn.begin(), drawn.end(), b) != drawn.end();
             })));
}

TEST_CASE("bigbird_blocks: uniform subsets of the blocks that are left", "[generators][bigbird]") {
  // Block row 4 of 10 with 2 global ones has 2 and 6..9 left after 3, 4, 5: 10 pairs.
  std::map<std::vector<Index>, double> seen;
  for (std::uint64_t seed = 0; seed < 10000; ++seed)
    ++seen[bigbird_blocks(10, 4, 2, 2, {seed, 2})];
  CHECK(uniformity_excess(seen, 10) < sigmas);
  for (const auto& [pair, count] : seen)
    for (const Index b : pair)
      CHECK((b == 2 || b >= 6));
}

TEST_CASE("bigbird: same bits for every thread count, and shares of the rows stack up",
          "[generators][bigbird]") {
  const Index n = 3001;
  const Pattern one = bigbird(n, 16, 3, 2, {.key = {6, 1}, .threads = 1});
  CHECK_NOTHROW(sparse::validate(one.view()));
  CHECK(one == bigbird(n, 16, 3, 2, {.key = {6, 1}, .threads = 2}));
  CHECK(one == bigbird(n, 16, 3, 2, {.key = {6, 1}, .threads = 3}));
  CHECK_FALSE(one == bigbird(n, 16, 3, 2, {.key = {7, 1}}));
  CHECK(shares_stack_up(n, [&](Index begin, Index end) {
    return bigbird(n, 16, 3, 2, {.key = {6, 1}, .rows = {begin, end}});
  }));
}

TEST_CASE("bigbird: the named n fits and the one below does not", "[generators][bigbird]") {
  // 1 global, 3 neighboring and 4 random blocks: 8 blocks of 8, the last of one token.
  CHECK_THROWS_WITH(bigbird(20, 8, 4, 1), Contains("3 blocks") && Contains("that fits is 57"));
  CHECK_NOTHROW(bigbird(57, 8, 4, 1));
  CHECK_THROWS_AS(bigbird(56, 8, 4, 1), Error);
}

TEST_CASE("bigbird: refusals name the value and the bound", "[generators][bigbird]") {
  CHECK_THROWS_WITH(bigbird(64, 0, 1, 1), Contains("block = 0"));
  CHECK_THROWS_WITH(bigbird(64, 8, -1, 1), Contains("rblocks = -1"));
  CHECK_THROWS_WITH(bigbird(64, 8, 1, -1), Contains("gblocks = -1"));
  CHECK_THROWS_AS(bigbird(-64, 8, 1, 1), Error);
  CHECK_THROWS_AS(bigbird(64, 8, 1, 9), Error);
  CHECK_THROWS_AS(bigbird(64, 8, Index{1} << 40, Index{1} << 40), Error);
  CHECK_THROWS_AS(bigbird(64, 8, 1, 1, {.rows = {0, 65}}), Error);
  CHECK_THROWS_AS(bigbird_blocks(10, 1, 1, 2, {}), Error);
  CHECK_THROWS_AS(bigbird_blocks(10, 10, 1, 2, {}), Error);
  CHECK_THROWS_AS(bigbird_blocks(10, 4, 6, 2, {}), Error);
}
