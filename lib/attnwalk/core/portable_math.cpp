// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/portable_math.hpp"

#include "attnwalk/core/random.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace attnwalk {
inline namespace core {
namespace {

// e^y - 1 for |y| <= 1/2 by its series, whose terms fall below 2^-58 of the first after fourteen.
// Pairs of terms are summed side by side: one chain alone would wait for each step.
double small_expm1(double y) {
  constexpr std::array<double, 16> c = [] {
    std::array<double, 16> inverse{};
    double factorial = 1;
    for (std::size_t k = 0; k < inverse.size(); ++k)
      inverse[k] = 1 / (factorial *= static_cast<double>(k + 1));
    return inverse;
  }();
  const double y2 = y * y;
  const double y4 = y2 * y2;
  const auto four = [&](std::size_t k) {
    return (c[k] + c[k + 1] * y) + (c[k + 2] + c[k + 3] * y) * y2;
  };
  return y * ((four(0) + four(4) * y4) + (four(8) + four(12) * y4) * (y4 * y4));
}

} // namespace

double exp_of_minus(double x) {
  if (x > 700)
    return 0;
  // -x = -k ln 2 + y with |y| <= ln(2)/2; k ln 2 in two parts, the first exact for k < 2^11.
  constexpr double ln2_high = 0x1.62e42fefa0000p-1;
  constexpr double ln2_low = 0x1.cf79abc9e3b3ap-40;
  const double steps = std::floor(x * 1.44269504088896340736 + 0.5);
  const auto k = static_cast<std::uint64_t>(steps);
  const double y = (steps * ln2_high - x) + steps * ln2_low;
  const auto scale = std::bit_cast<double>((1023 - k) << 52);
  return (1 + small_expm1(y)) * scale;
}

double one_minus_exp(double x) {
  return x < 0.5 ? -small_expm1(-x) : 1 - exp_of_minus(x);
}

double rate_of(double p) {
  // -ln(1 - p) = 2 artanh t, t = p / (2 - p) <= 1/3; the series ends below 2^-54.
  const double t = p / (2 - p);
  const double t2 = t * t;
  double series = 0;
  for (int k = 33; k >= 3; k -= 2)
    series = (series + 1.0 / k) * t2;
  return 2 * t + 2 * t * series;
}

double log_factorial(double k) {
  // Stirling's series at k + 10, where it is good to the last bits, and down by the recursion.
  double product = 1;
  for (int step = 1; step <= 10; ++step)
    product *= k + step;
  const double x = k + 10;
  const double i = 1 / x;
  const double i2 = i * i;
  double tail = 1.0 / 156;
  for (const double b : {691.0 / 360360, 1.0 / 1188, 1.0 / 1680, 1.0 / 1260, 1.0 / 360, 1.0 / 12})
    tail = b - i2 * tail;
  constexpr double half_log_two_pi = 0.91893853320467274178;
  return (x + 0.5) * portable_log(x) - x + half_log_two_pi + i * tail - portable_log(product);
}

} // namespace core
} // namespace attnwalk
