// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/make_gap.hpp"
#include "attnwalk/spectral/mixing.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace attnwalk;
using namespace attnwalk::spectral;

namespace {

double bound_of(const GapReport& report, const std::string& name) {
  const auto at = std::find_if(report.bounds.begin(), report.bounds.end(),
                               [&](const Bound& b) { return b.name == name; });
  REQUIRE(at != report.bounds.end());
  return at->value.value_or(std::numeric_limits<double>::infinity());
}

using Long = long double;

/// Of the walk on two tokens that leaves them with probabilities a and b:
/// d(k) = |1 - a - b|^k max(a, b) / (a + b), here from the weights in extended precision.
struct TwoTokens {
  explicit TwoTokens(const support::Grid& W) {
    const Long first = static_cast<Long>(W[0][0]) + W[0][1];
    const Long second = static_cast<Long>(W[1][0]) + W[1][1];
    a = W[0][1] / first;
    b = W[1][0] / second;
    value = W[0][0] / first - b;
  }
  [[nodiscard]] Long distance(int k) const {
    return std::pow(std::abs(value), static_cast<Long>(k)) * std::max(a, b) / (a + b);
  }
  Long a, b, value;
};

void check(const support::Grid& W) {
  const GapReport report = gap(support::csr_of(W));
  const TwoTokens truth(W);
  CAPTURE(W[0][0], W[0][1], W[1][0], W[1][1]);
  int mixed = 0;
  for (int k = 1; k <= 8; ++k) {
    const std::string at = "(" + std::to_string(k) + ")";
    CHECK(bound_of(report, "distance_lo" + at) <= static_cast<double>(truth.distance(k)));
    CHECK(static_cast<Long>(bound_of(report, "distance_hi" + at)) >= truth.distance(k));
    if (mixed == 0 && truth.distance(k) <= 0.25L)
      mixed = k;
  }
  if (mixed > 0) {
    CHECK(bound_of(report, "mixing_time_lo") <= mixed);
    for (const char* name :
         {"mixing_time_hi", "mixing_time_sigma_2", "mixing_time_pseudo_gap", "mixing_time_doeblin"})
      CHECK(bound_of(report, name) >= mixed);
  }
}

/// A report on three tokens whose every end differs, so that it shows in the bounds which one they use.
GapReport with_wide_intervals(Status slem) {
  const auto one_minus = [](double gap_lo, double gap, double gap_hi) {
    return Interval{1 - gap, 1 - gap_hi, 1 - gap_lo, gap, gap_lo, gap_hi};
  };
  GapReport report;
  const Status sure = Status::certified;
  report.gaps = {make_gap("slem", one_minus(.2, .3, .4), slem, ""),
                 make_gap("sigma_2", one_minus(.1, .15, .25), sure, ""),
                 make_gap_as_value("pseudo_gap", .1, .05, .2, sure, ""),
                 make_gap_as_value("doeblin", .03, .02, .04, sure, ""),
                 make_gap("dobrushin", one_minus(.03, .06, .07), sure, "")};
  report.stationary.pi = {.2, .1, .7};
  report.stationary.relative_error = .5; // so that pi_min may be .05, and the next .1
  return report;
}

} // namespace

TEST_CASE("append_mixing_bounds: every bound rests on the end that proves it",
          "[spectral][mixing]") {
  GapReport report = with_wide_intervals(Status::certified);
  append_mixing_bounds(report, 30);
  const auto close = [](double x) { return Approx(x).epsilon(1e-12); };
  for (const int k : {1, 2, 7, 30}) {
    CAPTURE(k);
    const std::string at = "(" + std::to_string(k) + ")";
    CHECK(bound_of(report, "distance_lo" + at) == close(.5 * std::pow(.6, k)));
    const double by_norm = .5 * std::sqrt(.95 / .05) * std::pow(.9, k);
    CHECK(bound_of(report, "distance_hi" + at) ==
          close(std::min({1.0, by_norm, std::pow(.97, k)}))); // by rows up to k = 10
  }
  CHECK(bound_of(report, "mixing_time_lo") == close(std::log(2) / -std::log(.6)));
  CHECK(bound_of(report, "mixing_time_sigma_2") ==
        std::ceil(std::log(2 / std::sqrt(.05)) / -std::log(.9))); // 20.8
  CHECK(bound_of(report, "mixing_time_pseudo_gap") ==
        std::ceil((1 + 2 * std::log(2) + std::log(1 / .05)) / .05)); // 107.6
  CHECK(bound_of(report, "mixing_time_doeblin") == std::ceil(std::log(4) / -std::log(.98))); // 68.6
  CHECK(bound_of(report, "mixing_time_hi") == bound_of(report, "mixing_time_sigma_2"));
  // .5 ln(.95 .9 / (.05 .1)) / ln(1/.9) = 24.4
  CHECK(bound_of(report, "hop_bound") == 25);
}

TEST_CASE("append_mixing_bounds: the end of an estimate and a pi of unknown error prove nothing",
          "[spectral][mixing]") {
  GapReport report = with_wide_intervals(Status::estimate);
  report.stationary.relative_error = std::numeric_limits<double>::infinity();
  append_mixing_bounds(report, 2);
  for (const char* name : {"distance_lo(1)", "mixing_time_lo", "mixing_time_sigma_2",
                           "mixing_time_pseudo_gap", "hop_bound"}) {
    CAPTURE(name);
    const Bound& b = test::bound(report, name);
    CHECK_FALSE(b.value);
    CHECK_FALSE(b.reason.empty());
  }
  CHECK(bound_of(report, "distance_hi(2)") == Approx(.97 * .97).epsilon(1e-12));
  CHECK(bound_of(report, "mixing_time_hi") == bound_of(report, "mixing_time_doeblin"));
}

TEST_CASE("append_mixing_bounds: what holds with a probability says so", "[spectral][mixing]") {
  GapReport report = with_wide_intervals(Status::probable);
  for (Gap& g : report.gaps)
    if (g.name == "slem" || g.name == "sigma_2")
      g.confidence = .99;
  append_mixing_bounds(report, 30);
  for (const char* name : {"distance_lo(1)", "mixing_time_lo", "distance_hi(30)", "hop_bound",
                           "mixing_time_hi", "mixing_time_sigma_2"})
    CHECK(test::bound(report, name).reason == "holds with probability 0.99");
  for (const char* name : {"distance_hi(1)", "mixing_time_doeblin"})
    CHECK(test::bound(report, name).reason.empty());
}

TEST_CASE("append_mixing_bounds: rounding never moves a bound to the wrong side",
          "[spectral][mixing]") {
  // A gap of g = 2^-k has -ln(1 - g) = g (1 + g/2 + ..): in extended precision the bounds of that gap
  // lie on the safe side, where the formula alone is off by half a unit of a number of 1e9.
  for (int k = 1; k < 45; ++k) {
    GapReport report = with_wide_intervals(Status::certified);
    const double g = std::exp2(-k) * (1 + std::exp2(-7) * (k % 5));
    report.gaps[0].gap_hi = g;
    report.gaps[1].gap_lo = g;
    report.stationary.relative_error = 0;
    append_mixing_bounds(report, 8);
    const Long rate = -std::log1p(-static_cast<Long>(g));
    CAPTURE(k);
    CHECK(static_cast<Long>(bound_of(report, "mixing_time_lo")) <= std::log(Long{2}) / rate);
    CHECK(static_cast<Long>(bound_of(report, "mixing_time_sigma_2")) >=
          std::log(2 / std::sqrt(Long{.1})) / rate);
    for (int t = 1; t <= 8; ++t)
      CHECK(static_cast<Long>(bound_of(report, "distance_lo(" + std::to_string(t) + ")")) <=
            std::exp(-t * rate) / 2);
  }
}

TEST_CASE("gap: bounds on the distance hold for walks on two tokens, whatever their weights",
          "[spectral][mixing]") {
  // Doeblin's coefficient is 1 - 2e-14 and was taken for exact.
  check({{3.880336856094766e-15, 1.8433237137004852}, {1.8433237137004852, 73943304603332.7}});
  // Directed weights too: 10^u, u normal with a deviation of 4.
  RandomStream draws({6, 12});
  for (int trial = 0; trial < 300; ++trial) {
    support::Grid W(2, std::vector<double>(2));
    for (auto& row : W)
      for (double& w : row)
        w = std::pow(10.0, (trial % 3 == 0 ? .3 : 4) * draws.normal());
    if (trial % 2 == 0)
      W[1][0] = W[0][1];
    check(W);
  }
}

TEST_CASE("gap: no two tokens are farther apart than hop_bound", "[spectral][mixing]") {
  for (const Index n : {5, 9, 16}) { // a path with loops: its ends are n - 1 hops apart
    const Csr<double> A =
        test::walk_of(n, [](Index i, Index j) { return std::abs(i - j) <= 1 ? 1.0 : 0.0; });
    const double hops = bound_of(gap(A), "hop_bound");
    CHECK(hops >= static_cast<double>(n - 1));
    CHECK(hops < static_cast<double>(n * n)); // and it says something
  }
}
