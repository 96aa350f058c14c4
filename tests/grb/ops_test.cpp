// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"

#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

using namespace attnwalk;
using grb::Semiring;
using support::csr_of;
using support::Grid;
using support::grid_of;
using support::Near;

namespace {

grb::Matrix matrix(const Grid& A) {
  return grb::from_csr(csr_of(A).view());
}
Grid grid(const grb::Matrix& A) {
  return grid_of(grb::to_csr<double>(A).view());
}

// About a third of the entries stored, positive, so that no sum cancels to a missing entry.
Grid random_grid(Index rows, Index cols, std::uint64_t seed) {
  RandomStream draw({seed, 0});
  Grid A(static_cast<std::size_t>(rows), std::vector<double>(static_cast<std::size_t>(cols)));
  for (auto& row : A)
    for (double& x : row)
      x = draw.below(3) == 0 ? 0.5 + draw.unit() : 0;
  return A;
}

// C_ij = add over k of multiply(A_ik, B_kj), over stored pairs only; 0 where there is none.
template <class Add, class Multiply>
Grid product(const Grid& A, const Grid& B, Add add, Multiply multiply) {
  Grid C(A.size(), std::vector<double>(B.front().size(), 0));
  for (std::size_t i = 0; i < A.size(); ++i)
    for (std::size_t j = 0; j < B.front().size(); ++j) {
      bool any = false;
      for (std::size_t k = 0; k < B.size(); ++k)
        if (A[i][k] != 0 && B[k][j] != 0) {
          const double term = multiply(A[i][k], B[k][j]);
          C[i][j] = any ? add(C[i][j], term) : term;
          any = true;
        }
    }
  return C;
}

const double tol = 20 * std::numeric_limits<double>::epsilon(); // sums of at most 7 terms below 3
const auto plus = [](double x, double y) { return x + y; };
const auto times = [](double x, double y) { return x * y; };

} // namespace

TEST_CASE("mxm: each semiring equals its definition", "[grb][mxm]") {
  const Grid A = random_grid(5, 7, 1);
  const Grid B = random_grid(7, 6, 2);
  const auto with = [&](Semiring s) {
    return grid(grb::mxm(matrix(A), matrix(B), {.semiring = s}));
  };
  const auto min = [](double x, double y) { return std::min(x, y); };
  const auto max = [](double x, double y) { return std::max(x, y); };
  const auto one = [](double, double) { return 1.0; };
  CHECK_THAT(with(Semiring::plus_times), Near(product(A, B, plus, times), tol));
  CHECK_THAT(with(Semiring::min_plus), Near(product(A, B, min, plus), tol));
  CHECK_THAT(with(Semiring::plus_pair), Near(product(A, B, plus, one), 0));
  CHECK_THAT(with(Semiring::max_min), Near(product(A, B, max, min), 0));
  CHECK_THAT(with(Semiring::max_times), Near(product(A, B, max, times), tol));
  CHECK_THAT(with(Semiring::lor_land), Near(product(A, B, one, one), 0));
  CHECK_THAT(with(Semiring::any_pair), Near(product(A, B, one, one), 0));
}

TEST_CASE("mxm: transposes and masks", "[grb][mxm]") {
  const Grid A = random_grid(4, 5, 3);
  const Grid B = random_grid(4, 6, 4);
  const Grid M = random_grid(5, 6, 5);
  const Grid At = grid(grb::transpose(matrix(A)));
  Grid inside = product(At, B, plus, times);
  Grid outside = inside;
  for (std::size_t i = 0; i < M.size(); ++i)
    for (std::size_t j = 0; j < M[i].size(); ++j)
      (M[i][j] != 0 ? outside : inside)[i][j] = 0;
  const grb::Matrix mask = matrix(M);
  CHECK_THAT(grid(grb::mxm(matrix(A), matrix(B), {.mask = &mask, .transpose_a = true})),
             Near(inside, tol));
  CHECK_THAT(grid(grb::mxm(matrix(A), matrix(B),
                           {.mask = &mask, .complement = true, .transpose_a = true})),
             Near(outside, tol));
  const Grid Bt = grid(grb::transpose(matrix(B)));
  CHECK_THAT(grid(grb::mxm(matrix(At), matrix(Bt), {.transpose_b = true})),
             Near(product(At, B, plus, times), tol));
  CHECK_THAT(grid(grb::mxm(matrix(A), matrix(Bt), {.transpose_a = true, .transpose_b = true})),
             Near(product(At, B, plus, times), tol));
}

TEST_CASE("mxm_into: adds to what is there", "[grb][mxm]") {
  const Grid A = random_grid(4, 4, 6);
  grb::Matrix C = grb::filled(grb::Type::fp64, 4, 4, 10);
  grb::mxm_into(C, matrix(A), matrix(A));
  Grid wanted = product(A, A, plus, times);
  for (auto& row : wanted)
    for (double& x : row)
      x += 10;
  CHECK_THAT(grid(C), Near(wanted, 20 * tol));
}

TEST_CASE("mxm: sizes that do not fit are refused before any work", "[grb][mxm]") {
  const grb::Matrix A(grb::Type::fp64, 2, 3);
  const grb::Matrix mask(grb::Type::fp64, 9, 9);
  CHECK_THROWS_WITH(grb::mxm(A, A), "the inner sizes 3 and 2 of a product differ");
  CHECK_THROWS_WITH(grb::mxm(A, A, {.mask = &mask, .transpose_b = true}),
                    "a mask of 9 x 9 does not fit a product of 2 x 2");
}

TEST_CASE("mxm: a diagonal subtracts from and divides rows", "[grb][mxm]") {
  const Grid S{{2, 4}, {0, 9}};
  const std::vector<double> x{2, 3};
  const grb::Matrix D = grb::diag(grb::vector_of(x));
  CHECK(grid(grb::mxm(D, matrix(S), {.semiring = Semiring::any_rdiv})) == Grid{{1, 2}, {0, 3}});
  const grb::Matrix shifted = grb::mxm(D, matrix(S), {.semiring = Semiring::any_rminus});
  CHECK(shifted.entries() == 3); // the explicit zero 2 - 2 stays an entry
  CHECK(grid(shifted) == Grid{{0, 2}, {0, 6}});
}

TEST_CASE("ewise, restrict_to, select, reduce, extract: by hand", "[grb][ops]") {
  const grb::Matrix A = matrix({{1, 0}, {2, 3}});
  const grb::Matrix B = matrix({{5, 6}, {0, 7}});
  CHECK(grid(grb::ewise_union(A, B, grb::Binary::plus)) == Grid{{6, 6}, {2, 10}});
  CHECK(grid(grb::ewise_intersection(A, B, grb::Binary::times)) == Grid{{5, 0}, {0, 21}});
  CHECK(grid(grb::restrict_to(A, B)) == Grid{{1, 0}, {0, 3}});
  CHECK(grid(grb::restrict_to(A, B, true)) == Grid{{0, 0}, {2, 0}});
  CHECK(grid(grb::select(A, grb::Keep::off_diagonal)) == Grid{{0, 0}, {2, 0}});
  CHECK(grid(grb::select(A, grb::Keep::lower, -1)) == Grid{{0, 0}, {2, 0}});
  CHECK(grid(grb::select(A, grb::Keep::greater_than, 1.5)) == Grid{{0, 0}, {2, 3}});
  CHECK(grb::to_values(grb::reduce_rows(A, grb::Monoid::plus)) == std::vector<double>{1, 5});
  CHECK(grb::reduce(A, grb::Monoid::max) == 3);
  CHECK(grid(grb::scale(A, 2)) == Grid{{2, 0}, {4, 6}});
  const std::vector<Index> order{1, 0};
  CHECK(grid(grb::extract(A, order, order)) == Grid{{3, 2}, {0, 1}});
  CHECK(grb::to_values(grb::mxv(A, grb::vector_of(std::vector<double>{1, 10}))) ==
        std::vector<double>{1, 32});
  CHECK(grid(grb::apply(A, grb::Unary::ainv)) == Grid{{-1, 0}, {-2, -3}});
  CHECK(grb::cast(A, grb::Type::fp32).type() == grb::Type::fp32);
}

TEST_CASE("library_version: at least 7.4", "[grb]") {
  const std::string version(grb::library_version());
  const int major = std::stoi(version);
  const int minor = std::stoi(version.substr(version.find('.') + 1));
  CHECK(std::pair(major, minor) >= std::pair(7, 4));
}
