// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/spectral/causal.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"

#include <cmath>

using namespace attnwalk;
using namespace attnwalk::spectral;
using namespace attnwalk::test;

namespace {

Csr<double> uniform_causal(Index n) {
  return walk_of(n, [](Index i, Index j) { return j <= i ? 1.0 : 0.0; });
}

/// Each token sees itself and the w - 1 before it.
Csr<double> causal_window(Index n, Index w) {
  return walk_of(n, [w](Index i, Index j) { return j <= i && i - j < w ? 1.0 : 0.0; });
}

/// A strictly positive lower triangle.
Csr<double> causal_softmax(Index n, double sharpness, Key key) {
  RandomStream draws(key);
  return walk_of(
      n, [&](Index i, Index j) { return j <= i ? std::exp(sharpness * draws.normal()) : 0.0; });
}

} // namespace

TEST_CASE("gap_causal: uniform attention has slem 1/2, h_i = 1 + H_i and a norm above 1",
          "[spectral][causal]") {
  const Index n = GENERATE(as<Index>{}, 2, 64, 256, 1024);
  const GapReport report = gap_causal(uniform_causal(n), {});
  CHECK(*named(report.gaps, "slem").value == 0.5);
  CHECK(*named(report.gaps, "slem").gap == 0.5);
  CHECK(named(report.gaps, "slem").status == Status::certified);
  CHECK(*named(report.gaps, "lambda_n").value == Approx(1.0 / static_cast<double>(n)));
  CHECK(named(report.gaps, "sigma_2").status == Status::refused);
  CHECK_FALSE(named(report.gaps, "sigma_2").reason.empty());
  double harmonic = 0;
  double total = 0;
  for (Index i = 1; i < n; ++i) {
    harmonic += 1.0 / static_cast<double>(i);
    total += 1 + harmonic;
  }
  CHECK(*bound(report, "absorption_max").value == Approx(1 + harmonic).epsilon(1e-12));
  CHECK(*bound(report, "absorption_mean").value ==
        Approx(total / static_cast<double>(n)).epsilon(1e-12));
  if (n == 1024)
    CHECK(*bound(report, "absorption_max").value == Approx(8.508199109778).epsilon(1e-12));
  if (n == 64)
    CHECK(*bound(report, "norm_2").value == Approx(1.597854596706).epsilon(1e-12));
  if (n == 256)
    CHECK(*bound(report, "norm_2").value == Approx(1.686427408000).epsilon(1e-12));
  CHECK(report.stationary.pi[0] == 1);
  CHECK(report.stationary.tv_uniform == Approx(1 - 1.0 / static_cast<double>(n)));
}

TEST_CASE("gap_causal: a window of w with a sink token has d(k) = (w/(w+1))^k while wk < n",
          "[spectral][causal]") {
  const Index w = 7;
  const Index n = 300;
  // Token i sees itself, the w - 1 before it, and token 0.
  const Csr<double> A =
      walk_of(n, [](Index i, Index j) { return j <= i && (i - j < w || j == 0) ? 1.0 : 0.0; });
  const GapReport report = gap_causal(A, {.steps = 30});
  for (Index k = 1; k <= 30; ++k) {
    const double truth = std::pow(7.0 / 8, static_cast<double>(k));
    CHECK(*bound(report, "tv_max(" + std::to_string(k) + ")").value ==
          Approx(truth).epsilon(1e-12));
  }
  CHECK(*named(report.gaps, "slem").value == 0.5);
  CHECK(*bound(report, "hops_to_sink").value == 1);
  // (7/8)^11 < 1/4 < (7/8)^10
  CHECK(*bound(report, "mixing_time").value == 11);
}

TEST_CASE("gap_causal: a window alone says slem 1/2 while nothing has arrived",
          "[spectral][causal]") {
  const Index w = 4;
  const GapReport report = gap_causal(causal_window(200, w), {.steps = 20});
  CHECK(*named(report.gaps, "slem").value == 0.5);
  CHECK(*bound(report, "tv_max(20)").value == 1);
  CHECK(*bound(report, "hops_to_sink").value == std::ceil(199.0 / 3));
  CHECK(*bound(report, "absorption_max").value > 100);
}

TEST_CASE("gap_causal: the spectrum of a window is 1, 1/2, .., 1/w", "[spectral][causal]") {
  const GapReport report = gap_causal(causal_window(50, 5), {});
  CHECK(*named(report.gaps, "lambda_2").value == 0.5);
  CHECK(*named(report.gaps, "lambda_n").value == Approx(0.2));
}

TEST_CASE("gap_causal: the whole spectrum is the diagonal, largest first", "[spectral][causal]") {
  const GapReport report = gap_causal(causal_window(6, 3), {.whole_spectrum = true});
  CHECK(report.spectrum.method == "diagonal");
  REQUIRE(report.spectrum.points.size() == 6);
  const std::vector<double> truth{1, 1. / 2, 1. / 3, 1. / 3, 1. / 3, 1. / 3};
  for (std::size_t i = 0; i < truth.size(); ++i) {
    CHECK(report.spectrum.points[i].real == Approx(truth[i]).epsilon(1e-15));
    CHECK(report.spectrum.points[i].imag == 0);
  }
  CHECK(gap_causal(causal_window(6, 3), {}).spectrum.points.empty());
}

TEST_CASE("gap_causal: tv equals dense powers, h the inverse of I - A_TT", "[spectral][causal]") {
  const Index n = 24;
  const Csr<double> A = causal_softmax(n, 2, {4});
  const GapReport report = gap_causal(A, {});
  for (Index k = 1; k <= 8; ++k) {
    const std::vector<double> power = dense_power(A.view(), k);
    double worst = 0;
    for (Index i = 0; i < n; ++i)
      worst = std::max(worst, 1 - power[static_cast<std::size_t>(i * n)]);
    CHECK(*bound(report, "tv_max(" + std::to_string(k) + ")").value == Approx(worst).margin(1e-14));
  }
  // h_i = sum_k P(not yet at 0 after k hops)
  std::vector<double> expected(static_cast<std::size_t>(n), 0.0);
  std::vector<double> left(static_cast<std::size_t>(n), 1.0);
  left[0] = 0;
  for (int k = 0; k < 4000; ++k) {
    std::vector<double> next(left.size(), 0.0);
    for (std::size_t i = 0; i < left.size(); ++i) {
      expected[i] += left[i];
      for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
        next[i] += A.values[static_cast<std::size_t>(e)] *
                   left[static_cast<std::size_t>(A.columns[static_cast<std::size_t>(e)])];
    }
    left = next;
  }
  CHECK(*bound(report, "absorption_max").value ==
        Approx(*std::max_element(expected.begin(), expected.end())).epsilon(1e-9));
}

TEST_CASE("gap_causal: several closed classes", "[spectral][causal]") {
  // Tokens 0 and 3 attend only to themselves.
  const Csr<double> A = walk_of(6, [](Index i, Index j) {
    return i == 0 || i == 3 ? (j == i ? 1.0 : 0.0) : (j <= i ? 1.0 : 0.0);
  });
  const GapReport report = gap_causal(A, {});
  CHECK(*named(report.gaps, "slem").value == 1);
  CHECK(*named(report.gaps, "slem").gap == 0);
  CHECK(named(report.gaps, "slem").reason.find("2 closed classes") != std::string::npos);
  CHECK(*bound(report, "closed_classes").value == 2);
  CHECK(*bound(report, "transient_radius").value == 0.5);
  // Token 3 never comes to token 0: no limit that does not depend on the start.
  for (int k = 1; k <= 8; ++k)
    CHECK(*bound(report, "tv_max(" + std::to_string(k) + ")").value == 1);
  CHECK_FALSE(bound(report, "mixing_time").value);
  CHECK(bound(report, "mixing_time").reason.find("2 closed classes") != std::string::npos);
  CHECK(report.stationary.pi.empty());
  CHECK_FALSE(report.stationary.status.empty());
  CHECK(named(report.gaps, "sigma_2").reason.find("2 closed classes") != std::string::npos);
}

TEST_CASE("gap_causal: a gap of 1e-18 keeps its digits", "[spectral][causal]") {
  const Csr<double> A = walk_of(3, [](Index i, Index j) {
    if (i == 2 && j == 0)
      return 1e-18;
    return j == i || (i == 1 && j == 0) ? 1.0 : 0.0;
  });
  const GapReport report = gap_causal(A, {});
  CHECK(*named(report.gaps, "slem").value == 1);
  CHECK(*named(report.gaps, "slem").gap == Approx(1e-18).epsilon(1e-14));
  CHECK(*bound(report, "absorption_max").value == Approx(1e18).epsilon(1e-14));
}

TEST_CASE("gap_causal: one token, and an entry above the diagonal", "[spectral][causal]") {
  const GapReport one = gap_causal(uniform_causal(1), {});
  CHECK(named(one.gaps, "slem").status == Status::refused);
  CHECK(*bound(one, "mixing_time").value == 0);
  CHECK_THROWS_AS(gap_causal(random_walk(5, 0.5, 0, {1}), {}), Error);
}
