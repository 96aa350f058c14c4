// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/gap.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>

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

} // namespace

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
