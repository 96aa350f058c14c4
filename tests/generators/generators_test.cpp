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
