// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/solvers/krylov.hpp"
#include "attnwalk/solvers/random_start.hpp"
#include "attnwalk/solvers/ritz_pairs.hpp"
#include "attnwalk/solvers/tridiagonal.hpp"
#include "attnwalk/spectral/reversible.hpp"

#include "catch.hpp"
#include "spectral/graphs.hpp"
#include "support/dense_spectra.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

using namespace attnwalk;
using namespace attnwalk::solvers;
using namespace attnwalk::spectral;

namespace {

constexpr double eps = 2.3e-16;

struct Walk {
  explicit Walk(Csr<double> graph) : weights(std::move(graph)), walk(weights.view(), 1) {}
  [[nodiscard]] LinearMap map() const {
    return {walk.size(), [this](const double* x, double* y) { walk.apply(x, y); }};
  }
  [[nodiscard]] Krylov from(std::vector<double> start, bool orthogonal = false) const {
    return {map(),
            [this](double* x) { walk.project(x); },
            std::move(start),
            {.orthogonal = orthogonal}};
  }
  [[nodiscard]] std::vector<double> random(std::uint64_t seed) const {
    std::vector<double> x(static_cast<std::size_t>(walk.size()));
    RandomStream draws({seed, 0});
    for (double& value : x)
      value = draws.normal();
    REQUIRE(walk.normalize(x));
    return x;
  }
  Csr<double> weights;
  ReversibleWalk walk;
};

double dot(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    sum += x[i] * y[i];
  return sum;
}

std::vector<double> unit(Index k, Index j) {
  std::vector<double> e(static_cast<std::size_t>(k), 0.0);
  e[static_cast<std::size_t>(j)] = 1;
  return e;
}

std::vector<double> negative(std::vector<double> x) {
  for (double& value : x)
    value = -value;
  return x;
}

double rounding(Index k) {
  return 32 * eps * std::sqrt(static_cast<double>(k));
}

} // namespace

TEST_CASE("Krylov: N V = V T + b_k v_{k+1} e_k', orthonormal where that is asked for",
          "[solvers][krylov]") {
  const Walk w(support::random_weights(60, .2, 3));
  for (const bool orthogonal : {false, true}) {
    Krylov space = w.from(w.random(1), orthogonal);
    const Index k = 12;
    while (space.steps() < k)
      space.step();
    std::vector<std::vector<double>> v;
    for (Index j = 0; j < k; ++j)
      v.push_back(space.vector(unit(k, j)));
    for (std::size_t j = 0; j < v.size(); ++j) {
      CHECK(std::abs(dot(v[j], {w.walk.top().begin(), w.walk.top().end()})) < 1e-14);
      for (std::size_t i = 0; i <= j; ++i)
        CHECK(std::abs(dot(v[i], v[j]) - (i == j)) < (orthogonal ? 1e-14 : 1e-8));
      std::vector<double> rest(v[j].size());
      w.walk.apply(v[j].data(), rest.data());
      const auto less = [&](double a, const std::vector<double>& x) {
        for (std::size_t i = 0; i < rest.size(); ++i)
          rest[i] -= a * x[i];
      };
      less(space.main()[j], v[j]);
      if (j > 0)
        less(space.off()[j - 1], v[j - 1]);
      CHECK(std::sqrt(dot(rest, rest)) == Approx(space.off()[j]).epsilon(1e-12));
      if (j + 1 < v.size()) {
        less(space.off()[j], v[j + 1]);
        CHECK(std::sqrt(dot(rest, rest)) < 32 * eps);
      }
    }
    CHECK(space.next() == space.off().back());
  }
}

TEST_CASE("tridiagonal_value: bisection finds what QL finds, and copies of it",
          "[solvers][tridiagonal]") {
  RandomStream draws({8, 8});
  for (const std::size_t n : {1, 2, 5, 40}) {
    std::vector<double> main(n);
    std::vector<double> off(n); // one more than is read
    for (std::size_t i = 0; i < n; ++i) {
      main[i] = draws.normal();
      off[i] = i % 7 == 3 ? 0 : draws.normal(); // T splits
    }
    const std::vector<double> values = tridiagonal_values(main, off);
    for (std::size_t k = 0; k < n; ++k) // both within some eps of ||T|| < 8
      CHECK(tridiagonal_value(main, off, static_cast<Index>(k)) ==
            Approx(values[k]).margin(64 * eps));
  }
  const std::vector<double> zeros(6);
  CHECK(tridiagonal_value(zeros, zeros, 3) == 0);
  const std::vector<double> same(6, 2.0);
  CHECK(tridiagonal_value(same, zeros, 0) == 2);
  CHECK(tridiagonal_value(same, zeros, 5) == 2);
}

TEST_CASE("lehmann_below: never below the top eigenvalue, and closer than Temple's inequality",
          "[solvers][krylov]") {
  double narrowest = 1;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const Walk w(support::random_weights(60, .3, seed));
    const CsrView<double> W = w.weights.view();
    Eigen::MatrixXd N = Eigen::MatrixXd::Zero(W.rows, W.rows);
    for (Index i = 0; i < W.rows; ++i)
      for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e)
        N(i, W.columns[e]) =
            W.value(e) / std::sqrt(w.walk.degree()[static_cast<std::size_t>(i)] *
                                   w.walk.degree()[static_cast<std::size_t>(W.columns[e])]);
    const Eigen::VectorXd l = support::symmetric_eigenvalues(N);
    const double second = l[W.rows - 2];
    const double third = l[W.rows - 3];
    Krylov space = w.from(w.random(seed), true);
    while (space.steps() < 30) {
      space.step();
      const auto values = tridiagonal_values(space.main(), space.off());
      const double value = values.back();
      const double rho = (value + third) / 2;
      if (value < third || (values.size() > 1 && values[values.size() - 2] > rho))
        continue;
      const auto y = tridiagonal_vector(space.main(), space.off(), value);
      const double residual = space.next() * std::abs(y.back());
      const double temple = residual * residual / (value - rho);
      const auto below = [&](double above) {
        return lehmann_below(space.main(), space.off(), rho, above);
      };
      CAPTURE(seed, space.steps(), value, second, temple);
      CHECK_FALSE(below(second - 64 * eps));
      CHECK(below(value + temple * (1 + 1e-9) + 64 * eps));
      for (double part = 1; part > 1e-3 && temple > 1e-10 && below(value + part * temple);
           part /= 2)
        narrowest = std::min(narrowest, part);
    }
  }
  CHECK(narrowest < .3); // Temple's is not all that it says
}

TEST_CASE(
    "krylov_bound: never below an eigenvalue whose share of the start is known, however small",
    "[solvers][krylov]") {
  // On a path of n vertices both ends are simple: cos(pi/(n-1)) with f_i = cos(pi i/(n-1)), and -1
  // with f_i = (-1)^i. The start has the component c along one of them, and 300 steps go far beyond
  // where rounding has brought that eigenvector back.
  const Index n = 60;
  const Walk w(support::path(n));
  const double angle = std::numbers::pi / static_cast<double>(n - 1);
  for (const int end : {1, -1}) {
    const double truth = end > 0 ? std::cos(angle) : 1.0; // of N, of -N
    std::vector<double> u(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < u.size(); ++i)
      u[i] = std::sqrt(w.walk.degree()[i]) *
             (end > 0 ? std::cos(angle * static_cast<double>(i)) : (i % 2 == 0 ? 1.0 : -1.0));
    REQUIRE(w.walk.normalize(u));
    for (const double c : {.3, 1e-3, 1e-6, 1e-9, 1e-12}) {
      std::vector<double> start = w.random(7);
      for (int pass = 0; pass < 2; ++pass) {
        const double share = dot(start, u);
        for (std::size_t i = 0; i < u.size(); ++i)
          start[i] -= share * u[i];
      }
      REQUIRE(w.walk.normalize(start));
      for (std::size_t i = 0; i < u.size(); ++i)
        start[i] = std::sqrt(1 - c * c) * start[i] + c * u[i];
      Krylov space = w.from(start);
      double least = 2;
      while (space.steps() < 300) {
        space.step();
        const std::vector<double>& main = space.main();
        // A hair below c: the start is rounded, too.
        const double bound = krylov_bound(end > 0 ? main : negative(main), space.off(),
                                          c * (1 - 1e-6) - eps, rounding(space.steps()), 2);
        least = std::min(least, bound);
        if (bound < truth - 1e-15)
          FAIL_CHECK("end " << end << ", c = " << c << ", step " << space.steps() << ": " << bound);
      }
      // And sharp once the eigenvector has been found, unless rounding hides it.
      CHECK(least - truth < (c >= 1e-9 ? 1e-9 : 1e-2));
    }
  }
}

TEST_CASE("smallest_component: a random direction has less with the probability asked for",
          "[solvers][krylov]") {
  // P(|c_1| < t) <= t sqrt(2n/pi), and little below it for small t: 20000 directions each, 5 sigma
  // of the count (sqrt(20000 .05 .95) = 31).
  const int draws = 20000;
  const double failure = .05;
  for (const Index n : {3, 10, 100, 400}) {
    int less = 0;
    for (int draw = 0; draw < draws; ++draw) {
      RandomStream numbers({13, static_cast<std::uint64_t>(n)}, static_cast<std::uint64_t>(draw));
      const double first = numbers.normal();
      double square = first * first;
      for (Index i = 1; i < n; ++i) {
        const double other = numbers.normal();
        square += other * other;
      }
      less += std::abs(first) < smallest_component(n, failure) * std::sqrt(square) ? 1 : 0;
    }
    INFO("n " << n);
    CHECK(less <= failure * draws + 5 * 31);
    CHECK(less >= .8 * failure * draws - 5 * 31);
  }
}

TEST_CASE("krylov_bound: holds both ends for 200 seeds, at failure .05", "[solvers][krylov]") {
  // At failure 1/20 and 200 seeds, more than 25 misses have probability below 1e-4.
  const Walk w(support::random_weights(40, .2, 5));
  const auto spectrum = support::walk_spectrum(w.weights.view());
  const double component = smallest_component(40, .025);
  int misses = 0;
  double width = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Krylov space = w.from(w.random(seed));
    while (space.steps() < 12)
      space.step();
    const double hi = krylov_bound(space.main(), space.off(), component, rounding(12), 1);
    const double lo =
        -krylov_bound(negative(space.main()), space.off(), component, rounding(12), 1);
    misses += spectrum[1] > hi || spectrum.back() < lo;
    width += (hi - lo) / 200;
  }
  CHECK(misses <= 25);
  CHECK(width < 1.5 * (spectrum[1] - spectrum.back()));
}

TEST_CASE("krylov_bound: says nothing beyond what cannot be anyway", "[solvers][krylov]") {
  const std::vector<double> main{.1, .2};
  const std::vector<double> off{.3, .4};
  CHECK(krylov_bound(main, off, 1e-12, 0, 1) == 1);
  // One step: |c| <= b / (l - a).
  const std::vector<double> one{.25};
  const std::vector<double> rest{.01};
  CHECK(krylov_bound(one, rest, .1, 0, 1) == Approx(.35).epsilon(1e-12));
  // An exact subspace: whatever the start has a share in is in it.
  const std::vector<double> none{0};
  CHECK(krylov_bound(one, none, .1, 0, 1) == Approx(.25).epsilon(1e-12));
}

TEST_CASE(
    "extremal_ritz_pairs: values and both bounds against whole spectra, without any factorization",
    "[solvers][krylov][undirected]") {
  for (const auto& [name, graph] : support::sixteen()) {
    const Walk w(graph);
    const auto spectrum = support::walk_spectrum(w.weights.view());
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      INFO(name << ", seed " << seed);
      const RitzPairs ends =
          extremal_ritz_pairs(w.map(), [&w](double* x) { w.walk.project(x); }, {.key = {seed, 0}});
      // A residual r errs by r^2 over the distance to the next eigenvalue; the tolerance is 1e-10.
      CHECK(std::abs(ends.top.value - spectrum[1]) < 2e-10);
      CHECK(std::abs(ends.bottom.value - spectrum.back()) < 2e-10);
      CHECK(ends.hi >= spectrum[1] - 1e-13);
      CHECK(ends.lo <= spectrum.back() + 1e-13);
      CHECK(ends.hi >= ends.top.value - 1e-13);
      CHECK(ends.lo <= ends.bottom.value + 1e-13);
      CHECK(ends.top.converged);
      CHECK(ends.bottom.converged);
    }
  }
}

TEST_CASE("extremal_ritz_pairs: half of the failure probability for each end",
          "[solvers][krylov]") {
  // The same recurrence from the same start, before anything has converged.
  const Walk w(support::random_weights(150, .1, 5));
  const Projector project = [&w](double* x) { w.walk.project(x); };
  const double failure = GENERATE(1e-2, 1e-6);
  const RitzPairs ends = extremal_ritz_pairs(
      w.map(), project, {.max_products = 16, .failure = failure, .key = {4, 0}});
  std::vector<double> start = gaussian_vector(150, {4, 0});
  REQUIRE(normalize(start, project, 1));
  Krylov space = w.from(start);
  while (space.steps() < ends.steps)
    space.step();
  const double component = smallest_component(150, failure / 2);
  const double loss = rounding(ends.steps) * std::numeric_limits<double>::epsilon() / eps;
  CHECK(ends.hi ==
        Approx(krylov_bound(space.main(), space.off(), component, loss, 1)).epsilon(1e-12));
  CHECK(ends.lo == Approx(-krylov_bound(negative(space.main()), space.off(), component, loss, 1))
                       .epsilon(1e-12));
}

TEST_CASE("krylov_bound: the rounding of the steps counts as if it were on the worst vector",
          "[solvers][krylov]") {
  // (l - T)^-1 e_1 = 1/(l - a) for one step: b/(l - a) + rounding/(l - a) falls to the component at
  // l = a + (b + rounding)/component.
  const std::vector<double> main{.25};
  const std::vector<double> off{.01};
  CHECK(krylov_bound(main, off, .1, .02, 1) == Approx(.55).epsilon(1e-12));
}
