// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/dense.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

double frobenius(const Square& X) {
  double sum = 0;
  for (Index j = 0; j < X.n; ++j) {
    double column = 0;
    for (Index i = 0; i < X.n; ++i)
      column += X(i, j) * X(i, j);
    sum += column;
  }
  return std::sqrt(sum);
}

double trace(const Square& X) {
  double sum = 0;
  for (Index i = 0; i < X.n; ++i)
    sum += X(i, i);
  return sum;
}

} // namespace

RadiusBounds radius_bounds(Square X, const RadiusOptions& how) {
  const auto n = static_cast<double>(X.n);
  const double rounding = n * std::numeric_limits<double>::epsilon();
  const double infinity = std::numeric_limits<double>::infinity();
  RadiusBounds out{-infinity, infinity, 1};
  if (X.n <= 1)
    return {-infinity, -infinity, 1};
  // X^k = 2^scale X exactly; `error` bounds the Frobenius distance of X from the true scaled power.
  double scale = 0;
  double error = how.error;
  double k = 1;
  for (int round = 0;; ++round) {
    poll(how.monitor, "squaring", static_cast<double>(round) / how.squarings);
    const double size = frobenius(X);
    const double above = size * (1 + rounding) + error;
    const double below =
        std::abs(trace(X)) * (1 - rounding) - rounding * size - std::sqrt(n) * error;
    const double ln2 = std::log(2.0);
    out.log_hi = std::min(out.log_hi, above > 0 ? (std::log(above) + scale * ln2) / k : -infinity);
    if (below > 0)
      out.log_lo = std::max(out.log_lo, (std::log(below / (n - 1)) + scale * ln2) / k);
    out.power = static_cast<Index>(k);
    const double gap = -std::expm1(out.log_hi);
    const bool narrow = out.log_hi - out.log_lo <= how.precision * std::max(0.0, gap);
    // Once the error is as large as the power itself, squaring teaches nothing more.
    if (narrow || round >= how.squarings || size == 0 || error > 0.5 * size)
      break;
    const double unit = std::exp2(std::floor(std::log2(size)));
    for (double& x : X.a)
      x /= unit;
    error /= unit;
    const double norm = size / unit;
    scale = 2 * (scale + std::log2(unit));
    X = product(X, X, false, how.threads);
    error = rounding * norm * norm + (2 * norm + error) * error;
    k *= 2;
  }
  return out;
}

} // namespace attnwalk::spectral
