// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/sparse/entries.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/sparse/restrict.hpp"
#include "attnwalk/sparse/sums.hpp"
#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <cmath>

using namespace attnwalk;
using support::csr_of;
using support::Grid;
using support::grid_of;

namespace {

/// rows x cols with about `degree` entries a row.
Csr<double> random_matrix(Index rows, Index cols, Index degree, std::uint64_t seed) {
  Csr<double> A;
  A.rows = rows;
  A.cols = cols;
  for (Index i = 0; i < rows; ++i) {
    RandomStream draws({seed, 3}, static_cast<std::uint64_t>(i));
    for (Index j = 0; j < cols; ++j)
      if (draws.below(static_cast<std::uint64_t>(cols)) < static_cast<std::uint64_t>(degree)) {
        A.columns.push_back(j);
        A.values.push_back(draws.normal());
      }
    A.offsets.push_back(std::ssize(A.columns));
  }
  return A;
}

} // namespace

TEST_CASE("transposed: entry (j, i) is entry (i, j), with the same arrays for any thread count",
          "[sparse][transpose]") {
  const Csr<double> small = random_matrix(7, 5, 2, 1);
  const Grid mirror = grid_of(sparse::transposed(small));
  for (std::size_t i = 0; i < 7; ++i)
    for (std::size_t j = 0; j < 5; ++j)
      CHECK(mirror[j][i] == grid_of(small)[i][j]);

  // Above 2^16 entries the rows are sorted by several threads.
  const Csr<double> A = random_matrix(1000, 700, 80, 2);
  REQUIRE(A.columns.size() > 1 << 16);
  const Csr<double> one = sparse::transposed(A, 1);
  sparse::validate(one);
  const Csr<double> back = sparse::transposed(one, 3);
  CHECK(back.offsets == A.offsets);
  CHECK(back.columns == A.columns);
  CHECK(back.values == A.values);
  const Csr<double> three = sparse::transposed(A, 3);
  CHECK(three.offsets == one.offsets);
  CHECK(three.columns == one.columns);
  CHECK(three.values == one.values);
  CHECK(sparse::transposed_structure(A.view(), 2).columns == one.columns);
  CHECK(sparse::transposed_structure(A.view(), 2).values.empty());
}

TEST_CASE("row_normalized: huge and tiny weights sum to 1, rows of zeros stay", "[sparse]") {
  const Csr<double> W = csr_of({{1e308, 1e308, 0}, {0, 3e-308, 1e-308}, {1, 2, 5}});
  const Grid A = grid_of(sparse::row_normalized(W));
  CHECK_THAT(A, support::Near({{.5, .5, 0}, {0, .75, .25}, {.125, .25, .625}}, 1e-15));
  Csr<double> zeros = csr_of({{1, 1}, {1, 1}});
  zeros.values = {0, 0, 1, 1};
  CHECK(grid_of(sparse::row_normalized(zeros)) == Grid{{0, 0}, {.5, .5}});
  zeros.values.clear();
  CHECK(grid_of(sparse::row_normalized(zeros)) == Grid{{.5, .5}, {.5, .5}});
}

TEST_CASE("restricted: the block of the tokens kept, and no values where there are none",
          "[sparse]") {
  Csr<double> A = csr_of({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}});
  const std::vector<Index> keep{0, 2};
  CHECK(grid_of(sparse::restricted(A, keep)) == Grid{{1, 3}, {7, 9}});
  A.values.clear();
  CHECK(sparse::restricted(A, keep).values.empty());
  CHECK(grid_of(sparse::restricted(A, keep)) == Grid{{1, 1}, {1, 1}});
}

TEST_CASE("compensated_sum: keeps what a plain sum loses", "[sparse]") {
  const std::vector<double> x{1, 1e100, 1, -1e100};
  CHECK(sparse::compensated_sum(x) == 2);
}

TEST_CASE("validate: takes the structure of weights of any type", "[sparse]") {
  const Csr<float> A{2, 2, {0, 1, 2}, {1, 0}, {1.0F, 2.0F}};
  CHECK_NOTHROW(sparse::validate(A.view()));
  CHECK(CsrView<double>(A.view()).values == nullptr);
  CHECK(CsrView<double>(A.view()).value(1) == 1);
}

TEST_CASE("drop_zeros: entries of value 0 or -0 go, rows keep their order; ones have none",
          "[sparse]") {
  Csr<double> A{3, 4, {0, 3, 3, 5}, {0, 1, 3, 1, 2}, {0, 2, -0.0, 1e-320, 0}};
  CHECK(sparse::drop_zeros(A) == 3);
  CHECK(A.offsets == Buffer<Index>{0, 1, 1, 2});
  CHECK(A.columns == Buffer<Index>{1, 1});
  CHECK(A.values == Buffer<double>{2, 1e-320});
  CHECK(sparse::drop_zeros(A) == 0);
  Csr<double> ones{1, 2, {0, 2}, {0, 1}, {}};
  CHECK(sparse::drop_zeros(ones) == 0);
  CHECK(ones.columns.size() == 2);
  const Csr<double> copy = sparse::owned(A);
  CHECK(copy.columns.data() != A.columns.data());
  CHECK(copy.values == A.values);
  CHECK(sparse::owned(CsrView<double>{}).rows == 0);
}

TEST_CASE("restricted: the entries between the tokens kept, for large and for small parts",
          "[sparse]") {
  const Index n = 200;
  Csr<double> A = random_matrix(n, n, 12, 8);
  const bool pattern = GENERATE(false, true);
  if (pattern)
    A.values.clear();
  for (const Index step :
       {1, 3, 50, 150}) { // 200, 67, 4 and 2 tokens: the last two are below n / 32
    std::vector<Index> keep;
    for (Index i = 0; i < n; i += step)
      keep.push_back(i);
    const Csr<double> R = sparse::restricted(A.view(), keep);
    CHECK(R.values.empty() == (pattern || R.columns.empty()));
    Grid wanted(keep.size(), std::vector<double>(keep.size()));
    const Grid all = grid_of(A);
    for (std::size_t i = 0; i < keep.size(); ++i)
      for (std::size_t j = 0; j < keep.size(); ++j)
        wanted[i][j] = all[keep[i]][keep[j]];
    CHECK(grid_of(R) == wanted);
  }
  const std::vector<Index> falling{3, 2};
  CHECK_THROWS_AS(sparse::restricted(A.view(), falling), Error);
}
