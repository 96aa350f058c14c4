// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/chebyshev_block.hpp"
#include "attnwalk/solvers/random_start.hpp"
#include "attnwalk/spectral/expander.hpp"

#include "catch.hpp"
#include "graphs.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace attnwalk;
using namespace attnwalk::solvers;
using namespace attnwalk::spectral;

namespace {

/// The simple graph of d-regular circulant jumps.
pattern::Pattern circulant(Index n, const std::vector<Index>& jumps) {
  std::vector<std::pair<Index, Index>> edges;
  for (Index i = 0; i < n; ++i)
    for (const Index jump : jumps)
      edges.emplace_back(i, (i + jump) % n);
  return pattern::Pattern(support::symmetric(n, edges));
}

double largest_modulus(const std::vector<double>& spectrum) {
  return std::max(std::abs(spectrum[1]), std::abs(spectrum.back()));
}

} // namespace

TEST_CASE("chebyshev: agrees with cosh(k acosh y)", "[spectral][random_start]") {
  for (const Index k : {1, 2, 7, 64, 300})
    for (const double y : {1.0, 1.0001, 1.05, 1.5}) {
      const double expected = std::cosh(static_cast<double>(k) * std::acosh(y));
      CHECK(chebyshev(k, y) == Approx(expected).epsilon(1e-9));
    }
  CHECK(chebyshev(0, .3) == 1);
}

TEST_CASE("expander_bound: brackets the truth on regular graphs, good and bad",
          "[spectral][expander]") {
  const auto P =
      GENERATE(pattern::Pattern(support::paley(61)), pattern::Pattern(support::petersen()),
               pattern::Pattern(support::complete(20)), pattern::Pattern(support::hypercube(5)),
               circulant(101, {1, 10, 30}),
               pattern::Pattern(support::beside(support::complete(5), support::complete(5))));
  const double truth = largest_modulus(support::walk_spectrum(P.view()));
  const auto bound = expander_bound(P);
  CHECK(bound.lambda_hi >= truth - 1e-12);
  CHECK(bound.lambda_lo <= truth + 1e-12);
  // Whatever is no larger than the Ramanujan value is shown to be below 1.02 times that; what
  // sticks out is overstated by ln(sqrt(n)/t)/k in its hyperbolic angle.
  CHECK(bound.lambda_hi <= (truth <= bound.ramanujan ? 1.0201 * bound.ramanujan : 1.1 * truth));
  CHECK_FALSE(bound.met);
  if (truth > 1.001 * bound.ramanujan)
    CHECK_FALSE(expander_bound(P, {.target = truth * .999}).met);
  if (truth <= bound.ramanujan)
    CHECK(expander_bound(P, {.target = 1.02 * bound.ramanujan}).met);
  if (truth <= bound.ramanujan)
    CHECK(expander_bound(P, {.target = 1.006 * truth}).met);
}

TEST_CASE("expander_bound: half of the failure probability for each end of the spectrum",
          "[spectral][expander]") {
  // The same filter again: no eigenvalue beyond the bound at either end, each with half of it.
  const pattern::Pattern P = circulant(101, {1, 10, 30});
  const double failure = GENERATE(1e-3, 1e-6, 1e-12);
  const auto bound = expander_bound(P, {.failure = failure, .key = {3, 0}});
  REQUIRE(bound.lambda_hi < 1);
  const double edge =
      bound.ramanujan * (1 - .3 * .02); // for the target 1.02 times the Ramanujan value
  ChebyshevBlock block(P, {.edge = edge, .key = {3, 0}});
  while (block.degree() < bound.products)
    block.step();
  const double y = bound.lambda_hi / edge;
  CHECK(block.excludes(y * (1 + 1e-12), smallest_block_component(failure / 2)));
  CHECK_FALSE(block.excludes(y * (1 - 1e-9), smallest_block_component(failure / 2)));
}

TEST_CASE("expander_bound: gives the same bits for every thread count", "[spectral][expander]") {
  const auto P = circulant(4099, {1, 7, 64, 511, 1301, 1999, 2003, 900});
  const auto one = expander_bound(P, {.key = {3, 0}, .threads = 1});
  for (const int threads : {2, 3}) {
    const auto many = expander_bound(P, {.key = {3, 0}, .threads = threads});
    CHECK(many.lambda_hi == one.lambda_hi);
    CHECK(many.lambda_lo == one.lambda_lo);
  }
}

TEST_CASE("expander_bound: refuses what is no regular graph", "[spectral][expander]") {
  const auto complete = pattern::Pattern(support::complete(5));
  CHECK_THROWS_AS(expander_bound(pattern::Pattern(support::star(5, false))), Error);
  CHECK_THROWS_AS(expander_bound(pattern::Pattern(support::cycle(9))), Error);
  CHECK_THROWS_AS(expander_bound(pattern::Pattern()), Error);
  CHECK_THROWS_AS(expander_bound(complete, {.target = -1}), Error);
  CHECK_THROWS_AS(expander_bound(complete, {.failure = 0}), Error);
  // Regular rows, not symmetric: i -> i+1, i+2, i+3.
  Csr<double> directed;
  directed.rows = directed.cols = 9;
  for (Index i = 0; i < 9; ++i) {
    std::vector<Index> row{(i + 1) % 9, (i + 2) % 9, (i + 3) % 9};
    std::sort(row.begin(), row.end());
    directed.columns.insert(directed.columns.end(), row.begin(), row.end());
    directed.offsets.push_back(3 * (i + 1));
  }
  CHECK_THROWS_AS(expander_bound(pattern::Pattern(std::move(directed))), Error);
}
