// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"

#include "catch.hpp"

#include <cmath>
#include <vector>

using namespace attnwalk;

TEST_CASE("philox: reproduces the published known answers", "[core][random]") {
  // Salmon et al. 2011, kat_vectors of Random123, philox4x32 with 10 rounds.
  using Words = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, {ones, ones}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("portable_log: agrees with libm to 2 ulp over the range of doubles", "[core][random]") {
  for (double x = 1e-320; x < 1e300; x *= 1.2345)
    CHECK(std::abs(portable_log(x) - std::log(x)) <=
          4.5e-16 * std::max(1.0, std::abs(std::log(x))));
  CHECK(portable_log(1) == 0);
}

TEST_CASE("RandomStream::below: uniform over a bound that is no power of two", "[core][random]") {
  const std::uint64_t bound = 7;
  const int draws = 70000;
  RandomStream draw({1, 2}, 3);
  std::vector<double> seen(bound);
  for (int t = 0; t < draws; ++t)
    seen.at(draw.below(bound)) += 1;
  double chi2 = 0;
  for (const double count : seen)
    chi2 += (count - draws / 7.0) * (count - draws / 7.0) / (draws / 7.0);
  CHECK(chi2 < 27.9); // 6 degrees of freedom, upper tail 1e-4; the seed is fixed
}

TEST_CASE("RandomStream::normal: mean, variance and fourth moment within 5 sigma",
          "[core][random]") {
  const int draws = 100000;
  RandomStream draw({5, 0});
  double m1 = 0, m2 = 0, m4 = 0;
  for (int t = 0; t < draws; ++t) {
    const double x = draw.normal();
    m1 += x / draws;
    m2 += x * x / draws;
    m4 += x * x * x * x / draws;
  }
  CHECK(std::abs(m1) < 5 / std::sqrt(draws));
  CHECK(std::abs(m2 - 1) < 5 * std::sqrt(2.0 / draws));
  CHECK(std::abs(m4 - 3) < 5 * std::sqrt(96.0 / draws));
}

TEST_CASE("RandomStream: substreams, streams and seeds differ; equal keys repeat",
          "[core][random]") {
  const auto first = [](Key key, std::uint64_t substream) {
    return RandomStream(key, substream).bits();
  };
  CHECK(first({1, 2}, 3) == first({1, 2}, 3));
  CHECK(first({1, 2}, 3) != first({1, 2}, 4));
  CHECK(first({1, 2}, 3) != first({1, 3}, 3));
  CHECK(first({1, 2}, 3) != first({2, 2}, 3));
  CHECK(stream_of("random", 0) != stream_of("random", 1));
}
