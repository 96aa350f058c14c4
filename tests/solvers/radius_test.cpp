// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/dense.hpp"
#include "attnwalk/solvers/iterative.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/spectral/directed.hpp"
#include "attnwalk/spectral/walk.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"

#include <cmath>

using namespace attnwalk;
using namespace attnwalk::solvers;
using namespace attnwalk::spectral;
using namespace attnwalk::test;

TEST_CASE("radius_bounds: a rotation and a shear in closed form", "[solvers][radius]") {
  // diag(0, .9 rotation by 1 radian): radius .9 though the trace of every power wanders.
  DenseMatrix X(3);
  std::fill(X.a.begin(), X.a.end(), 0.0);
  X(1, 1) = X(2, 2) = 0.9 * std::cos(1.0);
  X(1, 2) = 0.9 * std::sin(1.0);
  X(2, 1) = -X(1, 2);
  const RadiusBounds turn = radius_bounds(X, {.error = 1e-16});
  CHECK(turn.log_lo <= std::log(0.9) + 1e-12);
  CHECK(turn.log_hi >= std::log(0.9) - 1e-12);
  CHECK(turn.log_hi - turn.log_lo < 1e-3);

  // A shear of 3 has norm above 3 and radius 1/2.
  X(1, 1) = X(2, 2) = 0.5;
  X(1, 2) = 3;
  X(2, 1) = 0;
  const RadiusBounds shear = radius_bounds(X, {.error = 1e-13});
  CHECK(shear.log_hi >= std::log(0.5));
  CHECK(std::exp(shear.log_hi) < 0.501); // squaring alone proves .52
  CHECK(shear.log_lo <= std::log(0.5) + 1e-12);
}

TEST_CASE("chain_gaps: de Bruijn has slem 0 although eigenvalue solvers say .02",
          "[solvers][radius]") {
  const ChainGaps dense = chain_gaps(de_bruijn(256, 2), nullptr, 1, {.steps = 8});
  const Gap& slem = named(dense.gaps, "slem");
  INFO(slem.method << "; " << slem.reason << " [" << *slem.lo << ", " << *slem.hi << "]");
  CHECK(*slem.lo == 0);
  CHECK(*slem.hi < 0.1); // D^8 = 0 up to 64 n eps, whose eighth root is .04
  CHECK(*slem.value <= *slem.hi);
  CHECK(*named(dense.gaps, "sigma_2").value == Approx(1).epsilon(1e-12));
  CHECK(*named(dense.gaps, "k_step").value < 0.1);
  // A^7 is not yet uniform: the pseudo-gap is that of the eighth power.
  CHECK(*named(dense.gaps, "pseudo_gap").value == Approx(1.0 / 8).epsilon(1e-9));

  const ChainGaps iterated =
      chain_gaps(de_bruijn(1024, 2), nullptr, 1, {.dense_below = 0, .steps = 10});
  CHECK(*named(iterated.gaps, "slem").hi < 0.1);
}

TEST_CASE("chain_gaps: de Bruijn graphs of other bases reach uniform in m hops",
          "[solvers][radius]") {
  struct Case {
    Index b, m;
  };
  for (const auto& [b, m] : {Case{2, 6}, Case{4, 4}, Case{16, 2}}) {
    const auto n = static_cast<Index>(std::llround(std::pow(b, m)));
    const Csr<double> A = de_bruijn(n, b);
    const std::vector<double> power = dense_power(A.view(), m);
    for (const double p : power)
      CHECK(std::abs(p - 1.0 / static_cast<double>(n)) < 1e-15);
    const ChainGaps before = chain_gaps(A, nullptr, 1, {.steps = m - 1});
    CHECK(*named(before.gaps, "k_step").value == Approx(1).epsilon(1e-12));
    const std::vector<double> last = dense_power(A.view(), m - 1);
    double tv = 0;
    for (Index j = 0; j < n; ++j)
      tv += 0.5 * std::abs(last[static_cast<std::size_t>(j)] - 1.0 / static_cast<double>(n));
    CHECK(tv == Approx(1 - 1.0 / static_cast<double>(b)).epsilon(1e-12));
  }
}

TEST_CASE("chain_gaps: de Bruijn with loops mixed in has slem 1/(b+1)", "[solvers][radius]") {
  const Index n = 256;
  const Index b = 4;
  const Csr<double> A = walk_of(n, [=](Index i, Index j) {
    double w = i == j ? 1.0 : 0.0;
    for (Index c = 0; c < b; ++c)
      w += j == (b * i + c) % n ? 1.0 : 0.0;
    return w;
  });
  const Gap slem = named(chain_gaps(A, nullptr, 1, {}).gaps, "slem");
  CHECK(*slem.lo <= 0.2 + 1e-12);
  CHECK(*slem.hi >= 0.2 - 1e-12);
  INFO(slem.method << " [" << *slem.lo << ", " << *slem.hi << "]");
  // Far from normal: (D/r)^k grows like (.2/r)^k C(k, 3) 64, so that P sums to 7e9 at r = .22 and
  // 9e11 at r = .21, where the rounding of Y'PY is bounded by n eps |Y'||P||Y| = 6.5 > 1: no proof
  // in double can go below .213. Squaring alone proves .3.
  CHECK(*slem.hi < 0.225);
}

TEST_CASE("chain_gaps: uniform attention, a zero operator", "[solvers][radius]") {
  const Index n = GENERATE(as<Index>{}, 2, 33, 200);
  const Index dense_below = GENERATE(as<Index>{}, 0, 2048);
  const Csr<double> A = walk_of(n, [](Index, Index) { return 1.0; });
  const ChainGaps found = chain_gaps(A, nullptr, 1, {.dense_below = dense_below});
  CHECK(*named(found.gaps, "slem").value < 1e-12);
  CHECK(*named(found.gaps, "sigma_2").value < 1e-12);
  CHECK(*named(found.gaps, "sigma_2").gap == Approx(1));
  CHECK(*named(found.gaps, "additive").value == Approx(0).margin(1e-12));
  CHECK(*named(found.gaps, "chatterjee").value == Approx(1));
}

TEST_CASE("row_normalized: float32 weights give the gap of the walk they stand for",
          "[solvers][walk]") {
  const Index n = 400;
  const auto band = [](bool rounded) {
    Csr<double> W = walk_of(n, [](Index i, Index j) { return std::abs(i - j) <= 1 ? 1.0 : 0.0; });
    if (rounded)
      for (double& w : W.values)
        w = static_cast<double>(static_cast<float>(w));
    return sparse::row_normalized(W.view());
  };
  const auto gap = [](const Csr<double>& A) {
    return *named(chain_gaps(A, nullptr, 1, {}).gaps, "additive").gap;
  };
  // The rounded weights of a row are equal among themselves, so normalizing undoes the rounding.
  CHECK(gap(band(true)) == Approx(gap(band(false))).epsilon(1e-9));
}

TEST_CASE("chain_gaps: a nearly reducible walk, 1 - slem of 1e-7 and pi_min of 1e-10",
          "[solvers][radius]") {
  // Two dense halves joined by weights of 1e-7, and a token that almost nobody attends to.
  const Index n = 60;
  RandomStream draws({11});
  const Csr<double> A = walk_of(n, [&](Index i, Index j) {
    const double base = std::exp(draws.normal());
    if (j == 0)
      return i == 0 ? 1.0 : 1e-10;
    return (i < 30) == (j < 30) ? base : 1e-7 * base;
  });
  const ChainGaps found = chain_gaps(A, nullptr, 1, {});
  const Gap& slem = named(found.gaps, "slem");
  INFO(slem.method << "; " << slem.reason << " gap " << *slem.gap << " [" << *slem.gap_lo << ", "
                   << *slem.gap_hi << "]");
  CHECK(found.stationary.min < 1e-9);
  CHECK(*slem.gap > 0);
  CHECK(*slem.gap < 1e-5);
  CHECK(*slem.gap_lo > 0);
  CHECK(*slem.gap_lo <= *slem.gap);
  CHECK(*slem.gap <= *slem.gap_hi);
  CHECK(*slem.gap_hi / *slem.gap_lo < 1.01);
  CHECK(slem.status == Status::certified);

  const ChainGaps iterated = chain_gaps(A, nullptr, 1, {.dense_below = 0, .max_products = 2000});
  const Gap& estimate = named(iterated.gaps, "slem");
  CHECK(*estimate.gap_lo <= *slem.gap);
}

TEST_CASE("radius_proved: for every matrix as near as `error`", "[solvers][radius]") {
  // I/2 + E has a radius of up to 1/2 + |E|, and E = |E| I reaches it.
  DenseMatrix X(5);
  std::fill(X.a.begin(), X.a.end(), 0.0);
  for (Index i = 0; i < X.n; ++i)
    X(i, i) = 0.5;
  for (const double error : {1e-2, 1e-3}) { // doubling proves down to 2^-14 above the radius
    CAPTURE(error);
    CHECK_FALSE(radius_proved(X, 0.5 + 0.9 * error, error, 1));
    CHECK(radius_proved(X, 0.5 + 3 * error, error, 1));
  }
  CHECK_FALSE(radius_proved(X, 0.5, 0, 1));
}

TEST_CASE("random_start_slack: the table of the specification", "[solvers][radius]") {
  // The elementary bound of docs/spectral.md, delta = 1e-6, n = 1e5.
  CHECK(random_start_slack(100000, 50, 1e-6) == Approx(4.7e-2).epsilon(0.02));
  CHECK(random_start_slack(100000, 100, 1e-6) == Approx(1.3e-2).epsilon(0.04));
  CHECK(random_start_slack(100000, 200, 1e-6) == Approx(3.3e-3).epsilon(0.02));
  CHECK(random_start_slack(100000, 400, 1e-6) == Approx(8.7e-4).epsilon(0.02));
  CHECK(random_start_slack(100000, 800, 1e-6) == Approx(2.3e-4).epsilon(0.02));
  CHECK(random_start_slack(100000, 1, 1e-6) == 1);
}
