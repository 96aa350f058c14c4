// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/isa.hpp"
#include "attnwalk/generators/regular.hpp"
#include "attnwalk/solvers/chebyshev_block.hpp"
#include "attnwalk/solvers/random_start.hpp"
#include "attnwalk/spectral/expander.hpp"

#include "catch.hpp"
#include "spectral/graphs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace attnwalk;
using namespace attnwalk::solvers;
using namespace attnwalk::spectral;

namespace {

double largest_modulus(const std::vector<double>& spectrum) {
  return std::max(std::abs(spectrum[1]), std::abs(spectrum.back()));
}

double norm(const std::vector<double>& x) {
  double sum = 0;
  for (const double value : x)
    sum += value * value;
  return std::sqrt(sum);
}

/// ||T_j(N / edge) X||_F for j = 0 .. k by the definition, column by column.
std::vector<double> slow_norms(const pattern::Pattern& P, double edge, Key key, Index k) {
  const Index n = P.rows();
  std::vector<double> squares(static_cast<std::size_t>(k) + 1);
  std::vector<RandomStream> draws;
  for (Index i = 0; i < n; ++i)
    draws.emplace_back(key, static_cast<std::uint64_t>(i));
  for (Index column = 0; column < block_width; ++column) {
    std::vector<double> before(static_cast<std::size_t>(n)), now, after;
    double mean = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      before[i] = draws[i].unit() - .5;
      mean += before[i] / static_cast<double>(n);
    }
    for (double& value : before)
      value -= mean;
    const auto walked = [&](const std::vector<double>& x) {
      std::vector<double> y(x.size());
      for (Index i = 0; i < n; ++i)
        for (const Index j : P.row(i))
          y[static_cast<std::size_t>(i)] +=
              x[static_cast<std::size_t>(j)] / (edge * static_cast<double>(P.degree(i)));
      return y;
    };
    now = walked(before);
    squares[0] += norm(before) * norm(before);
    for (std::size_t j = 1; j < squares.size(); ++j) {
      squares[j] += norm(now) * norm(now);
      after = walked(now);
      for (std::size_t i = 0; i < after.size(); ++i)
        after[i] = 2 * after[i] - before[i];
      before = std::move(now);
      now = std::move(after);
    }
  }
  for (double& square : squares)
    square = std::sqrt(square);
  return squares;
}

} // namespace

TEST_CASE("smallest_block_component: a block has less with the probability asked for",
          "[solvers][chebyshev_block]") {
  // Along (1, 1) / sqrt(2) the density of a cube's projection is sqrt(2) at 0, the most there is;
  // it falls from there, so that a quarter of the failures may be missing. 5 standard deviations.
  const int trials = 100000;
  for (const double failure : {.05, .002}) {
    const double t = smallest_block_component(failure);
    RandomStream draw({3, 8});
    double less = 0;
    for (int trial = 0; trial < trials; ++trial) {
      double square = 0;
      for (Index u = 0; u < block_width; ++u) {
        const double component = (draw.unit() + draw.unit() - 1) / std::sqrt(2.0);
        square += component * component;
      }
      less += square < t * t ? 1 : 0;
    }
    const double deviation = 5 * std::sqrt(failure * trials);
    CHECK(less < failure * trials + deviation);
    CHECK(less > .15 * failure * trials - deviation);
  }
}

TEST_CASE("ChebyshevBlock: its norms are those of Chebyshev polynomials of the walk",
          "[solvers][chebyshev_block]") {
  const auto P =
      GENERATE(pattern::Pattern(support::petersen()), pattern::regular(41, 6, {.key = {1, 1}}),
               pattern::regular(300, 8, {.key = {1, 2}}));
  const double edge = .6;
  ChebyshevBlock block(P, {.edge = edge, .key = {4, 4}});
  // Up to where the constant vector has grown from rounding in the slow twin, which leaves it in.
  const auto wanted = slow_norms(P, edge, {4, 4}, 12);
  CHECK(block.start() == Approx(wanted[0]).epsilon(1e-13));
  for (Index k = 1; k <= 12; ++k) {
    block.step();
    CHECK(block.degree() == k);
    CHECK(block.norm() == Approx(wanted[static_cast<std::size_t>(k)]).epsilon(1e-10));
  }
  CHECK(block.quotient() <= largest_modulus(support::walk_spectrum(P.view())) * (1 + 1e-12));
}

TEST_CASE("ChebyshevBlock: excludes what its norm and the component allow, and no more",
          "[solvers][chebyshev_block]") {
  const auto P = pattern::regular(200, 8, {.key = {2, 1}});
  ChebyshevBlock block(P, {.edge = .6, .key = {4, 5}});
  for (int k = 0; k < 20; ++k)
    block.step();
  // Without rounding y is excluded if T_20(y) t >= norm; rounding and margin take 1e-5 of that.
  for (const double t : {1e-2, 1e-4, 1e-6}) {
    const double y = std::cosh(std::acosh(block.norm() / t) / 20);
    CHECK(block.excludes(y * (1 + 1e-5), t));
    CHECK_FALSE(block.excludes(y * (1 - 1e-9), t));
  }
  // A component of the size of rounding excludes nothing, however far.
  CHECK_FALSE(block.excludes(1e6, 1e-16));
  // Nor does a norm that overflowed: T_k(1 / edge) on a graph of two parts.
  const pattern::Pattern two_parts(support::beside(support::complete(5), support::complete(5)));
  ChebyshevBlock apart(two_parts, {.edge = 1e-10});
  for (int k = 0; k < 40; ++k)
    apart.step();
  CHECK_FALSE(apart.excludes(1e12, 1));
}

TEST_CASE("expander_bound: holds the whole spectrum for 200 seeds, at failure .05",
          "[solvers][chebyshev_block]") {
  // At failure 1/20 and 200 seeds, more than 25 misses have probability below 1e-4.
  const auto P = pattern::regular(40, 6, {.key = {5, 3}});
  const double truth = largest_modulus(support::walk_spectrum(P.view()));
  int misses = 0;
  int accepted = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto bound = expander_bound(P, {.failure = .05, .key = {seed, 0}});
    misses += truth > bound.lambda_hi ? 1 : 0;
    accepted +=
        expander_bound(P, {.target = .999 * truth, .failure = .05, .key = {seed, 0}}).met ? 1 : 0;
    CHECK(bound.lambda_lo <= truth * (1 + 1e-12));
  }
  CHECK(misses <= 25);
  CHECK(accepted <= 25);
}

TEST_CASE("ChebyshevBlock: gives the same bits for every thread count and instruction set",
          "[solvers][chebyshev_block]") {
  const auto P = pattern::regular(9001, 8, {.key = {6, 1}});
  const auto norms = [&](int threads) {
    ChebyshevBlock block(P, {.edge = .6, .key = {3, 0}, .threads = threads});
    std::vector<double> found;
    for (int k = 0; k < 10; ++k) {
      block.step();
      found.push_back(block.norm());
      found.push_back(block.quotient());
    }
    return found;
  };
  const auto one = norms(1);
  CHECK(norms(2) == one);
  CHECK(norms(3) == one);
  const Isa chosen = isa();
  for (const Isa set : {Isa::baseline, Isa::avx2, Isa::avx512})
    if (set <= best_isa()) {
      choose_isa(set);
      CHECK(norms(2) == one);
    }
  choose_isa(chosen);
}

TEST_CASE("ChebyshevBlock: excludes nothing that the rounding of its steps could hide",
          "[solvers][random_start]") {
  // Uniform attention takes everything but the mean to 0: what is left after a step is rounding, of
  // about eps ||X||, and says nothing of a component that is not much larger.
  const pattern::Pattern P = [] {
    Csr<double> full;
    full.rows = full.cols = 64;
    for (Index i = 0; i < 64; ++i) {
      for (Index j = 0; j < 64; ++j)
        full.columns.push_back(j);
      full.offsets.push_back(64 * (i + 1));
    }
    return pattern::Pattern(std::move(full));
  }();
  ChebyshevBlock block(P, {.edge = .5, .key = {5, 0}});
  block.step();
  const double eps = std::numeric_limits<double>::epsilon();
  CHECK(block.norm() < 8 * eps * block.start());
  CHECK_FALSE(block.excludes(1.5, 100 * eps * block.start()));
  CHECK(block.excludes(1.5, 1000 * eps * block.start()));
}
