// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/portable_math.hpp"
#include "attnwalk/sbm/bulk_draws.hpp"

#include <cmath>

namespace attnwalk::sbm {
namespace {

Index by_inversion(double u, double mean) {
  if (u < 1 - mean) // at most e^{-mean}: most draws of a tiny mean end here
    return 0;
  double weight = exp_of_minus(mean);
  Index k = 0;
  while (u >= weight && weight > 0x1p-80) {
    u -= weight;
    ++k;
    weight *= mean / static_cast<double>(k);
  }
  return k;
}

Index by_rejection(BulkDraws& draw, double mean) {
  // The constants of Hoermann's table of approximations for the hat of the ratio of uniforms.
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double sure = 0.9277 - 3.6224 / (b - 2);
  double log_mean = 0; // computed once it is needed
  for (;;) {
    const double u = draw.unit() - 0.5;
    const double v = draw.unit();
    const double s = 0.5 - std::abs(u);
    const double x = std::floor((2 * a / s + b) * u + mean + 0.43);
    if (s >= 0.07 && v <= sure)
      return static_cast<Index>(x);
    if (x < 0 || s == 0 || v == 0 || (s < 0.013 && v > s))
      continue;
    if (log_mean == 0)
      log_mean = portable_log(mean);
    if (portable_log(v * inverse_alpha / (a / (s * s) + b)) <=
        x * log_mean - mean - log_factorial(x))
      return static_cast<Index>(x);
  }
}

} // namespace

Index poisson(BulkDraws& draw, double mean) {
  if (mean == 0)
    return 0;
  return mean < 10 ? by_inversion(draw.unit(), mean) : by_rejection(draw, mean);
}

} // namespace attnwalk::sbm
