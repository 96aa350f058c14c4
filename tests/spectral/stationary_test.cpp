// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/directed.hpp"
#include "attnwalk/spectral/stationary.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"

#include <algorithm>
#include <cmath>

using namespace attnwalk;
using namespace attnwalk::spectral;
using namespace attnwalk::test;

TEST_CASE("stationary_gth: a drift chain keeps 12 digits where pi_min is 2e-36",
          "[spectral][stationary]") {
  const Index n = 120;
  const double right = 2.0 / 3;
  const std::vector<double> pi = stationary_gth(drift(n, right).view());
  // pi_i = r^i (r - 1) / (r^n - 1) with r = right / left = 2.
  const double r = right / (1 - right);
  for (Index i = 0; i < n; ++i) {
    const double truth =
        std::exp2(static_cast<double>(i - n)) * (r - 1) / (1 - std::exp2(-static_cast<double>(n)));
    CHECK(pi[static_cast<std::size_t>(i)] == Approx(truth).epsilon(1e-12));
  }
  CHECK(pi[0] < 2e-36);
}

TEST_CASE("stationary_gth: walks that nearly stand still keep 12 digits",
          "[spectral][stationary]") {
  // Steps of 1e-9 and less beside loops of nearly 1: 1 - A_ii has six digits of them. Detailed
  // balance on a path gives pi from the stored weights, one quotient a step.
  const Index n = 40;
  const Csr<double> A = walk_of(n, [](Index i, Index j) {
    if (i == j)
      return 1.0;
    const double step = 1e-9 / static_cast<double>(1 + (7 * i + 3 * j) % 11);
    return std::abs(i - j) == 1 ? step : 0.0;
  });
  const std::vector<double> pi = stationary_gth(A.view());
  const auto weight = [&](Index i, Index j) {
    const CsrView<double> view = A.view();
    for (Index e = view.offsets[i]; e < view.offsets[i + 1]; ++e)
      if (view.columns[e] == j)
        return view.value(e);
    return 0.0;
  };
  for (Index i = 0; i + 1 < n; ++i)
    CHECK(pi[static_cast<std::size_t>(i) + 1] / pi[static_cast<std::size_t>(i)] ==
          Approx(weight(i, i + 1) / weight(i + 1, i)).epsilon(1e-12));
}

TEST_CASE("stationary_gth: random walks, residual and agreement with power iteration",
          "[spectral][stationary]") {
  const Index n = GENERATE(as<Index>{}, 1, 2, 5, 64, 300);
  const Csr<double> A = random_walk(n, 0.1, 1, {7});
  const std::vector<double> gth = stationary_gth(A.view());
  CHECK(stationary_residual(A.view(), gth) < 1e-14 * static_cast<double>(n));
  const PowerResult power = stationary_power(A.view(), {});
  CHECK(power.converged);
  for (std::size_t i = 0; i < gth.size(); ++i)
    CHECK(power.pi[i] == Approx(gth[i]).epsilon(1e-10));
}

TEST_CASE("stationary_power: converges on periodic walks", "[spectral][stationary]") {
  // Tokens of class c attend class c+1 mod d alone, and one class is larger than the others: powers
  // of the walk itself never settle.
  const Index n = 61;
  for (const Index period : {2, 3, 5}) {
    RandomStream draws({5, static_cast<std::uint64_t>(period)});
    const Csr<double> A = walk_of(n, [&](Index i, Index j) {
      return j % period == (i + 1) % period ? std::exp(draws.normal()) : 0.0;
    });
    const PowerResult power = stationary_power(A.view(), {});
    CHECK(power.converged);
    const std::vector<double> truth = stationary_gth(A.view());
    for (std::size_t i = 0; i < truth.size(); ++i)
      CHECK(power.pi[i] == Approx(truth[i]).epsilon(1e-10));
  }
}

TEST_CASE("stationary_gth: the same bits for every thread count", "[spectral][stationary]") {
  const Csr<double> A = random_walk(500, 0.05, 2, {3});
  CHECK(stationary_gth(A.view(), 1) == stationary_gth(A.view(), 3));
}

TEST_CASE("stationary: symmetric weights have pi = d / vol", "[spectral][stationary]") {
  Csr<double> W;
  W.rows = W.cols = 3;
  W.offsets = {0, 1, 4, 5};
  W.columns = {1, 0, 1, 2, 1};
  W.values = {1, 1, 2, 3, 3};
  const CsrView<double> view = W.view();
  Csr<double> A = W;
  A.values = {1, 1.0 / 6, 2.0 / 6, 3.0 / 6, 1};
  const Stationary s = stationary(A.view(), &view, {});
  CHECK(s.method == "degree");
  CHECK(s.pi[0] == Approx(0.1));
  CHECK(s.pi[1] == Approx(0.6));
  CHECK(s.pi[2] == Approx(0.3));
  CHECK(s.min == Approx(0.1));
  CHECK(s.tv_uniform == Approx(0.6 - 1.0 / 3));
}

TEST_CASE("stationary_reversible: refuses a directed cycle and a one-way edge",
          "[spectral][stationary]") {
  const auto cycle = [](Index i, Index j) {
    return j == (i + 1) % 5 ? 2.0 : j == (i + 4) % 5 ? 1.0 : 0.0;
  };
  CHECK_FALSE(stationary_reversible(walk_of(5, cycle).view()));
  CHECK_FALSE(stationary_reversible(random_walk(12, 0, 0, {1}).view()));
  CHECK(stationary_reversible(drift(200, 0.9).view()));
}

TEST_CASE(
    "stationary: the error bound of power iteration needs the division by Doeblin's coefficient",
    "[spectral][stationary]") {
  // Three blocks without structure, beyond elimination, each left for the next with probability a, b
  // or c; and from everywhere a step to token 0 with probability delta. The mass of the blocks solves
  // m = delta e_0 + (1 - delta) m P, and inside a block it is spread evenly but for token 0.
  const Index size = 700;
  const Index n = 3 * size;
  const double delta = .05;
  const double leave[3] = {1e-3, 2e-3, 3e-3};
  const auto block = [&](Index i) { return i / size; };
  const Csr<double> A = walk_of(n, [&](Index i, Index j) {
    const Index step = (block(j) - block(i) + 3) % 3;
    const double inside = step == 0 ? 1 - leave[block(i)] : step == 1 ? leave[block(i)] : 0;
    return (1 - delta) * inside / static_cast<double>(size) + (j == 0 ? delta : 0);
  });
  double mass[3] = {1, 0, 0};
  double next[3];
  for (int step = 0; step < 2000; ++step) { // .95^2000 = 1e-45
    for (int k = 0; k < 3; ++k)
      next[k] = mass[k] * (1 - leave[k]) + mass[(k + 2) % 3] * leave[(k + 2) % 3];
    for (int k = 0; k < 3; ++k)
      mass[k] = (1 - delta) * next[k] + (k == 0 ? delta : 0);
  }
  const ChainGaps found = chain_gaps(A, nullptr, 1, {.max_products = 60, .steps = 1});
  REQUIRE(found.stationary.method == "power");
  REQUIRE(found.stationary.error_bound);
  double error = 0;
  for (Index i = 0; i < n; ++i) {
    const double truth =
        (1 - delta) * next[block(i)] / static_cast<double>(size) + (i == 0 ? delta : 0);
    error += std::abs(truth - found.stationary.pi[static_cast<std::size_t>(i)]);
  }
  CHECK(error <= *found.stationary.error_bound);
  CHECK(error > 2 * found.stationary.residual); // the residual alone would be no bound
  CHECK(*found.stationary.error_bound < 100 * error);
}

TEST_CASE("stationary: the reversibility defect of flows that balance but for a circulation",
          "[spectral][stationary]") {
  // Flows S + C with S symmetric and C around triangles: what C takes out of a token it brings back,
  // so pi is proportional to the row sums of S and the defect is ||2C|| / ||S + C||. A tree of flows
  // taken as balanced would push all of C into the other edges, and make it several times as large.
  const Index n = 12;
  const double part = GENERATE(0x1p-43, 0x1p-41, 0x1p-38, 0x1p-36);
  RandomStream draws({8, 2});
  std::vector<double> F(static_cast<std::size_t>(n * n));
  const auto at = [&](Index i, Index j) -> double& {
    return F[static_cast<std::size_t>(i * n + j)];
  };
  double square = 0;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j)
      at(i, j) = at(j, i) = static_cast<double>(1 + draws.below(7)); // so that S + C is exact
  for (Index k = 0; k < n; ++k) {
    const Index corner[3] = {k, (k + 3) % n, (k + 7) % n};
    for (int side = 0; side < 3; ++side) {
      at(corner[side], corner[(side + 1) % 3]) += part;
      at(corner[(side + 1) % 3], corner[side]) -= part;
    }
  }
  double total = 0;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      square += (at(i, j) - at(j, i)) * (at(i, j) - at(j, i));
      total += at(i, j) * at(i, j);
    }
  const Csr<double> A = walk_of(n, at);
  const Stationary s = stationary(A.view(), nullptr, {});
  CHECK(s.reversibility_defect == Approx(std::sqrt(square / total)).epsilon(.01));
}

TEST_CASE("chain_gaps: where pi is not known well enough, only bounds that need none are kept",
          "[spectral][stationary]") {
  // Three blocks, each walked uniformly and left for the next with probability a, b or c: the other
  // eigenvalues of the lumped walk are 1 - x with x^2 - (a + b + c) x + ab + bc + ca = 0. pi is
  // proportional to 1/a, 1/b, 1/c, which some hundred products cannot carry from block to block, and
  // blocks without structure are beyond elimination.
  const Index size = 700;
  const Index n = 3 * size;
  const double a = 1e-4, b = 2e-4, c = 3e-4;
  const auto block = [&](Index i) { return i / size; };
  const Csr<double> A = walk_of(n, [&](Index i, Index j) {
    const double leave = block(i) == 0 ? a : block(i) == 1 ? b : c;
    const Index step = (block(j) - block(i) + 3) % 3;
    return step == 0 ? 1 - leave : step == 1 ? leave : 0;
  });
  const double slem = std::sqrt(1 - (a + b + c) + a * b + b * c + c * a); // of a complex pair
  CHECK(slem < 1);

  const ChainGaps found = chain_gaps(A, nullptr, 1, {.max_products = 200, .steps = 2});
  CHECK(found.stationary.method == "power");
  CHECK_FALSE(found.stationary.status.empty());
  CHECK(*named(found.gaps, "slem").hi >= slem - 1e-14);
  CHECK(*named(found.gaps, "slem").gap_lo <= 1 - slem + 1e-14);
  for (const char* name : {"sigma_2", "additive", "chatterjee", "k_step", "pseudo_gap"}) {
    INFO(name);
    const Gap& g = named(found.gaps, name);
    CHECK(g.status == Status::estimate);
    CHECK(g.value);
    CHECK_FALSE(g.lo);
    CHECK_FALSE(g.hi);
    CHECK_FALSE(g.gap_lo);
    CHECK_FALSE(g.gap_hi);
    CHECK(g.reason.find("power iteration") != std::string::npos);
  }
}
