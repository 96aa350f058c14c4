// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/random_start.hpp"

#include <cmath>
#include <numbers>

namespace attnwalk::solvers {

std::vector<double> gaussian_vector(Index n, Key key, std::uint64_t substream) {
  std::vector<double> x(n);
  RandomStream draws(key, substream);
  for (double& value : x)
    value = draws.normal();
  return x;
}

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

double smallest_component(Index n, double failure) {
  return failure / std::sqrt(2 * static_cast<double>(n) / std::numbers::pi);
}

} // namespace attnwalk::solvers
