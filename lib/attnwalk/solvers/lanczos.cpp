// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/solvers/iterative.hpp"
#include "attnwalk/solvers/krylov.hpp"
#include "attnwalk/solvers/random_start.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace attnwalk::solvers {

namespace {

using kernels::dot;

constexpr double eps = std::numeric_limits<double>::epsilon();
/// What the basis of a run may take.
constexpr Index basis_bytes = Index{1} << 31;

void scale(std::vector<double>& x) {
  const auto n = static_cast<Index>(x.size());
  const double size = std::sqrt(dot(n, x.data(), x.data()));
  for (double& value : x)
    value /= size;
}

/// Rayleigh quotient and residual of the unit vector in `pair`.
void assess(Index n, const Apply& X, LanczosPair& pair) {
  std::vector<double> image(pair.vector.size());
  X(pair.vector.data(), image.data());
  ++pair.products;
  pair.value = dot(n, pair.vector.data(), image.data());
  kernels::axpy(n, -pair.value, pair.vector.data(), image.data());
  pair.residual = std::sqrt(dot(n, image.data(), image.data()));
}

/// From where on a random start with that component leaves no eigenvalue; `value` is one of T's.
/// A product D'D x rounds by some eps of ||D||, not of ||D||^2.
double bound_above(const Krylov& space, double value, double component) {
  const double rounding =
      64 * eps * std::max(value, std::sqrt(value)) * std::sqrt(static_cast<double>(space.steps()));
  double top = 2 * value;
  while (true) {
    const double bound = krylov_bound(space.main(), space.off(), component, rounding, top);
    if (bound < top)
      return bound;
    top *= 16;
  }
}

} // namespace

double random_start_slack(Index n, Index k, double failure) {
  const double needed =
      std::log(failure) - 0.5 * std::log(2 * static_cast<double>(n) / std::numbers::pi);
  // ln of sqrt((1-e)/e) / T_{k-1}((1+e)/(1-e)); acosh of the argument is 2 atanh(sqrt e).
  const auto bound = [k](double e) {
    const double angle = static_cast<double>(k - 1) * 2 * std::atanh(std::sqrt(e));
    const double log_cosh = angle + std::log1p(std::exp(-2 * angle)) - std::log(2.0);
    return 0.5 * (std::log1p(-e) - std::log(e)) - log_cosh;
  };
  double lo = 1e-16;
  double hi = 1 - 1e-12;
  if (k < 2 || bound(hi) > needed)
    return 1;
  for (int step = 0; step < 100; ++step) {
    const double middle = std::sqrt(lo * hi);
    (bound(middle) > needed ? lo : hi) = middle;
  }
  return hi;
}

LanczosPair largest_eigenpair(Index n, const Apply& X, const IterationOptions& how) {
  LanczosPair pair;
  std::vector<double> start = gaussian_vector(n, how.key);
  scale(start);
  pair.vector = start;
  assess(n, X, pair);
  const double component = smallest_component(n, how.failure);
  if (pair.value <= how.floor) {
    pair.value = std::max(0.0, pair.value);
    pair.share = component * component; // x'Xx >= lambda_max c_1^2
    pair.converged = true;
    return pair;
  }

  const LinearMap counted(n, [&](const double* x, double* y) {
    poll(how.monitor, "Lanczos");
    X(x, y);
    ++pair.products;
  });
  const auto all = [](double*) {};
  const Index room = std::min(3 * n + 40, std::max<Index>(40, basis_bytes / (8 * n)));
  double hi = 0; // by the first run, whose start is random
  bool better = true;
  do {
    const double before = pair.residual;
    Krylov space(counted, all, start, {});
    bool done = false;
    Index look = 0;
    while (!done) {
      space.step();
      const Index k = space.steps();
      const bool last = k == room || pair.products + 1 >= how.max_products;
      if (!last && k < look && space.next() > 16 * eps * space.main().front())
        continue;
      look = k + std::max<Index>(4, k / 16);
      const Krylov::Ritz top = space.highest();
      done = last || top.residual <= 0.5 * how.tolerance * top.value;
      if (!done)
        continue;
      start = space.vector(top.y);
      scale(start);
      if (hi == 0)
        hi = bound_above(space, top.value, component);
    }
    pair.vector = start;
    assess(n, X, pair);
    pair.converged = pair.residual <= how.tolerance * pair.value;
    better = pair.residual < 0.5 * before; // else it is rounding
  } while (!pair.converged && better && pair.products + 2 < how.max_products);
  pair.share = pair.value / std::max(pair.value, hi);
  return pair;
}

} // namespace attnwalk::solvers
