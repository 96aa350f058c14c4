// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/random.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"

#include <map>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;
using Catch::Contains;

TEST_CASE("random: row model has d distinct keys in every row", "[generators][random]") {
  const Index d = GENERATE(0, 1, 5, 99, 199, 200);
  const Pattern P = random(50, 200, d, {.key = {1, 2}});
  CHECK_NOTHROW(sparse::validate(P.view()));
  CHECK(P.rows() == 50);
  CHECK(P.cols() == 200);
  for (Index i = 0; i < 50; ++i)
    CHECK(P.degree(i) == d);
}

TEST_CASE("random: row model uses all keys alike, and rows are independent",
          "[generators][random]") {
  // Seed 5: sampling without replacement shrinks the variance of a key's count by 1 - d/m.
  const Index n = 4000;
  const Index m = 100;
  const Index d = 7;
  const Pattern P = random(n, m, d, {.key = {5, 0}});
  std::vector<double> counts(static_cast<std::size_t>(m));
  double shared = 0; // keys that consecutive rows share
  for (Index i = 0; i < n; ++i)
    for (const Index j : P.row(i)) {
      ++counts[static_cast<std::size_t>(j)];
      shared += i > 0 && P.contains(i - 1, j) ? 1 : 0;
    }
  CHECK(chi_square_excess(counts, std::vector<double>(counts.size(), 1.0 * n * d / m)) < sigmas);
  const double mean = static_cast<double>(n - 1) * d * d / m;
  CHECK(std::abs(shared - mean) < sigmas * std::sqrt(mean));
}

TEST_CASE("random: edges model has exactly n d distinct pairs", "[generators][random]") {
  const Index d = GENERATE(0, 1, 5, 60, 119, 120);
  const Pattern P = random(80, 120, d, {.model = RandomModel::edges, .key = {1, 2}});
  CHECK_NOTHROW(sparse::validate(P.view()));
  CHECK(P.entries() == 80 * d);
}

TEST_CASE("random: edges model makes all sets of pairs equally likely", "[generators][random]") {
  // 2 of 6 cells: 15 sets; 3 of 9: 84; 6 of 8 cells: 28.
  struct Case {
    Index n;
    Index m;
    Index d;
    std::size_t sets;
  };
  const Case c = GENERATE(Case{2, 3, 1, 15}, Case{3, 3, 1, 84}, Case{2, 4, 3, 28});
  std::map<std::vector<Index>, double> seen;
  for (std::uint64_t seed = 0; seed < 200 * c.sets; ++seed)
    ++seen[flat(
        random(c.n, c.m, c.d, {.model = RandomModel::edges, .key = {seed, 9}, .threads = 1}))];
  CHECK(uniformity_excess(seen, c.sets) < sigmas);
}

TEST_CASE("edge_counts: rows of a large grid follow the hypergeometric law",
          "[generators][random]") {
  // Variance of a row: d (1 - 1/n) (n m - n d)/(n m - 1).
  const Index n = 20000;
  const Index d = 64;
  const auto counts = edge_counts(n, n, n * d, {.key = {4, 4}});
  double total = 0;
  double square = 0;
  for (const Index count : counts) {
    total += static_cast<double>(count);
    square += static_cast<double>((count - d) * (count - d));
  }
  CHECK(total == static_cast<double>(n * d));
  const double variance = d * (1 - static_cast<double>(d) / n);
  CHECK(std::abs(square / n - variance) < sigmas * variance * std::sqrt(2.0 / n));
}

TEST_CASE("random: one permutation has one entry in every row and column", "[generators][random]") {
  const Index n = GENERATE(1, 2, 97, 256);
  const Pattern P = random(n, n, 1, {.model = RandomModel::permutations, .key = {1, 2}});
  std::vector<Index> columns(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    REQUIRE(P.degree(i) == 1);
    ++columns[static_cast<std::size_t>(P.row(i)[0])];
  }
  CHECK(columns == std::vector<Index>(static_cast<std::size_t>(n), 1));
}

TEST_CASE("random: permutations are uniform, and their coincidences merge",
          "[generators][random]") {
  std::map<std::vector<Index>, double> seen;
  for (std::uint64_t seed = 0; seed < 24000; ++seed)
    ++seen[flat(
        random(4, 4, 1, {.model = RandomModel::permutations, .key = {seed, 9}, .threads = 1}))];
  CHECK(uniformity_excess(seen, 24) < sigmas);

  // Each cell is missed by all d permutations with probability (1 - 1/n)^d.
  const Index n = 3000;
  const Index d = 40;
  const Pattern P = random(n, n, d, {.model = RandomModel::permutations, .key = {3, 3}});
  CHECK_NOTHROW(sparse::validate(P.view()));
  const double merged = static_cast<double>(n * d - P.entries());
  const double mean = static_cast<double>(n * d) -
                      1.0 * n * n * (1 - std::pow(1 - 1.0 / n, static_cast<double>(d)));
  CHECK(std::abs(merged - mean) < sigmas * std::sqrt(mean));
}

TEST_CASE("random: same bits for every thread count, and shares of the rows stack up",
          "[generators][random]") {
  const RandomModel model =
      GENERATE(RandomModel::row, RandomModel::edges, RandomModel::permutations);
  const Index n = 5000;
  const Pattern one = random(n, n, 9, {.model = model, .key = {6, 1}, .threads = 1});
  CHECK(one == random(n, n, 9, {.model = model, .key = {6, 1}, .threads = 2}));
  CHECK(one == random(n, n, 9, {.model = model, .key = {6, 1}, .threads = 3}));
  CHECK_FALSE(one == random(n, n, 9, {.model = model, .key = {7, 1}}));
  CHECK_FALSE(one == random(n, n, 9, {.model = model, .key = {6, 2}}));
  CHECK(shares_stack_up(n, [&](Index begin, Index end) {
    return random(n, n, 9, {.model = model, .key = {6, 1}, .rows = {begin, end}});
  }));
}

TEST_CASE("random: empty shapes", "[generators][random]") {
  const RandomModel model =
      GENERATE(RandomModel::row, RandomModel::edges, RandomModel::permutations);
  CHECK(random(0, 0, 0, {.model = model}).rows() == 0);
  CHECK(random(1, 1, 1, {.model = model}).entries() == 1);
  CHECK(random(5, 5, 0, {.model = model}).entries() == 0);
}

TEST_CASE("random: refusals name the value and the bound", "[generators][random]") {
  CHECK_THROWS_WITH(random(10, 7, 8),
                    Contains("d = 8") && Contains("7") && Contains("nearest n that fits is 8"));
  CHECK_THROWS_WITH(random(10, 7, -1, {.model = RandomModel::edges}), Contains("d = -1"));
  CHECK_THROWS_WITH(random(-3, 7, 1), Contains("-3 x 7"));
  CHECK_THROWS_WITH(random(10, 7, 2, {.model = RandomModel::permutations}), Contains("10 x 7"));
  CHECK_THROWS_AS(random(10, 10, 2, {.rows = {4, 11}}), Error);
  const Index huge = Index{1} << 40;
  CHECK_THROWS_WITH(random(huge, huge, 1000), Contains("entries"));
  CHECK_THROWS_AS(random(huge, huge, 1000, {.model = RandomModel::edges, .rows = {0, 1}}), Error);
  CHECK_THROWS_AS(edge_counts(3, 4, 13), Error);
  CHECK_THROWS_AS(edge_counts(3, 4, -1), Error);
  CHECK_THROWS_AS(edge_counts(-3, 4, 1), Error);
}

TEST_CASE("parse_random_model: inverts to_string", "[generators][random]") {
  for (const RandomModel model : {RandomModel::row, RandomModel::edges, RandomModel::permutations})
    CHECK(parse_random_model(to_string(model)) == model);
  CHECK_THROWS_WITH(parse_random_model("rows"), Contains("rows") && Contains("permutations"));
}
