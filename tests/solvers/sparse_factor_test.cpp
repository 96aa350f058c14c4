// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/sparse_factor.hpp"
#include "attnwalk/spectral/density.hpp"
#include "attnwalk/spectral/extremal_pairs.hpp"
#include "attnwalk/spectral/laplacian.hpp"

#include "catch.hpp"
#include "spectral/graphs.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

using namespace attnwalk;
using namespace attnwalk::solvers;
using namespace attnwalk::spectral;

namespace {

const double unlimited = 1e12;

/// (1 - s) D -+ W for the walk of W.
std::vector<double> shifted_degrees(const ReversibleWalk& walk, double s) {
  std::vector<double> out;
  for (const double d : walk.degree())
    out.push_back(d - s * d);
  return out;
}

/// 1 / sqrt(d).
std::vector<double> scaling(const ReversibleWalk& walk) {
  std::vector<double> out;
  for (const double d : walk.degree())
    out.push_back(1 / std::sqrt(d));
  return out;
}

} // namespace

TEST_CASE("SparseFactor: negative pivots count the eigenvalues below a shift",
          "[solvers][factor]") {
  for (const auto& [name, graph] : support::sixteen()) {
    INFO(name);
    const ReversibleWalk walk(graph.view(), 1);
    const auto spectrum = support::walk_spectrum(graph.view());
    auto factor = SparseFactor::plan(graph.view(), unlimited, true);
    REQUIRE(factor);
    for (const double s : {.0137, .3771, .9123, 1.2345, 1.8761}) {
      const auto below = [&](int sign) {
        return std::count_if(spectrum.begin(), spectrum.end(),
                             [&](double l) { return 1 + sign * l < s; });
      };
      for (const int sign : {-1, 1}) {
        REQUIRE(factor->factor(shifted_degrees(walk, s), sign));
        CHECK(factor->negatives() == below(sign));
        CHECK(factor->error(scaling(walk)) > 0);
        CHECK(factor->error(scaling(walk)) < 1e-9);
      }
    }
  }
}

TEST_CASE(
    "SparseFactor: a band of 300 tokens has one negative pivot just above the pair, three below",
    "[solvers][factor]") {
  const auto graph = support::ring_band(300, 3, true);
  const ReversibleWalk walk(graph.view(), 1);
  const double angle = std::numbers::pi / 300;
  const double gap = 1 - std::sin(7 * angle) / (7 * std::sin(angle));
  auto factor = SparseFactor::plan(graph.view(), unlimited, false);
  REQUIRE(factor);
  REQUIRE(factor->factor(shifted_degrees(walk, gap * (1 - 1e-6)), -1));
  CHECK(factor->negatives() == 1);
  REQUIRE(factor->factor(shifted_degrees(walk, gap * (1 + 1e-6)), -1));
  CHECK(factor->negatives() == 3);
}

TEST_CASE("SparseFactor: global tokens come last and leave a band its band", "[solvers][factor]") {
  const auto band = support::ring_band(3000, 3, true);
  const auto mixed = support::ring_and_global(3000, 3, 2);
  const auto plain = SparseFactor::plan(band.view(), 1e7, false);
  const auto full = SparseFactor::plan(mixed.view(), 1e7, false);
  REQUIRE(plain);
  REQUIRE(full);
  CHECK(full->fill().entries <= plain->fill().entries + 2 * 3000 + 3);
}

TEST_CASE("SparseFactor: a plan beyond the work allowed is no plan", "[solvers][factor]") {
  const auto graph = support::complete(200); // 200^3 / 3 = 2.7e6
  CHECK_FALSE(SparseFactor::plan(graph.view(), 2.5e6, true));
  CHECK(SparseFactor::plan(graph.view(), 2.8e6, true));
}

TEST_CASE("LaplacianSolver: factorization and conjugate gradients agree and solve",
          "[solvers][factor]") {
  for (const auto& [name, graph] : support::sixteen()) {
    INFO(name);
    const ReversibleWalk walk(graph.view(), 1);
    const LaplacianSolver direct(walk);
    const LaplacianSolver iterative(walk, {.flops = 1});
    CHECK(std::string(direct.method()) != iterative.method());
    std::vector<double> b(static_cast<std::size_t>(walk.size()));
    RandomStream draws({11, 0});
    for (double& value : b)
      value = draws.normal();
    const auto a = direct.solve(b);
    const auto c = iterative.solve(b);
    CHECK(a.residual < 1e-11);
    CHECK(c.residual < 1e-11);
    double apart = 0;
    double size = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
      apart = std::max(apart, std::abs(a.z[i] - c.z[i]));
      size = std::max(size, std::abs(a.z[i]));
    }
    CHECK(apart <= 1e-9 * size); // residuals of 1e-12, gaps above 1e-3
  }
}

TEST_CASE("iterative_pairs: the edge of a band under global tokens is resolved, in every digit",
          "[solvers][undirected]") {
  // D_w(2 pi k/n)/(2w+1+g), spaced by 3e-5 of the gap at the edge: beyond what Lanczos tells apart.
  const Index n = 6000;
  const double w = 8;
  const double g = 1;
  const auto graph = support::ring_and_global(n, 8, 1);
  const ReversibleWalk walk(graph.view(), 1);
  const ExtremalPairs ends = iterative_pairs(walk, false, {.dense_below = 0});
  const auto kernel = [&](double angle) {
    return std::sin((w + .5) * angle) / std::sin(angle / 2);
  };
  const double pi = std::numbers::pi;
  const double second = kernel(2 * pi / static_cast<double>(n)) / (2 * w + 1 + g);
  double last = 1;
  for (Index k = 1; k < n; ++k)
    last = std::min(last, kernel(2 * pi * static_cast<double>(k) / static_cast<double>(n)) /
                              (2 * w + 1 + g));
  CHECK(ends.second.gap == Approx(1 - second).epsilon(1e-11));
  CHECK(ends.last.gap == Approx(1 + last).epsilon(1e-11));
  CHECK(ends.second.status == Status::certified);
  CHECK(ends.last.status == Status::certified);
  CHECK(ends.second.gap_lo <= 1 - second);
  CHECK(ends.second.gap_hi >= (1 - second) * (1 - 1e-12));
  CHECK(ends.second.gap_lo > .9 * ends.second.gap);
  CHECK(ends.multiplicity == 2); // k and n - k; the next pair is not counted
}

TEST_CASE(
    "factored_pairs: a search that ended on the third eigenvalue proves nothing of the second",
    "[solvers][factor]") {
  // A path: gaps 1 - cos(k angle), vectors cos(k i angle) with angle pi/(n-1), handed over as
  // settled.
  const Index n = 200;
  const auto graph = support::path(n);
  const ReversibleWalk walk(graph.view(), 1);
  const double angle = std::numbers::pi / static_cast<double>(n - 1);
  const auto found = [&](double k) {
    ExtremalPairs rough;
    for (Index i = 0; i < n; ++i)
      rough.second.vector.push_back(std::sqrt(walk.degree()[static_cast<std::size_t>(i)]) *
                                    std::cos(k * angle * static_cast<double>(i)));
    REQUIRE(walk.normalize(rough.second.vector));
    rough.second.gap = rough.second.gap_hi = walk.gap(rough.second.vector);
    REQUIRE(rough.second.gap == Approx(1 - std::cos(k * angle)).epsilon(1e-10));
    rough.second.residual = walk.residual(rough.second.vector, rough.second.gap);
    rough.second.settled = true;
    return factored_pairs(walk, rough, true, 1000, {}).second;
  };
  const double truth = 1 - std::cos(angle);
  const auto right = found(1), wrong = found(2);
  REQUIRE(right);
  CHECK(right->gap_lo > .99 * truth);
  CHECK(right->gap_lo <= truth * (1 + 1e-12));
  CHECK((!wrong || wrong->gap_lo <= truth * (1 + 1e-12)));
}

TEST_CASE("factored_pairs: gaps as small as the error of elimination are not told apart",
          "[solvers][factor]") {
  // Four cliques of random weights in a path, tied by w, and the vector handed over changes sign
  // three times along them. Its gap is several times the smallest, which a cut in the middle bounds by
  // w (1/vol + 1/vol); but the count below it is rounding: the certificate has to stay below the cut's
  // bound, or to give up.
  const Index size = 10;
  const Index n = 4 * size;
  for (int trial = 0; trial < 300; ++trial) {
    const double w = std::exp2(-30 - trial % 26);
    RandomStream draws({9, static_cast<std::uint64_t>(trial)});
    std::vector<double> weight(static_cast<std::size_t>(n * n), 0.0);
    const auto both = [&](Index i, Index j, double x) {
      weight[static_cast<std::size_t>(i * n + j)] = weight[static_cast<std::size_t>(j * n + i)] = x;
    };
    for (Index i = 0; i < n; ++i)
      for (Index j = i / size * size; j <= i; ++j)
        both(i, j, .5 + draws.unit());
    for (Index b = 1; b < 4; ++b)
      both(b * size, b * size - 1, w);
    Csr<double> W;
    W.rows = W.cols = n;
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j)
        if (const double x = weight[static_cast<std::size_t>(i * n + j)]; x > 0) {
          W.columns.push_back(j);
          W.values.push_back(x);
        }
      W.offsets.push_back(static_cast<Index>(W.columns.size()));
    }
    const ReversibleWalk walk(W.view(), 1);
    ExtremalPairs rough;
    double half = 0;
    for (Index i = 0; i < n; ++i) {
      const double degree = walk.degree()[static_cast<std::size_t>(i)];
      rough.second.vector.push_back(std::sqrt(degree) * (i / size % 2 == 0 ? 1 : -1));
      half += i < n / 2 ? degree : 0;
    }
    REQUIRE(walk.normalize(rough.second.vector));
    rough.second.gap = rough.second.gap_hi = walk.gap(rough.second.vector);
    rough.second.residual = 0; // as if it were exact
    rough.second.settled = true;
    const auto found = factored_pairs(walk, rough, true, 1000000, {.tolerance = .5}).second;
    CAPTURE(trial);
    if (found)
      CHECK(found->gap_lo <= w * (1 / half + 1 / (walk.volume() - half)) * (1 + 1e-12));
  }
}

TEST_CASE("spectral_density: of the eigenvalue 1 alone is Jackson's kernel", "[solvers][density]") {
  // N = I: every moment is 1, without noise. The kernel is not negative, and its mean is
  // cos(pi/(moments+1)), the largest that a polynomial of that degree allows.
  Csr<double> identity;
  identity.rows = identity.cols = 20;
  for (Index i = 0; i < 20; ++i) {
    identity.columns.push_back(i);
    identity.offsets.push_back(i + 1);
  }
  const ReversibleWalk walk(identity.view(), 1);
  for (const Index moments : {2, 5, 64}) {
    const Spectrum density =
        spectral_density(walk, {.moments = moments, .probes = 1, .points = 256});
    double mass = 0, mean = 0;
    for (const SpectrumPoint& p : density.points) {
      const double weight = std::numbers::pi / 256 * std::sqrt(1 - p.real * p.real);
      mass += weight * p.density;
      mean += weight * p.density * p.real;
      CHECK(p.density > -1e-9);
    }
    CHECK(mass == Approx(1).epsilon(1e-12));
    CHECK(mean ==
          Approx(std::cos(std::numbers::pi / static_cast<double>(moments + 1))).epsilon(1e-12));
  }
}

TEST_CASE("spectral_density: has mass 1 and the moments of the spectrum", "[solvers][density]") {
  const auto graph = support::torus(40, 41);
  const ReversibleWalk walk(graph.view(), 1);
  const Spectrum density = spectral_density(walk, {.moments = 64, .probes = 16, .points = 512});
  // Chebyshev-Gauss quadrature is exact for these polynomials.
  double mass = 0;
  double square = 0;
  for (const SpectrumPoint& p : density.points) {
    const double weight = std::numbers::pi / 512 * std::sqrt(1 - p.real * p.real);
    mass += weight * p.density;
    square += weight * p.density * p.real * p.real;
    CHECK(p.density > -.02); // Jackson's kernel is positive; the moments are sampled
  }
  CHECK(mass == Approx(1).epsilon(1e-12));
  // tr N^2 / n = 1/4 on a torus; 16 probes of 1640 signs: sd 2e-3, and damping takes 2e-3.
  CHECK(square == Approx(.25).margin(.012));
  CHECK_THROWS_AS(spectral_density(walk, {.moments = 0}), Error);
}
