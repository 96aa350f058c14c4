// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/expander.hpp"

#include "attnwalk/core/threads.hpp"
#include "attnwalk/solvers/chebyshev_block.hpp"
#include "attnwalk/solvers/random_start.hpp"
#include "attnwalk/sparse/symmetry.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::spectral {

namespace {

Index regular_degree(const pattern::Pattern& P, const ExpanderOptions& how) {
  require(P.square(), Code::shape, "pattern is ", P.rows(), " x ", P.cols(),
          "; an expander is square");
  require(P.rows() >= 2 && P.rows() <= Index{1} << 31, Code::domain, "n = ", P.rows(),
          " must be in [2, 2^31]");
  const Index d = P.degree(0);
  require(d >= 3, Code::domain, "degree = ", d, " must be at least 3");
  if (how.known_regular)
    return d;
  for (Index i = 1; i < P.rows(); ++i)
    require(P.degree(i) == d, Code::domain, "row ", i, " has degree ", P.degree(i),
            " and row 0 has ", d, "; an expander is regular");
  require(sparse::equals_transpose(P.view(), how.threads), Code::domain,
          "the pattern is not symmetric");
  return d;
}

/// The least y that the block excludes everything beyond, or 1/e if it says nothing: the walk has
/// no eigenvalue beyond 1.
double least_excluded(const solvers::ChebyshevBlock& block, double edge, double component) {
  double lo = 1;
  double hi = 1 / edge;
  if (!block.excludes(hi, component))
    return hi;
  for (int step = 0; step < 60; ++step) {
    const double middle = lo + (hi - lo) / 2;
    (block.excludes(middle, component) ? hi : lo) = middle;
  }
  return hi;
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
  out.degree = regular_degree(P, how);
  const auto d = static_cast<double>(out.degree);
  out.ramanujan = 2 * std::sqrt(d - 1) / d;
  out.failure = how.failure;

  // A target at or below the Ramanujan value is taken as seriously: all else then follows it.
  const double target = how.target.value_or(1.02 * out.ramanujan);
  const double typical = std::min(out.ramanujan, target / 1.005);
  // Few eigenvalues lie between the edge and the Ramanujan value; damping the others more takes
  // fewer steps.
  const double edge = typical - 0.3 * std::min(target - typical, typical);
  const double reach = std::sqrt(typical * target);                            // passes for certain
  const double component = solvers::smallest_block_component(how.failure / 2); // two ends to hit
  solvers::ChebyshevBlock block(
      P, {.edge = edge, .key = how.key, .threads = core::threads(how.threads)});
  const auto promised = [&](Index k) {
    return solvers::chebyshev(k, target / edge) * component >=
           1.01 * solvers::chebyshev(k, reach / edge) * block.start();
  };
  while (!out.met && block.degree() < how.max_products && !promised(block.degree())) {
    poll(how.monitor, "random-start certificate");
    block.step();
    out.met = how.target && block.excludes(target / edge, component);
  }
  out.lambda_hi = std::min(1.0, edge * least_excluded(block, edge, component));
  if (out.met)
    out.lambda_hi = std::min(out.lambda_hi, target);
  out.lambda_lo = block.quotient();
  out.products = block.degree();
  out.method = message("Chebyshev filter of degree ", out.products, " on ", solvers::block_width,
                       " random vectors, failure probability ", how.failure);
  return out;
}

} // namespace attnwalk::spectral
