// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/solvers/slow_modes.hpp"

#include "catch.hpp"

#include <cmath>

using namespace attnwalk;
using namespace attnwalk::solvers;

namespace {

/// T^-1 diag(blocks) T with T = I + shear of random entries: eigenvalues `slow`, a pair of conjugates
/// of modulus `pair`, and n - 3 of at most `rest`; far enough from normal that left and right
/// vectors differ, by 1/3 or by `shear`.
DenseMatrix with_modes(Index n, double slow, double pair, double rest, double shear = 0.3) {
  DenseMatrix X(n);
  std::fill(X.a.begin(), X.a.end(), 0.0);
  X(0, 0) = slow;
  X(1, 1) = X(2, 2) = pair * std::cos(1.0);
  X(1, 2) = pair * std::sin(1.0);
  X(2, 1) = -X(1, 2);
  for (Index i = 3; i < n; ++i)
    X(i, i) = rest * static_cast<double>(i) / static_cast<double>(n);
  // (I - u e') X (I + u e') with e'u = 0: e is the first half, u lives in the second.
  RandomStream draws({5, 5}, 0);
  std::vector<double> u(n, 0.0);
  for (Index i = n / 2; i < n; ++i)
    u[i] = shear * draws.normal() / std::sqrt(static_cast<double>(n));
  DenseMatrix Y = X;
  for (Index j = 0; j < n; ++j) {
    double column = 0; // e'X
    for (Index i = 0; i < n / 2; ++i)
      column += X(i, j);
    for (Index i = 0; i < n; ++i)
      Y(i, j) -= u[i] * column;
  }
  DenseMatrix Z = Y;
  for (Index i = 0; i < n; ++i) {
    double along = 0; // Y u
    for (Index j = 0; j < n; ++j)
      along += Y(i, j) * u[j];
    for (Index j = 0; j < n / 2; ++j)
      Z(i, j) += along;
  }
  return Z;
}

} // namespace

TEST_CASE("SlowModes: encloses a gap of 1e-6 and the modulus of a pair", "[solvers][modes]") {
  const Index n = 64;
  const double gap = GENERATE(1e-6, 0.05, 0.15); // in the last case the pair, of .9, is slower
  const DenseMatrix X = with_modes(n, 1 - gap, 0.9, 0.5);
  const double slowest = std::min(gap, 0.1);
  DenseMatrix P = X;
  for (int k = 1; k < 16; k *= 2)
    P = product(P, P, false, 1);
  SlowModes modes(X, {.error = 1e-14, .norm = 1.5});
  const auto found = modes.enclose(P, 16, 0, 1e-12);
  REQUIRE(found);
  CHECK(found->gap_lo <= slowest);
  CHECK(found->gap_hi >= slowest);
  // Some n eps times the condition of the modes.
  CHECK(found->gap_hi - found->gap_lo < 1e-10);
  CHECK(std::abs(found->top.value) == Approx(1 - slowest).epsilon(1e-12));
  CHECK(found->top.residual < 1e-12);

  // An error of the power as large as the circle leaves room for eigenvalues anywhere.
  CHECK_FALSE(modes.enclose(P, 16, 0, 1.0));
  // The matrix itself may be off by more than its gap.
  SlowModes loose(X, {.error = 0.02, .norm = 1.5});
  CHECK_FALSE(loose.enclose(P, 16, 0, 1e-12));
}

TEST_CASE("SlowModes: one factorization tells a mode from the many next to it",
          "[solvers][modes]") {
  const Index n = 200;
  const double gap = GENERATE(1e-3, 1e-6, 1e-8);
  const DenseMatrix X = with_modes(n, 1 - gap, 0.3, 1 - 1.5 * gap, 0.01 * gap);
  DenseMatrix B = X;
  for (double& b : B.a)
    b = -b;
  for (Index i = 0; i < n; ++i)
    B(i, i) += 1;
  const DenseMatrix nearly = inverse(B, 1).matrix;
  const SlowModes modes(X, {.error = 1e-15, .norm = 1});
  const auto found = modes.enclose_near_one(nearly, gram(X, 1));
  REQUIRE(found);
  CHECK(found->gap_lo <= gap);
  CHECK(found->gap_hi >= gap);
  CHECK(found->gap_hi - found->gap_lo < 1e-11);
  CHECK(std::abs(found->top.value) == Approx(1 - gap).epsilon(1e-12));

  // The second mode may be above the first by what the matrix is off.
  const SlowModes loose(X, {.error = gap, .norm = 1});
  CHECK_FALSE(loose.enclose_near_one(nearly, gram(X, 1)));
  // A mode next to -1 is none of those next to 1, and has to be noticed.
  DenseMatrix Y = X;
  Y(n - 1, n - 1) = gap - 1;
  const SlowModes both(Y, {.error = 1e-15, .norm = 1});
  CHECK_FALSE(both.enclose_near_one(nearly, gram(Y, 1)));
}

TEST_CASE("radius_bounds: slow modes end the squaring, with ends far closer than asked for",
          "[solvers][modes]") {
  const DenseMatrix X = with_modes(64, 1 - 1e-4, 0.9, 0.5);
  const RadiusBounds found = radius_bounds(X, {.error = 1e-14, .norm = 1.5});
  CHECK(found.modes > 0);
  CHECK(-std::expm1(found.log_hi) <= 1e-4);
  CHECK(-std::expm1(found.log_lo) >= 1e-4);
  CHECK(found.log_hi - found.log_lo < 1e-9);
  // Without a bound on the norm only squaring is left: 1e-3 of the gap.
  const RadiusBounds squared = radius_bounds(X, {.error = 1e-14});
  CHECK(squared.modes == 0);
  CHECK(-std::expm1(squared.log_hi) <= 1e-4);
  CHECK(squared.log_hi - squared.log_lo > found.log_hi - found.log_lo);
}
