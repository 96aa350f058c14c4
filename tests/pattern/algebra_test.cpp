// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

using namespace attnwalk;
using namespace attnwalk::pattern;
using support::pattern_where;
using support::SamePattern;

namespace {

// About one entry in `one_in`, drawn from a seed of its own.
Pattern scattered(Index rows, Index cols, std::uint64_t seed, std::uint64_t one_in = 4) {
  RandomStream draw({seed, 77});
  return pattern_where(rows, cols, [&](Index, Index) { return draw.below(one_in) == 0; });
}

Pattern from_grb(const grb::Matrix& M) {
  return Pattern(grb::to_csr<double>(M));
}

std::vector<Index> shuffled(Index n, std::uint64_t seed) {
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  RandomStream draw({seed, 78});
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[draw.below(i)]);
  return order;
}

} // namespace

TEST_CASE("unite, intersect, subtract: are the set operations, and GraphBLAS agrees",
          "[pattern][algebra]") {
  const auto [rows, cols] = GENERATE(std::pair<Index, Index>{0, 0}, std::pair<Index, Index>{1, 1},
                                     std::pair<Index, Index>{2, 5}, std::pair<Index, Index>{31, 31},
                                     std::pair<Index, Index>{64, 17});
  for (const std::uint64_t one_in : {1, 2, 9, 1000}) {
    const Pattern A = scattered(rows, cols, 1, one_in);
    const Pattern B = scattered(rows, cols, 2, 3);
    const auto in = [](const Pattern& P, Index i, Index j) { return P.contains(i, j); };
    CHECK_THAT(unite(A, B), SamePattern(pattern_where(rows, cols, [&](Index i, Index j) {
                 return in(A, i, j) || in(B, i, j);
               })));
    CHECK_THAT(intersect(A, B), SamePattern(pattern_where(rows, cols, [&](Index i, Index j) {
                 return in(A, i, j) && in(B, i, j);
               })));
    CHECK_THAT(subtract(A, B), SamePattern(pattern_where(rows, cols, [&](Index i, Index j) {
                 return in(A, i, j) && !in(B, i, j);
               })));
    if (rows == 0)
      continue;
    CHECK_THAT(unite(A, B),
               SamePattern(from_grb(grb::ewise_union(A.matrix(), B.matrix(), grb::Binary::lor))));
    CHECK_THAT(intersect(A, B), SamePattern(from_grb(grb::ewise_intersection(A.matrix(), B.matrix(),
                                                                             grb::Binary::land))));
    CHECK_THAT(subtract(A, B),
               SamePattern(from_grb(grb::restrict_to(A.matrix(), B.matrix(), true))));
  }
}

TEST_CASE("unite, intersect, subtract: obey the laws of sets", "[pattern][algebra]") {
  const Index n = GENERATE(0, 1, 2, 13, 32);
  const Pattern A = scattered(n, n, 3);
  const Pattern B = scattered(n, n, 4);
  const Pattern C = scattered(n, n, 5);
  CHECK(unite(A, A) == A);
  CHECK(intersect(A, A) == A);
  CHECK(unite(A, B) == unite(B, A));
  CHECK(intersect(A, B) == intersect(B, A));
  CHECK(unite(A, unite(B, C)) == unite(unite(A, B), C));
  CHECK(intersect(A, unite(B, C)) == unite(intersect(A, B), intersect(A, C)));
  CHECK(unite(A, none(n, n)) == A);
  CHECK(intersect(A, full(n, n)) == A);
  CHECK(subtract(A, A) == none(n, n));
  CHECK(unite(subtract(A, B), intersect(A, B)) == A);
  CHECK(transpose(unite(A, B)) == unite(transpose(A), transpose(B)));
}

TEST_CASE("transpose: swaps rows and columns, twice gives back", "[pattern][algebra]") {
  const auto [rows, cols] = GENERATE(std::pair<Index, Index>{0, 3}, std::pair<Index, Index>{1, 1},
                                     std::pair<Index, Index>{5, 2}, std::pair<Index, Index>{64, 37},
                                     std::pair<Index, Index>{400, 900});
  const Pattern A = scattered(rows, cols, 6);
  const Pattern T = transpose(A);
  CHECK_THAT(T, SamePattern(
                    pattern_where(cols, rows, [&](Index i, Index j) { return A.contains(j, i); })));
  CHECK(transpose(T) == A);
  if (rows > 0)
    CHECK_THAT(T, SamePattern(from_grb(grb::transpose(A.matrix()))));
}

TEST_CASE("symmetrize: brackets a pattern from above, & with the transpose from below",
          "[pattern][algebra]") {
  const Index n = GENERATE(0, 1, 2, 17, 64);
  const Pattern A = scattered(n, n, 7);
  const Pattern above = symmetrize(A);
  const Pattern below = A & transpose(A);
  CHECK_THAT(above, SamePattern(pattern_where(n, n, [&](Index i, Index j) {
               return A.contains(i, j) || A.contains(j, i);
             })));
  CHECK_THAT(below, SamePattern(pattern_where(n, n, [&](Index i, Index j) {
               return A.contains(i, j) && A.contains(j, i);
             })));
  CHECK(symmetric(above));
  CHECK(symmetric(below));
  CHECK(symmetric(A) == (above == below));
  CHECK(symmetrize(above).view().columns == above.view().columns); // the same arrays
}

TEST_CASE("symmetric: one entry decides", "[pattern][algebra]") {
  const Index n = 200;
  const Pattern R = window(n, 3);
  CHECK(symmetric(R));
  const Pattern one = pattern_where(n, n, [](Index i, Index j) { return i == 150 && j == 3; });
  CHECK_FALSE(symmetric(unite(R, one)));
  CHECK(symmetric(unite(R, symmetrize(one))));
  CHECK_FALSE(symmetric(none(2, 3)));
}

TEST_CASE("causal: keeps what is not later than the query, aligned at the end",
          "[pattern][algebra]") {
  const auto [rows, cols] = GENERATE(
      std::pair<Index, Index>{0, 0}, std::pair<Index, Index>{1, 1}, std::pair<Index, Index>{16, 16},
      std::pair<Index, Index>{3, 11}, std::pair<Index, Index>{11, 3});
  const Index ahead = cols - rows;
  const Pattern A = scattered(rows, cols, 8, 2);
  CHECK_THAT(causal(A), SamePattern(pattern_where(rows, cols, [&](Index i, Index j) {
               return A.contains(i, j) && j <= i + ahead;
             })));
  CHECK(causal(causal(A)) == causal(A));
  if (rows > 0) {
    CHECK_THAT(causal(A), SamePattern(from_grb(grb::select(A.matrix(), grb::Keep::lower,
                                                           static_cast<double>(ahead)))));
    CHECK(causal(full(rows, cols)).degree(rows - 1) == cols);
  }
}

TEST_CASE("with_loops, without_loops: set and clear the diagonal alone", "[pattern][algebra]") {
  const Index n = GENERATE(0, 1, 2, 13, 64);
  const Pattern A = scattered(n, n, 9, 2);
  CHECK(with_loops(A) == unite(A, window(n, 0)));
  CHECK(without_loops(A) == subtract(A, window(n, 0)));
  CHECK(without_loops(with_loops(A)) == without_loops(A));
  if (n > 0)
    CHECK_THAT(without_loops(A),
               SamePattern(from_grb(grb::select(A.matrix(), grb::Keep::off_diagonal))));
}

TEST_CASE("permute: renames tokens as extraction does, and its inverse undoes it",
          "[pattern][algebra]") {
  const Index n = GENERATE(0, 1, 2, 13, 64);
  const Pattern A = scattered(n, n, 10);
  const std::vector<Index> order = shuffled(n, 11);
  const Pattern B = permute(A, order);
  const auto at = [&](Index i) { return order[static_cast<std::size_t>(i)]; };
  CHECK_THAT(B, SamePattern(pattern_where(
                    n, n, [&](Index i, Index j) { return A.contains(at(i), at(j)); })));
  std::vector<Index> inverse(order.size());
  for (Index i = 0; i < n; ++i)
    inverse[static_cast<std::size_t>(at(i))] = i;
  CHECK(permute(B, inverse) == A);
  if (n > 0)
    CHECK_THAT(B, SamePattern(from_grb(grb::extract(A.matrix(), order, order))));
}

TEST_CASE("crop: is the leading part", "[pattern][algebra]") {
  const Pattern A = scattered(20, 30, 12, 2);
  for (const auto& [rows, cols] : {std::pair<Index, Index>{20, 30}, std::pair<Index, Index>{0, 0},
                                   std::pair<Index, Index>{7, 30}, std::pair<Index, Index>{20, 1},
                                   std::pair<Index, Index>{5, 9}})
    CHECK_THAT(crop(A, rows, cols), SamePattern(pattern_where(rows, cols, [&](Index i, Index j) {
                 return A.contains(i, j);
               })));
  CHECK(crop(window(100, 4), 60, 60) == window(60, 4));
}

TEST_CASE("algebra: refuses shapes that do not fit", "[pattern][algebra][refusal]") {
  const Pattern A = none(3, 4);
  const Pattern S = none(3, 3);
  for (const auto operation : {unite, intersect, subtract})
    CHECK_THROWS_WITH(operation(A, S), "the patterns are 3 x 4 and 3 x 3 where they must have one "
                                       "shape");
  for (const auto operation : {symmetrize, with_loops, without_loops})
    CHECK_THROWS_WITH(operation(A), "a pattern of 3 x 4 must be square");
  using Order = std::vector<Index>;
  CHECK_THROWS_WITH(permute(A, Order{0, 1, 2}), "a pattern of 3 x 4 must be square");
  CHECK_THROWS_WITH(permute(S, Order{0, 1}), "the permutation has 2 values for 3 tokens");
  CHECK_THROWS_WITH(permute(S, Order{0, 1, 3}),
                    "value 2 of the permutation is 3 and must be in [0, 3)");
  CHECK_THROWS_WITH(permute(S, Order{0, -1, 2}),
                    "value 1 of the permutation is -1 and must be in [0, 3)");
  CHECK_THROWS_WITH(permute(S, Order{1, 0, 1}), "the permutation holds 1 twice");
  CHECK_THROWS_WITH(crop(A, 4, 4), "rows = 4 must be in [0, 3]");
  CHECK_THROWS_WITH(crop(A, -1, 4), "rows = -1 must be in [0, 3]");
  CHECK_THROWS_WITH(crop(A, 3, 5), "cols = 5 must be in [0, 4]");
}

#ifdef _OPENMP
TEST_CASE("algebra: gives the same bits for 1, 2 and 3 threads", "[pattern][algebra]") {
  const Index n = 5000;
  const Pattern A = debruijn(n, 20);
  const Pattern B = window(n, 15);
  const std::vector<Index> order = shuffled(n, 13);
  const auto everything = [&] {
    return std::vector<Pattern>{
        unite(A, B), intersect(A, B), subtract(A, B),   transpose(A),      symmetrize(A),
        causal(A),   with_loops(A),   without_loops(B), permute(A, order), crop(A, 4000, 3000)};
  };
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const std::vector<Pattern> alone = everything();
  for (const Pattern& P : alone)
    CHECK_NOTHROW(sparse::validate(P.view()));
  for (const int team : {2, 3}) {
    omp_set_num_threads(team);
    CHECK(everything() == alone);
  }
  omp_set_num_threads(before);
}
#endif
