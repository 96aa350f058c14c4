// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "families.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

using namespace attnwalk;
using pattern::Pattern;
using pattern::RowRange;
using support::families;
using support::Family;
using support::pattern_where;
using support::SamePattern;

namespace {

// Patterns with the same columns, one under the other.
Pattern stacked(const std::vector<Pattern>& parts, Index cols) {
  Csr<double> all;
  all.cols = cols;
  for (const Pattern& part : parts)
    for (Index r = 0; r < part.rows(); ++r) {
      const auto row = part.row(r);
      all.columns.insert(all.columns.end(), row.begin(), row.end());
      all.offsets.push_back(static_cast<Index>(all.columns.size()));
      ++all.rows;
    }
  return Pattern(std::move(all));
}

} // namespace

TEST_CASE("generators: reproduce the definitions of the grammar", "[generators][generators]") {
  for (const Family& family : families()) {
    INFO(family.name);
    const Pattern made = family.make({});
    REQUIRE_THAT(made, SamePattern(pattern_where(family.rows, family.cols, family.edge)));
    REQUIRE_NOTHROW(sparse::validate(made.view()));
  }
}

TEST_CASE("generators: row ranges stack to the whole", "[generators][generators][rows]") {
  for (const Family& family : families()) {
    INFO(family.name);
    const Index third = family.rows / 3;
    const Pattern top = family.make({0, third});
    const Pattern middle = family.make({third, family.rows - third});
    const Pattern bottom = family.make({.begin = family.rows - third});
    REQUIRE(top.rows() == third);
    REQUIRE(bottom.cols() == family.cols);
    REQUIRE_THAT(stacked({top, middle, bottom}, family.cols), SamePattern(family.make({})));
    REQUIRE(family.make({third, third}).entries() == 0);
    REQUIRE_THROWS_AS(family.make({0, family.rows + 1}), Error);
    REQUIRE_THROWS_AS(family.make({-1, -1}), Error);
    REQUIRE_THROWS_AS(family.make({.begin = family.rows + 1}), Error);
  }
}

#ifdef _OPENMP
TEST_CASE("generators: give the same bits for 1, 2 and 3 threads", "[generators][generators]") {
  const int before = omp_get_max_threads();
  for (const Family& family : support::large_families()) {
    INFO(family.name);
    omp_set_num_threads(1);
    const Pattern alone = family.make({});
    REQUIRE_NOTHROW(sparse::validate(alone.view()));
    for (const int team : {2, 3}) {
      omp_set_num_threads(team);
      REQUIRE(family.make({}) == alone);
    }
  }
  omp_set_num_threads(before);
}
#endif

TEST_CASE("in_pieces: covers every index once and passes an exception on", "[generators][rows]") {
  for (const Index count : {0, 1, 2, 63, 64, 65, 1000}) {
    std::vector<int> seen(static_cast<std::size_t>(count), 0);
    pattern::in_pieces(
        count,
        [&](Index first, Index last) {
          for (Index i = first; i < last; ++i)
            ++seen[static_cast<std::size_t>(i)];
        },
        3);
    CHECK(std::ranges::all_of(seen, [](int times) { return times == 1; }));
  }
  const auto failing = [](Index first, Index) {
    require(first != 0, Code::domain, "the first piece failed");
  };
  CHECK_THROWS_WITH(pattern::in_pieces(1000, failing, 2), "the first piece failed");
  CHECK_THROWS_WITH(pattern::in_pieces(1000, failing, 1), "the first piece failed");
  CHECK_THROWS_WITH(pattern::in_pieces(1000, failing, -1), Catch::Contains("threads = -1"));
}
