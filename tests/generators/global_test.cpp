// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/global.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"
#include "support/statistics.hpp"

#include <algorithm>
#include <map>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;
using Catch::Contains;

TEST_CASE("global_positions: first and spread by their definitions", "[generators][global]") {
  const Index n = GENERATE(1, 10, 64, 97);
  for (Index g = 0; g <= n; ++g) {
    std::vector<Index> first;
    std::vector<Index> spread;
    for (Index k = 0; k < g; ++k) {
      first.push_back(k);
      spread.push_back(k * n / g);
    }
    CHECK(global_positions(n, g, {.at = GlobalAt::first}) == first);
    CHECK(global_positions(n, g, {.at = GlobalAt::spread}) == spread);
  }
}

TEST_CASE("global_positions: random ones are a uniform subset", "[generators][global]") {
  std::map<std::vector<Index>, double> seen;
  for (std::uint64_t seed = 0; seed < 10000; ++seed)
    ++seen[global_positions(6, 3, {.at = GlobalAt::random, .key = {seed, 2}})];
  CHECK(uniformity_excess(seen, 20) < sigmas);
}

TEST_CASE("global: (i, j) iff i or j is global", "[generators][global]") {
  const GlobalAt at = GENERATE(GlobalAt::first, GlobalAt::spread, GlobalAt::random);
  struct Size {
    Index n;
    Index m;
  };
  const Size size = GENERATE(Size{1, 1}, Size{20, 20}, Size{9, 31}, Size{31, 9});
  for (const Index g : {Index{0}, Index{1}, std::min(size.n, size.m)}) {
    const auto G = global_positions(std::min(size.n, size.m), g, {.at = at, .key = {8, 8}});
    const auto in_G = [&](Index i) { return std::find(G.begin(), G.end(), i) != G.end(); };
    CHECK_THAT(global_tokens(size.n, size.m, g, {.at = at, .key = {8, 8}}),
               SamePattern(pattern_where(size.n, size.m,
                                         [&](Index i, Index j) { return in_G(i) || in_G(j); })));
  }
}

TEST_CASE("global: same bits for every thread count, and shares of the rows stack up",
          "[generators][global]") {
  const Index n = 3000;
  const Pattern one = global_tokens(n, n, 7, {.at = GlobalAt::random, .key = {6, 1}, .threads = 1});
  CHECK(one == global_tokens(n, n, 7, {.at = GlobalAt::random, .key = {6, 1}, .threads = 2}));
  CHECK(one == global_tokens(n, n, 7, {.at = GlobalAt::random, .key = {6, 1}, .threads = 3}));
  CHECK(shares_stack_up(n, [&](Index begin, Index end) {
    return global_tokens(n, n, 7, {.at = GlobalAt::random, .key = {6, 1}, .rows = {begin, end}});
  }));
}

TEST_CASE("global: refusals name the value and the bound", "[generators][global]") {
  CHECK_THROWS_WITH(global_tokens(10, 10, 11),
                    Contains("g = 11") && Contains("nearest n that fits is 11"));
  CHECK_THROWS_WITH(global_tokens(10, 5, 6), Contains("g = 6") && Contains("5"));
  CHECK_THROWS_WITH(global_tokens(10, 10, -1, {.at = GlobalAt::spread}), Contains("g = -1"));
  CHECK_THROWS_AS(global_tokens(-1, 10, 1, {.at = GlobalAt::spread}), Error);
  CHECK_THROWS_AS(global_tokens(10, 10, 1, {.at = GlobalAt::spread, .rows = {3, 2}}), Error);
  CHECK_THROWS_AS(global_positions(-1, 0, {.at = GlobalAt::first}), Error);
}

TEST_CASE("parse_global_at: inverts to_string", "[generators][global]") {
  for (const GlobalAt at : {GlobalAt::first, GlobalAt::spread, GlobalAt::random})
    CHECK(parse_global_at(to_string(at)) == at);
  CHECK_THROWS_WITH(parse_global_at("last"), Contains("last") && Contains("spread"));
}
