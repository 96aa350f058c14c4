// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"

#include "catch.hpp"

#include <algorithm>
#include <vector>

using namespace attnwalk;

TEST_CASE("in_pieces: covers every number once, for any number of threads", "[core][parallel]") {
  for (const Index count : {0, 1, 2, 63, 64, 65, 1000})
    for (const int threads : {1, 2, 3}) {
      std::vector<int> visits(static_cast<std::size_t>(count));
      in_pieces(
          count,
          [&](Index first, Index last) {
            for (Index i = first; i < last; ++i)
              ++visits[i];
          },
          threads);
      CHECK(std::all_of(visits.begin(), visits.end(), [](int v) { return v == 1; }));
    }
}

TEST_CASE("in_pieces: of several failures the first number is named", "[core][parallel]") {
  // Multiples of 7 from 301 on fail; which piece meets one first depends on the threads.
  for (const int threads : {1, 2, 3, 8}) {
    Index named = -1;
    try {
      in_pieces(
          1000,
          [](Index first, Index last) {
            for (Index i = first; i < last; ++i)
              if (i >= 301 && i % 7 == 0)
                throw i;
          },
          threads);
    } catch (Index first) {
      named = first;
    }
    CHECK(named == 301);
  }
  CHECK_THROWS_AS(in_pieces(
                      3, [](Index, Index) {}, -1),
                  Error);
}

TEST_CASE("part_begin: nearly equal parts, the longer ones first", "[core][parallel]") {
  std::vector<Index> begins;
  for (Index p = 0; p <= 4; ++p)
    begins.push_back(part_begin(10, 4, p));
  CHECK(begins == std::vector<Index>{0, 3, 6, 8, 10});
}
