// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/random_start.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/vectors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace attnwalk::spectral {

double chebyshev(Index k, double y) {
  double before = 1;
  double now = y;
  if (k == 0)
    return before;
  for (Index j = 1; j < k; ++j) {
    const double after = 2 * y * now - before;
    before = now;
    now = after;
  }
  return now;
}

double chebyshev_inverse(Index k, double value) {
  if (value <= 1)
    return 1;
  if (!std::isfinite(value))
    return std::numeric_limits<double>::infinity();
  double lo = 1;
  double hi = 2;
  while (chebyshev(k, hi) < value) {
    lo = hi;
    hi *= 2;
  }
  for (int step = 0; step < 60; ++step) {
    const double middle = lo + (hi - lo) / 2;
    (chebyshev(k, middle) < value ? lo : hi) = middle;
  }
  return hi;
}

double smallest_component(Index n, double failure) {
  return failure / std::sqrt(2 * static_cast<double>(n) / std::numbers::pi);
}

Filtered random_start_bound(const LinearMap& N, const FilterOptions& how) {
  require(how.hi > how.lo, Code::domain, "hi = ", how.hi, " must be above lo = ", how.lo);
  require(how.degree >= 1, Code::domain, "degree = ", how.degree, " must be at least 1");
  require(how.failure > 0 && how.failure < 1, Code::domain, "failure = ", how.failure,
          " must be in (0, 1)");
  const Index n = N.rows();
  const auto size = static_cast<std::size_t>(n);
  const int threads = how.threads;
  const auto project = [&how](std::vector<double>& x) {
    if (how.project)
      how.project(x.data());
  };
  const auto norm = [&](const std::vector<double>& x) {
    return std::sqrt(kernels::dot(n, x.data(), x.data(), threads));
  };

  std::vector<double> before(size), now(size), image(size);
  Draws draws(how.key);
  for (double& value : before)
    value = draws.normal();
  project(before);
  const double length = norm(before);
  if (!(length > 0))
    return {1, how.hi, how.lo, 0, 0};

  // t_0 = x, t_1 = z(N) x, t_{j+1} = 2 z(N) t_j - t_{j-1} with z(l) = (2l - a - b)/(b - a).
  const double slope = 2 / (how.hi - how.lo);
  const double offset = (how.hi + how.lo) / (how.hi - how.lo);
  double largest = length;
  N.perform_op(before.data(), now.data());
  kernels::combine(n, -offset, before.data(), slope, now.data(), 0, nullptr, threads);
  project(now);
  for (Index j = 1; j < how.degree; ++j) {
    poll(how.monitor, "random-start certificate",
         static_cast<double>(j) / static_cast<double>(how.degree));
    N.perform_op(now.data(), image.data());
    kernels::combine(n, 2 * slope, image.data(), -1, before.data(), -2 * offset, now.data(),
                     threads);
    project(before);
    before.swap(now);
    largest = std::max(largest, norm(now));
  }

  Filtered out;
  const double filtered = norm(now);
  // Two directions have to be hit, the highest and the lowest: half the failure for each.
  // A rounding of one step is carried on by at most U_j(1) <= k, k steps make k^2 of them.
  const auto k = static_cast<double>(how.degree);
  const double rounding = 16 * std::numeric_limits<double>::epsilon() * k * k * largest;
  const double component = smallest_component(n, how.failure / 2);
  out.stretch = chebyshev_inverse(how.degree, (filtered + rounding) / (length * component));
  out.hi = (how.hi + how.lo) / 2 + out.stretch * (how.hi - how.lo) / 2;
  out.lo = (how.hi + how.lo) / 2 - out.stretch * (how.hi - how.lo) / 2;
  N.perform_op(now.data(), image.data());
  project(image);
  const double quotient = norm(image) / filtered;
  out.norm = std::isfinite(quotient) ? quotient : 0; // an overflow says nothing from below
  out.products = how.degree + 1;
  return out;
}

} // namespace attnwalk::spectral
