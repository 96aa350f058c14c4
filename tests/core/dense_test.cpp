// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/dense.hpp"

#include "catch.hpp"

#include <numeric>
#include <vector>

using namespace attnwalk;

namespace {

double sum(View<const double> x) {
  double total = 0;
  for (Index b = 0; b < x.shape.batch; ++b)
    for (Index h = 0; h < x.shape.heads; ++h)
      for (Index i = 0; i < x.shape.tokens; ++i)
        total = std::accumulate(x.row(b, h, i), x.row(b, h, i) + x.shape.width, total);
  return total;
}

} // namespace

TEST_CASE("Dense: four indices name the place that a row-major count gives", "[core][dense]") {
  Dense<double> X({2, 3, 4, 5});
  std::iota(X.begin(), X.end(), 0.0);
  CHECK(X.size() == 120);
  CHECK(X(1, 2, 3, 4) == 119);
  CHECK(X(1, 0, 2, 3) == 1 * 60 + 0 * 20 + 2 * 5 + 3);
  X(0, 1, 0, 0) = -1;
  CHECK(*X.view().row(0, 1, 0) == -1);
  double total = 0;
  for (const double x : X)
    total += x;
  CHECK(total == sum(X)); // an array where a view is asked for
}

TEST_CASE("Dense: a place outside is refused, and two indices of several heads", "[core][dense]") {
  Dense<float> X({2, 3, 4, 5});
  CHECK_THROWS_WITH(X(0, 3, 0, 0), "place (0, 3, 0, 0) is outside an array of 2 x 3 x 4 x 5");
  for (const auto& [b, h, i, c] : {std::array<Index, 4>{2, 0, 0, 0},
                                   {-1, 0, 0, 0},
                                   {0, -1, 0, 0},
                                   {0, 0, 4, 0},
                                   {0, 0, -1, 0},
                                   {0, 0, 0, 5},
                                   {0, 0, 0, -1}})
    CHECK_THROWS_AS(X(b, h, i, c), Error);
  CHECK_THROWS_WITH(X(0, 0), "an array of 2 x 3 x 4 x 5 takes four indices, not two");
  Dense<float> matrix(4, 5);
  matrix(3, 4) = 7;
  CHECK(matrix(0, 0, 3, 4) == 7);
}

TEST_CASE("View: of a vector whose length fits, and of no other", "[core][dense]") {
  const std::vector<double> numbers{1, 2, 3, 4, 5, 6};
  CHECK(sum(View<const double>(numbers, {1, 1, 2, 3})) == 21);
  CHECK_THROWS_WITH(View<const double>(numbers, {1, 1, 2, 2}),
                    "6 numbers were given for an array of 1 x 1 x 2 x 2");
}
