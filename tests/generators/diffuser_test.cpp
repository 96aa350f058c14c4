// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/diffuser.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"
#include "support/statistics.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;
using Catch::Contains;

namespace {

// sum of (number of the entry, from 1) * (i n + j) modulo 2^64: changes with any entry.
std::uint64_t checksum(const Pattern& P) {
  std::uint64_t sum = 0;
  std::uint64_t number = 0;
  for (const Index cell : flat(P))
    sum += ++number * static_cast<std::uint64_t>(cell);
  return sum;
}

std::vector<Index> column_degrees(const Pattern& P) {
  std::vector<Index> degrees(static_cast<std::size_t>(P.cols()));
  for (Index i = 0; i < P.rows(); ++i)
    for (const Index j : P.row(i))
      ++degrees[static_cast<std::size_t>(j)];
  return degrees;
}

// Both tokens in one block [k w/2, k w/2 + w).
bool local(Index i, Index j, Index w) {
  for (Index k = 0; k * w / 2 <= std::min(i, j); ++k)
    if (std::max(i, j) < k * w / 2 + w)
      return true;
  return false;
}

} // namespace

TEST_CASE("diffuser: the released pattern to the bit", "[generators][diffuser]") {
  // Counts of diffuser.md; checksums by NumPy 1.24: np.random.seed(seed), choice(range(M*M), M*64,
  // replace=False), choice(range(64, M), 64, replace=False), flatnonzero of the union.
  struct Case {
    std::uint64_t seed;
    Index entries;
    Index entries_1024;
    std::uint64_t checksum;
    Index least_row;
    Index least_column;
  };
  const Case c = GENERATE(Case{0, 1147411, 148938, 0x63a6158f39a7228d, 169, 172},
                          Case{1, 1147674, 134911, 0x67f5e4becdbe7d94, 171, 168},
                          Case{4294967295, 1147184, 134691, 0x6712595e35cb23db, 174, 168});
  const Pattern P = diffuser(4096, 64, 64, 64, {.key = {c.seed, 123}});
  CHECK_NOTHROW(sparse::validate(P.view()));
  CHECK(P.entries() == c.entries);
  CHECK(checksum(P) == c.checksum);
  Index least = 4096;
  Index most = 0;
  for (Index i = 0; i < 4096; ++i) {
    least = std::min(least, P.degree(i));
    most = std::max(most, P.degree(i));
  }
  CHECK(least == c.least_row);
  CHECK(most == 4096);
  const std::vector<Index> columns = column_degrees(P);
  CHECK(*std::min_element(columns.begin(), columns.end()) == c.least_column);
  CHECK(*std::max_element(columns.begin(), columns.end()) == 4096);
  Index inside = 0;
  for (Index i = 0; i < 1024; ++i)
    for (const Index j : P.row(i))
      inside += j < 1024 ? 1 : 0;
  CHECK(inside == c.entries_1024);
  if (c.seed == 0)
    CHECK(diffuser(1024, 64, 64, 64, {.key = {0, 9}}).entries() == c.entries_1024);
}

TEST_CASE("diffuser: globals and random degree of the cropped released pattern",
          "[generators][diffuser]") {
  struct Case {
    Index n;
    Index globals;
    double random_degree; // diffuser.md, to one digit
  };
  const auto G = diffuser_globals(64, 64, 64);
  const Pattern pairs = diffuser_pairs(64);
  for (const Case& c :
       {Case{512, 5, 8.1}, Case{1024, 21, 15.9}, Case{2048, 34, 31.8}, Case{4096, 64, 64.0}}) {
    CHECK(std::lower_bound(G.begin(), G.end(), c.n) - G.begin() == c.globals);
    Index inside = 0;
    for (Index i = 0; i < c.n; ++i)
      for (const Index j : pairs.row(i))
        inside += j < c.n ? 1 : 0;
    CHECK(static_cast<double>(inside) / static_cast<double>(c.n) ==
          Approx(c.random_degree).margin(0.05));
  }
}

TEST_CASE("diffuser: the union of its parts, cropped, entry by entry", "[generators][diffuser]") {
  struct Case {
    Index n;
    Index w;
    Index r;
    Index g;
    Index build;
  };
  const Case c = GENERATE(Case{100, 8, 5, 3, 100}, Case{61, 8, 5, 3, 100}, Case{97, 10, 1, 7, 97},
                          Case{50, 4, 0, 0, 50}, Case{40, 2, 40, 0, 40}, Case{30, 64, 2, 0, 30},
                          Case{100, 8, 5, 92, 100}, Case{1, 2, 1, 0, 1}, Case{0, 2, 0, 0, 0},
                          Case{129, 64, 64, 64, 4096});
  const Key key{5, 6};
  const Pattern pairs = diffuser_pairs(c.r, {.build = c.build, .key = key});
  const auto G = diffuser_globals(c.w, c.r, c.g, {.build = c.build, .key = key});
  CHECK(pairs.entries() == c.r * c.build);
  CHECK(static_cast<Index>(std::set<Index>(G.begin(), G.end()).size()) == c.g);
  CHECK(std::all_of(G.begin(), G.end(), [&](Index t) { return t >= c.w && t < c.build; }));
  const auto in_G = [&](Index i) { return std::binary_search(G.begin(), G.end(), i); };
  CHECK_THAT(diffuser(c.n, c.w, c.r, c.g, {.build = c.build, .key = key}),
             SamePattern(pattern_where(c.n, c.n, [&](Index i, Index j) {
               return local(i, j, c.w) || in_G(i) || in_G(j) || pairs.contains(i, j);
             })));
}

TEST_CASE("diffuser_globals: uniform subsets of the positions from w on",
          "[generators][diffuser]") {
  std::map<std::vector<Index>, double> seen;
  for (std::uint64_t seed = 0; seed < 10000; ++seed)
    ++seen[diffuser_globals(4, 1, 2, {.build = 9, .key = {seed, 2}})];
  CHECK(uniformity_excess(seen, 10) < sigmas);
}

TEST_CASE("diffuser: other builds follow the released law", "[generators][diffuser]") {
  // Entries of the union at build 4096 and 4095 agree within the spread that seeds show (about
  // 250).
  const double released = 1147411;
  const Pattern P = diffuser(4095, 64, 64, 64, {.build = 4095, .key = {3, 4}});
  const double spread = 300;
  CHECK(std::abs(static_cast<double>(P.entries()) - released * 4095 / 4096) < sigmas * spread);
}

TEST_CASE("diffuser: same bits for every thread count, and shares of the rows stack up",
          "[generators][diffuser]") {
  const Index n = 2500;
  const auto make = [&](RowRange rows, int threads, std::uint64_t seed = 6) {
    return diffuser(n, 16, 8, 5,
                    {.build = 3000, .key = {seed, 1}, .rows = rows, .threads = threads});
  };
  CHECK(make({}, 1) == make({}, 2));
  CHECK(make({}, 1) == make({}, 3));
  CHECK_FALSE(make({}, 1) == make({}, 1, 7));
  CHECK(shares_stack_up(n, [&](Index begin, Index end) { return make({begin, end}, 0); }));

  const Pattern released = diffuser(n, 16, 8, 5, {.key = {6, 1}, .threads = 3});
  const Pattern share = diffuser(n, 16, 8, 5, {.key = {6, 1}, .rows = {1000, 1500}, .threads = 1});
  CHECK(share.rows() == 500);
  for (Index r = 0; r < share.rows(); ++r) {
    const auto mine = share.row(r);
    const auto theirs = released.row(1000 + r);
    CHECK(std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end()));
  }
}

TEST_CASE("diffuser: refusals name the value and the bound", "[generators][diffuser]") {
  CHECK_THROWS_WITH(diffuser(101, 8, 1, 1, {.build = 100}), Contains("n = 101") && Contains("100"));
  CHECK_THROWS_WITH(diffuser(-1, 8, 1, 1, {.build = 100}), Contains("n = -1"));
  CHECK_THROWS_WITH(diffuser(50, 7, 1, 1, {.build = 100}), Contains("w = 7"));
  CHECK_THROWS_WITH(diffuser(50, 0, 1, 1, {.build = 100}), Contains("w = 0"));
  CHECK_THROWS_WITH(diffuser(50, 8, 101, 1, {.build = 100}), Contains("r = 101"));
  CHECK_THROWS_WITH(diffuser(50, 8, -1, 1, {.build = 100}), Contains("r = -1"));
  CHECK_THROWS_WITH(diffuser(50, 8, 1, 93, {.build = 100}), Contains("g = 93") && Contains("92"));
  CHECK_THROWS_WITH(diffuser(50, 8, 1, -1, {.build = 100}), Contains("g = -1"));
  CHECK_THROWS_WITH(diffuser(50, 8, 1, 1, {.build = Index{1} << 40}), Contains("build"));
  CHECK_THROWS_WITH(diffuser(50, 8, 1, 1, {.key = {std::uint64_t{1} << 32, 0}}),
                    Contains("seed = 4294967296"));
  CHECK_THROWS_AS(diffuser(50, 8, 1, 1, {.build = 100, .rows = {0, 51}}), Error);
}
