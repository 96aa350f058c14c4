// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/expander.hpp"

#include "attnwalk/core/threads.hpp"
#include "attnwalk/pattern/symmetry.hpp"
#include "attnwalk/spectral/random_start.hpp"
#include "attnwalk/spectral/reversible.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::spectral {

namespace {

Index regular_degree(const pattern::Pattern& P) {
  require(P.square(), Code::shape, "pattern is ", P.rows(), " x ", P.cols(),
          "; an expander is square");
  require(P.rows() >= 2, Code::domain, "n = ", P.rows(), " must be at least 2");
  const Index d = P.degree(0);
  require(d >= 3, Code::domain, "degree = ", d, " must be at least 3");
  for (Index i = 1; i < P.rows(); ++i)
    require(P.degree(i) == d, Code::domain, "row ", i, " has degree ", P.degree(i),
            " and row 0 has ", d, "; an expander is regular");
  require(pattern::equals_transpose(P.view()), Code::domain, "the pattern is not symmetric");
  return d;
}

/// The smallest degree whose Chebyshev polynomial tells `ratio` > 1 from the interval.
Index filter_degree(double ratio, double component, Index limit) {
  Index k = 1;
  while (k < limit && chebyshev(k, ratio) * component < 1)
    ++k;
  return std::min(limit, k + 1);
}

} // namespace

ExpanderBound expander_bound(const pattern::Pattern& P, const ExpanderOptions& how) {
  require(!how.target || *how.target > 0, Code::domain, "target = ", how.target.value_or(0),
          " must be positive");
  require(how.failure > 0 && how.failure < 1, Code::domain, "failure = ", how.failure,
          " must be in (0, 1)");
  require(how.max_products >= 2, Code::domain, "max_products = ", how.max_products,
          " must be at least 2");
  ExpanderBound out;
  out.degree = regular_degree(P);
  const auto d = static_cast<double>(out.degree);
  out.ramanujan = 2 * std::sqrt(d - 1) / d;
  out.failure = how.failure;

  // All that lies within the interval passes. A target at or below the Ramanujan value is taken as
  // seriously: the interval then follows it.
  const double target = how.target.value_or(1.02 * out.ramanujan);
  const double edge = std::min(std::sqrt(out.ramanujan * target), target / 1.005);
  const ReversibleWalk walk(P.view(), how.threads);
  const LinearMap N(walk.size(), [&walk](const double* x, double* y) { walk.apply(x, y); });
  const double component = smallest_component(walk.size(), how.failure / 2);
  const Filtered found = random_start_bound(
      N, {.lo = -edge,
          .hi = edge,
          .degree = filter_degree(target / edge, component, how.max_products - 1),
          .failure = how.failure,
          .key = how.key,
          .threads = walk.threads(),
          .monitor = how.monitor,
          .project = [&walk](double* x) { walk.project(x); }});
  out.lambda_hi = std::min(1.0, found.hi);
  out.lambda_lo = found.norm;
  out.products = found.products;
  out.met = how.target && found.hi <= *how.target;
  out.method = message("Chebyshev filter of degree ", found.products - 1,
                       " on a random start, failure probability ", how.failure);
  return out;
}

} // namespace attnwalk::spectral
