// SPDX-License-Identifier: Apache-2.0
// What goes wrong in undirected spectra with off-the-shelf solvers (docs/spectral.md), once each.
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/regular.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/solvers/extremes.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/reversible.hpp"
#include "attnwalk/spectral/undirected.hpp"

#include "catch.hpp"
#include "chains.hpp"
#include "graphs.hpp"

#include <cmath>
#include <numbers>

using namespace attnwalk;
using namespace attnwalk::solvers;
using namespace attnwalk::spectral;

namespace {

constexpr Index iterative = 0; ///< dense_below that forces Lanczos (n > 48)
constexpr double pi = std::numbers::pi;

/// Gap of the ring band with loops: 1 - D_w(2 pi/n)/(2w+1) as a sum of squared sines, no
/// cancellation.
double ring_gap(Index n, Index w) {
  double sum = 0;
  for (Index j = 1; j <= w; ++j)
    sum += std::pow(std::sin(pi * static_cast<double>(j) / static_cast<double>(n)), 2);
  return 4 * sum / static_cast<double>(2 * w + 1);
}

/// Gap of the band |i - j| <= w on a line by inverse iteration in long double on D - W, grounded at
/// vertex 0, with a banded Cholesky factor: no Krylov space, no shift and no library code. Each of
/// 24 steps divides the error by about 4, and the quotient's error is its square.
double line_gap(Index size, Index width) {
  const auto n = static_cast<std::size_t>(size), w = static_cast<std::size_t>(width);
  using Real = long double;
  const auto degree = [&](std::size_t i) {
    return static_cast<Real>(std::min(i, w) + std::min(n - 1 - i, w) + 1);
  };
  std::vector<Real> factor(n * (w + 1)); // entry (i, i - k) at i (w+1) + k, rows from 1
  const auto at = [&](std::size_t i, std::size_t k) -> Real& { return factor[i * (w + 1) + k]; };
  for (std::size_t i = 1; i < n; ++i)
    for (std::size_t k = std::min(w, i - 1) + 1; k-- > 0;) {
      Real sum = k == 0 ? degree(i) - 1 : -1;
      for (std::size_t m = k + 1; m <= std::min(w, i - 1); ++m)
        sum -= at(i, m) * (m - k <= w ? at(i - k, m - k) : 0);
      at(i, k) = k == 0 ? std::sqrt(sum) : sum / at(i - k, 0);
    }
  std::vector<Real> f(n);
  Real gap = 0;
  for (std::size_t i = 0; i < n; ++i)
    f[i] = static_cast<Real>(i);
  for (int step = 0; step < 24; ++step) {
    Real mean = 0, volume = 0, norm = 0, energy = 0;
    for (std::size_t i = 0; i < n; ++i) {
      mean += degree(i) * f[i];
      volume += degree(i);
    }
    for (std::size_t i = 0; i < n; ++i) {
      f[i] -= mean / volume;
      norm += degree(i) * f[i] * f[i];
    }
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j <= std::min(n - 1, i + w); ++j)
        energy += (f[i] - f[j]) * (f[i] - f[j]);
    gap = energy / norm;
    for (std::size_t i = 0; i < n; ++i)
      f[i] *= degree(i) / std::sqrt(norm);
    f[0] = 0;
    for (std::size_t i = 1; i < n; ++i) {
      for (std::size_t k = 1; k <= std::min(w, i - 1); ++k)
        f[i] -= at(i, k) * f[i - k];
      f[i] /= at(i, 0);
    }
    for (std::size_t i = n - 1; i > 0; --i) {
      f[i] /= at(i, 0);
      for (std::size_t k = 1; k <= std::min(w, i - 1); ++k)
        f[i - k] -= at(i, k) * f[i];
    }
  }
  return static_cast<double>(gap);
}

LinearMap map_of(const ReversibleWalk& walk) {
  return {walk.size(), [&walk](const double* x, double* y) { walk.apply(x, y); }};
}

Extremes extremes_of(const ReversibleWalk& walk, const ExtremesOptions& how = {}) {
  return extremes(
      map_of(walk), [&walk](double* x) { walk.project(x); }, how);
}

} // namespace

TEST_CASE("extremes: zero and low-rank operators give their eigenvalues (pitfall 1)",
          "[spectral][undirected][pitfall]") {
  const Index n = GENERATE(as<Index>{}, 2, 3, 49, 300);
  const auto W = support::uniform(n);
  const ReversibleWalk walk(W.view(), 1);
  const Extremes ends = extremes_of(walk);
  CHECK(std::abs(ends.top.value) < 1e-14);
  CHECK(std::abs(ends.bottom.value) < 1e-14);
  CHECK(ends.top.converged);
  CHECK(ends.bottom.converged);
  // Nothing known is taken out and nothing is left: the operator 0.
  const LinearMap zero(n, [n](const double*, double* y) { std::fill(y, y + n, 0.0); });
  const Extremes none = extremes(zero, [](double*) {}, {});
  CHECK(std::abs(none.top.value) < 1e-14);
  CHECK(std::abs(none.bottom.value) < 1e-14);
}

TEST_CASE("gap: uniform attention and other low ranks do not throw (pitfall 1)",
          "[spectral][undirected][pitfall]") {
  for (const auto& [graph, second, last] :
       {std::tuple{support::uniform(300), 0.0, 0.0},
        std::tuple{support::complete_bipartite(100, 200), 0.0, -1.0},
        std::tuple{support::block_model(3, 100, .5, .2), 1.0 / 3, 0.0},
        std::tuple{support::star(299, false), 0.0, -1.0}}) {
    const GapReport r = gap(graph.view(), {.kind = Kind::undirected, .dense_below = iterative});
    CHECK(*r.at("lambda_2").value == Approx(second).margin(1e-12));
    CHECK(*r.at("lambda_n").value == Approx(last).margin(1e-12));
    CHECK(*r.at("lambda_2").lo <= second + 1e-12);
    CHECK(*r.at("lambda_2").hi >= second - 1e-12);
  }
}

TEST_CASE("gap: pairs of equal eigenvalues are reported as pairs (pitfall 2)",
          "[spectral][undirected][pitfall]") {
  for (const Index below : {Index{2048}, iterative}) {
    const GapReport odd = gap(support::cycle(101).view(), {.dense_below = below});
    CHECK(odd.multiplicity_at_least == 2);
    CHECK(*odd.at("lambda_2").value == Approx(.9980655971335943).epsilon(1e-12));
  }
  CHECK(gap(pattern::ring(4096, 8).view()).multiplicity_at_least == 2);
  // An expander, whose factors fill: pairs are found by taking out one vector and starting again.
  const Index n = 6007; // a factor of 2053 vertices would still be cheap
  std::vector<std::pair<Index, Index>> edges;
  for (Index i = 0; i < n; ++i)
    for (const Index jump : {1, 9, 45, 203, 811})
      edges.emplace_back(i, (i + jump) % n);
  CHECK(gap(support::symmetric(n, edges).view()).multiplicity_at_least == 2);
}

TEST_CASE("gap: small gaps keep their digits (pitfall 3)", "[spectral][undirected][pitfall]") {
  const double truth = ring_gap(4096, 8);
  // spectral.md prints 2.82369265981464e-05, a difference from 1: its last digits are rounding.
  CHECK(truth == Approx(2.8236926598350812e-05).epsilon(1e-14));
  const GapReport r = gap(pattern::ring(4096, 8).view());
  const Gap& second = r.at("lambda_2");
  CHECK(*second.gap == Approx(truth).epsilon(1e-6));
  CHECK(*second.gap == Approx(truth).epsilon(1e-10)); // and far better
  CHECK(second.status == Status::certified);
  CHECK(*second.gap_lo <= truth);
  CHECK(*second.gap_hi >= truth * (1 - 1e-12));
  CHECK(*second.gap_lo >= truth * (1 - 1e-5));
  CHECK(second.residual <= .1 * *second.gap);
  // However loose the tolerance, a number is not called good while its residual exceeds the gap.
  const Gap loose = gap(pattern::ring(4096, 8).view(), {.tolerance = .1}).at("lambda_2");
  CHECK(*loose.gap == Approx(truth).epsilon(.01));
  CHECK(*loose.gap_lo <= truth);
  CHECK(*loose.gap_hi >= truth * (1 - 1e-12));
}

TEST_CASE("gap: a window over 65536 tokens, by an independent solver (pitfalls 3 and 4)",
          "[spectral][undirected][pitfall]") {
  CHECK(line_gap(200, 3) == Approx(5.019745856968e-4).epsilon(1e-12)); // the solver itself
  const double truth = line_gap(65536, 8);
  CHECK(truth == Approx(2.7579e-8).margin(5e-13));
  CHECK(truth == Approx(pi * pi / 6 * 72 / std::pow(65536.0, 2)).epsilon(5e-4));
  const pattern::Pattern W = pattern::window(65536, 8);
  const auto structure = pattern::structure(W.view(), {.hops = 1, .sources = 1});
  const GapReport r = gap_undirected(W.view(), structure);
  const Gap& second = r.at("lambda_2");
  CHECK(*second.gap == Approx(truth).epsilon(1e-6));
  CHECK(second.status == Status::certified);
  CHECK(*second.gap_lo <= truth);
  CHECK(*second.gap_hi >= truth * (1 - 1e-9));
  CHECK(*second.gap_lo >= truth * (1 - 1e-3));
  CHECK(r.multiplicity_at_least == 1);
}

TEST_CASE("gap: what Lanczos alone cannot reach says so (pitfall 3)",
          "[spectral][undirected][pitfall]") {
  const auto W = support::ring_band(4096, 8, true);
  const ReversibleWalk walk(W.view(), 1);
  const Extremes few = extremes_of(walk, {.max_products = 100});
  CHECK_FALSE(few.top.converged);
  CHECK(walk.gap(few.top.vector) > ring_gap(4096, 8)); // every vector is an upper end
}

TEST_CASE("extremes: a band of gap 3e-5 costs some hundred products (pitfall 4)",
          "[spectral][undirected][pitfall]") {
  // Spectra alone needs 2806 products with 10 vectors. The filter costs products, not vectors, and
  // the other end of the spectrum comes along.
  const auto W = support::ring_band(4096, 8, true);
  const ReversibleWalk walk(W.view(), 1);
  const Extremes top = extremes_of(walk, {.bottom = false, .tolerance = 1e-6});
  CHECK(top.top.converged);
  CHECK(walk.gap(top.top.vector) == Approx(ring_gap(4096, 8)).epsilon(1e-8));
  CHECK(top.products <= 2806);
  // The smallest sizes that Krylov spaces of 40 vectors have room in, and smaller ones.
  for (const Index n : {3, 5, 40, 41, 42, 49}) {
    const auto ring = support::ring_band(n, 1, true);
    const ReversibleWalk small(ring.view(), 1);
    CHECK(small.gap(extremes_of(small).top.vector) == Approx(ring_gap(n, 1)).epsilon(1e-9));
  }
}

TEST_CASE("gap: one seed gives one set of bits, other seeds the same value (pitfall 5)",
          "[spectral][undirected][pitfall]") {
  const auto P = pattern::regular(1000, 6, {.key = {1, 0}});
  const auto at = [&](std::uint64_t seed, int threads) {
    return gap(P.view(), {.dense_below = iterative, .key = {seed, 0}, .threads = threads})
        .at("lambda_2");
  };
  const Gap first = at(1, 1), again = at(1, 1), two = at(1, 2), other = at(2, 1);
  CHECK(*first.value == *again.value);
  CHECK(*first.lo == *again.lo);
  CHECK(*first.hi == *again.hi);
  CHECK(*first.value == *two.value);
  CHECK(*first.lo == *two.lo);
  CHECK(*first.hi == *two.hi);
  CHECK(first.residual == again.residual);
  CHECK(*first.value == Approx(*other.value).epsilon(1e-12));
  // The start is drawn: different seeds take different paths, down to the last bits.
  CHECK(first.residual != other.residual);
  // Not the fixed start of the solver either: on a graph where all-ones tells nothing.
  const auto W = support::ring_band(500, 2, true);
  const ReversibleWalk walk(W.view(), 1);
  const auto a = extremes_of(walk, {.key = {1, 0}}).top.vector;
  const auto b = extremes_of(walk, {.key = {2, 0}}).top.vector;
  CHECK(a != b); // two vectors of a plane
}

TEST_CASE("gap: weights rounded to float32 are normalized again (pitfall 7)",
          "[spectral][undirected][pitfall]") {
  // Attention of a ring band in float32: rows sum to 1 + 3e-8, which is .2 % of the gap.
  const Index n = 1000, w = 1;
  const double truth = ring_gap(n, w);
  auto A = support::ring_band(n, w, true);
  for (double& value : A.values)
    value = static_cast<double>(static_cast<float>(1.0 / 3));
  double row = 0;
  for (Index e = 0; e < 3; ++e)
    row += A.values[static_cast<std::size_t>(e)];
  CHECK(std::abs(row - 1) > 1e-8);
  CHECK(std::abs(row - 1) / truth > 1e-3); // what it would do to 1 - lambda_2
  for (const Index below : {Index{2048}, iterative})
    CHECK(*gap(A.view(), {.dense_below = below}).at("lambda_2").gap == Approx(truth).epsilon(1e-9));
}

TEST_CASE("gap: a negative lambda_2 is not hidden by what was taken out (pitfall 8)",
          "[spectral][undirected][pitfall]") {
  for (const Index n : {8, 64, 300}) {
    const double truth = -1 / static_cast<double>(n - 1);
    for (const Index below : {Index{2048}, iterative}) {
      const GapReport r = gap(support::complete(n).view(), {.dense_below = below});
      CHECK(*r.at("lambda_2").value == Approx(truth).epsilon(1e-10));
      CHECK(*r.at("lambda_2").gap == Approx(1 - truth).epsilon(1e-10));
      CHECK(*r.at("lambda_n").value == Approx(truth).epsilon(1e-10));
      CHECK(*r.at("slem").value == Approx(-truth).epsilon(1e-10));
    }
  }
}

TEST_CASE("gap: the indicators of all components are known (pitfall 8)",
          "[spectral][undirected][pitfall]") {
  const auto two = support::beside(support::complete(30), support::complete(40));
  const auto three = support::beside(two, support::ring_band(64, 3, true));
  for (const Index below : {Index{2048}, iterative}) {
    const GapReport r = gap(three.view(), {.dense_below = below});
    CHECK(r.structure.components == 3);
    CHECK(r.multiplicity_at_least == 3);
    CHECK(*r.at("lambda_2").value == 1);
    CHECK(*r.at("lambda_2").gap == 0);
    CHECK(*r.at("lambda_2").lo == 1);
    CHECK(*r.at("lambda_n").value == Approx(-.2326272538316628).epsilon(1e-9));
    CHECK(*r.at("slem").value == 1);
  }
  // One of them bipartite: -1 is exact, too.
  const auto even = support::beside(support::cycle(30), support::complete(40));
  for (const Index below : {Index{2048}, iterative})
    CHECK(*gap(even.view(), {.dense_below = below}).at("lambda_n").value == -1);
}

TEST_CASE("gap: no difference of near-equal numbers in gaps next to 0 and values next to 0",
          "[spectral][undirected][pitfall]") {
  // sigma_2 of a walk close to uniform: squaring (pitfall 9) would leave half the digits. Two
  // blocks, p and q equal up to delta: lambda_2 = delta / (2 + delta).
  for (const double delta : {1e-3, 1e-6, 1e-9}) {
    const auto W = support::block_model(2, 40, 1 + delta, 1);
    for (const Index below : {Index{2048}, iterative}) {
      const GapReport r = gap(W.view(), {.kind = Kind::undirected, .dense_below = below});
      // Rounding of the weights themselves: eps / delta, relative.
      const double truth = delta / (2 + delta);
      CHECK(*r.at("lambda_2").value == Approx(truth).margin(1e-15));
      CHECK(*r.at("sigma_2").value == Approx(truth).margin(1e-15));
    }
  }
  // And the other end: two blocks that hardly touch, lambda_2 = (1 - q)/(1 + q).
  for (const double q : {1e-4, 1e-8, 1e-12}) {
    const auto W = support::block_model(2, 40, 1, q);
    for (const Index below : {Index{2048}, iterative}) {
      const Gap second =
          gap(W.view(), {.kind = Kind::undirected, .dense_below = below}).at("lambda_2");
      CHECK(*second.gap == Approx(2 * q / (1 + q)).epsilon(1e-9));
      CHECK(*second.gap_lo <= 2 * q / (1 + q));
      CHECK(*second.gap_hi >= 2 * q / (1 + q) * (1 - 1e-9));
    }
  }
}
