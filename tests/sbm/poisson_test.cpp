// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/bulk_draws.hpp"

#include "catch.hpp"

#include <cmath>

using namespace attnwalk;

namespace {

/// Algorithm PTRS of [hormann1993] without its two shortcuts: every proposal is put to the test of
/// its probability, by the logarithms of libm. A shortcut may only take or refuse what this does.
Index by_the_test_alone(RandomStream& draw, double mean) {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  for (;;) {
    const double u = draw.unit() - 0.5;
    const double v = draw.unit();
    const double s = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / s + b) * u + mean + 0.43);
    if (k >= 0 && s > 0 && v > 0 &&
        std::log(v * inverse_alpha / (a / (s * s) + b)) <=
            k * std::log(mean) - mean - std::lgamma(k + 1))
      return static_cast<Index>(k);
  }
}

} // namespace

TEST_CASE("poisson: the shortcuts of rejection change no number", "[sbm][poisson]") {
  // Squeezes that are wrong by .02 differ in a few of 10,000 numbers; libm's logarithms, whose last
  // digits differ, in about one of 1e12.
  for (const double mean : {10.0, 11.5, 16.0, 40.0, 137.25, 1000.0, 1e5}) {
    const Key key{41, static_cast<std::uint64_t>(mean)};
    sbm::BulkDraws fast(key);
    fast.start(3);
    RandomStream slow(key, 3);
    Index differ = 0;
    double sum = 0;
    const int draws = 100'000;
    for (int d = 0; d < draws && differ == 0; ++d) {
      const Index number = sbm::poisson(fast, mean);
      differ += number != by_the_test_alone(slow, mean) ? 1 : 0;
      sum += static_cast<double>(number);
    }
    CAPTURE(mean);
    REQUIRE(differ == 0);
    CHECK(std::abs(sum / draws - mean) < 5 * std::sqrt(mean / draws)); // 5 standard deviations
  }
}
