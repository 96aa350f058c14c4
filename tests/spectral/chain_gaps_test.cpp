// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/directed.hpp"
#include "attnwalk/spectral/walk.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"

#include <cmath>
#include <numbers>

using namespace attnwalk;
using namespace attnwalk::spectral;
using namespace attnwalk::test;

namespace {

constexpr double exact = 1e-10;     ///< closed forms, relative
constexpr double dense_tol = 1e-11; ///< two dense solvers on n <= 512, absolute
constexpr Index iterative = 0;      ///< dense_below that forces Lanczos and Arnoldi

void require_contains(const Gap& g, double truth, double slack) {
  INFO(g.name << " " << g.method << " " << g.reason << " value " << *g.value << " [" << *g.lo
              << ", " << *g.hi << "] truth " << truth);
  CHECK(*g.lo <= truth + slack);
  CHECK(truth <= *g.hi + slack);
  CHECK(*g.lo <= *g.value);
  CHECK(*g.value <= *g.hi);
  CHECK(*g.gap_lo <= *g.gap);
  CHECK(*g.gap <= *g.gap_hi);
}

void require_truth(const ChainGaps& found, const Truth& truth, double tol) {
  const auto close = [&](const char* name, double value) {
    const Gap& g = named(found.gaps, name);
    require_contains(g, value, dense_tol);
    CHECK(*g.value == Approx(value).margin(tol));
  };
  close("slem", truth.slem);
  close("sigma_2", truth.sigma_2);
  close("additive", truth.additive);
  close("chatterjee", truth.chatterjee);
  close("k_step", std::pow(truth.power_norms[7], 1.0 / 8));
  double pseudo = 0;
  for (std::size_t k = 1; k <= 8; ++k)
    pseudo = std::max(pseudo, (1 - std::pow(truth.power_norms[k - 1], 2)) / static_cast<double>(k));
  close("pseudo_gap", pseudo);
}

} // namespace

TEST_CASE("chain_gaps: lazy directed cycle in closed form", "[spectral][directed]") {
  const Index n = GENERATE(as<Index>{}, 3, 16, 40, 101);
  const Csr<double> A =
      walk_of(n, [n](Index i, Index j) { return j == i || j == (i + 1) % n ? 1.0 : 0.0; });
  const ChainGaps found = chain_gaps(A, nullptr, 1, {});
  const double angle = std::numbers::pi / static_cast<double>(n);
  const double sine = std::sin(angle);
  CHECK(*named(found.gaps, "slem").value == Approx(std::cos(angle)).epsilon(exact));
  CHECK(*named(found.gaps, "slem").gap ==
        Approx(2 * std::pow(std::sin(angle / 2), 2)).epsilon(exact));
  CHECK(*named(found.gaps, "sigma_2").gap ==
        Approx(2 * std::pow(std::sin(angle / 2), 2)).epsilon(exact));
  CHECK(*named(found.gaps, "additive").value ==
        Approx((1 + std::cos(2 * angle)) / 2).epsilon(exact));
  CHECK(*named(found.gaps, "additive").gap == Approx(sine * sine).epsilon(exact));
  // Normal: every singular value of I - M is |1 - mu| = sin(angle) for the slowest mode.
  CHECK(*named(found.gaps, "chatterjee").value == Approx(sine).epsilon(exact));
  CHECK(found.stationary.tv_uniform < 1e-14);
  if (n == 40) {
    CHECK(*named(found.gaps, "slem").value == Approx(.996917333733128).epsilon(1e-14));
    CHECK(*named(found.gaps, "additive").value == Approx(.9938441702975689).epsilon(1e-14));
  }
}

TEST_CASE("chain_gaps: directed exponential graph, slem = sigma_2 = 1 - 2/(L+1)",
          "[spectral][directed]") {
  const int L = GENERATE(3, 6, 8);
  const Index n = Index{1} << L;
  const Csr<double> A = walk_of(n, [n](Index i, Index j) {
    const Index step = (j - i + n) % n;
    return (step & (step - 1)) == 0 ? 1.0 : 0.0;
  });
  const ChainGaps found = chain_gaps(A, nullptr, 1, {});
  const double truth = 1 - 2.0 / (L + 1);
  CHECK(*named(found.gaps, "slem").value == Approx(truth).epsilon(exact));
  CHECK(*named(found.gaps, "sigma_2").value == Approx(truth).epsilon(exact));
  require_contains(named(found.gaps, "slem"), truth, 1e-12);
  if (L == 6)
    CHECK(*named(found.gaps, "slem").value == Approx(.7142857142857143).epsilon(1e-12));
}

TEST_CASE("chain_gaps: one-peer exponential, the product of L factors is uniform",
          "[spectral][directed]") {
  const int L = 6;
  const Index n = Index{1} << L;
  std::vector<double> x(static_cast<std::size_t>(n), 0.0);
  x[0] = 1;
  for (int level = 0; level < L; ++level) {
    const Csr<double> A = walk_of(n, [&](Index i, Index j) {
      return j == i || j == (i + (Index{1} << level)) % n ? 1.0 : 0.0;
    });
    std::vector<double> y(x.size(), 0.0);
    for (Index i = 0; i < n; ++i)
      for (Index e = A.offsets[static_cast<std::size_t>(i)];
           e < A.offsets[static_cast<std::size_t>(i) + 1]; ++e)
        y[static_cast<std::size_t>(A.columns[static_cast<std::size_t>(e)])] +=
            x[static_cast<std::size_t>(i)] * A.values[static_cast<std::size_t>(e)];
    x = y;
  }
  for (const double value : x)
    CHECK(std::abs(value - 1.0 / static_cast<double>(n)) < 1e-15);
}

TEST_CASE("chain_gaps: random walks against dense truth, both ends of every interval",
          "[spectral][directed]") {
  const Index n = GENERATE(as<Index>{}, 2, 3, 7, 30, 90);
  const double sharpness = GENERATE(0.0, 1.0, 3.0);
  for (std::uint64_t seed = 0; seed < (n < 50 ? 8U : 1U); ++seed) {
    const Csr<double> A = random_walk(n, 4.0 / static_cast<double>(n), sharpness, {seed});
    const ChainGaps found = chain_gaps(A, nullptr, 1, {});
    INFO("n " << n << " sharpness " << sharpness << " seed " << seed);
    require_truth(found, truth_of(A.view(), found.stationary.pi), 1e-9);
    CHECK(named(found.gaps, "slem").status == Status::certified);
  }
}

TEST_CASE("chain_gaps: the Arnoldi branch of the dense path against dense truth",
          "[spectral][directed]") {
  for (std::uint64_t seed = 0; seed < 1; ++seed) {
    const Csr<double> A = random_walk(260, 0.03, 1.0, {seed});
    const ChainGaps found = chain_gaps(A, nullptr, 1, {});
    require_truth(found, truth_of(A.view(), found.stationary.pi), 1e-9);
  }
}

TEST_CASE("chain_gaps: the iterative path against dense truth", "[spectral][directed]") {
  const Index n = GENERATE(as<Index>{}, 80, 180);
  const double sharpness = GENERATE(0.0, 1.0, 2.0);
  const Csr<double> A = random_walk(n, 12.0 / static_cast<double>(n), sharpness, {5});
  const ChainGaps found = chain_gaps(A, nullptr, 1, {.dense_below = iterative});
  INFO("n " << n << " sharpness " << sharpness);
  CHECK(found.stationary.method == "gth"); // sparse elimination, cheap at this size
  require_truth(found, truth_of(A.view(), found.stationary.pi), 1e-7);
  CHECK(named(found.gaps, "sigma_2").status == Status::probable);
  CHECK(named(found.gaps, "slem").status == Status::estimate);
}

TEST_CASE("chain_gaps: thin walks that mix fast leave the dense solvers at half of dense_below",
          "[spectral][directed]") {
  const Index n = 300;
  // A loop and random keys in every row: one entry in 33, or in 25, which is not thin.
  const auto walk_with = [n](Index keys) {
    std::vector<char> attends(static_cast<std::size_t>(n * n), 0);
    RandomStream draws({5, 0}, 0);
    for (Index i = 0; i < n; ++i)
      for (Index k = 0; k < keys; ++k)
        attends[static_cast<std::size_t>(
            i * n +
            (k == 0 ? i : static_cast<Index>(draws.below(static_cast<std::uint64_t>(n)))))] = 1;
    return walk_of(n, [&](Index i, Index j) {
      return static_cast<double>(attends[static_cast<std::size_t>(i * n + j)]);
    });
  };
  const Csr<double> A = walk_with(9);
  const auto with = [](const Csr<double>& walk, Index dense_below) {
    return chain_gaps(walk, nullptr, 1, {.dense_below = dense_below});
  };
  const ChainGaps thin = with(A, n + 1);
  const ChainGaps dense = with(A, 2 * n);
  for (const char* name : {"sigma_2", "chatterjee", "k_step"}) {
    const Gap& found = named(thin.gaps, name);
    const Gap& truth = named(dense.gaps, name);
    INFO(name);
    CHECK(found.status == Status::probable);
    CHECK(truth.status == Status::certified);
    CHECK(*found.lo <= *truth.hi);
    CHECK(*found.hi >= *truth.lo);
    CHECK(*found.hi - *found.lo < 0.02);
  }
  CHECK(named(with(walk_with(12), n + 1).gaps, "sigma_2").status == Status::certified);
  // As thin, but slow: a cycle with loops.
  const Csr<double> cycle =
      walk_of(n, [](Index i, Index j) { return i == j || j == (i + 1) % n ? 1.0 : 0.0; });
  CHECK(named(with(cycle, n + 1).gaps, "sigma_2").status == Status::certified);
}

TEST_CASE("chain_gaps: the order of the gaps", "[spectral][directed]") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const ChainGaps found = chain_gaps(
        softmax_walk(60, 1.0 + static_cast<double>(seed), false, {seed}), nullptr, 1, {});
    const auto value = [&](const char* name) { return *named(found.gaps, name).value; };
    CHECK(value("slem") <= value("k_step") + dense_tol);
    CHECK(value("k_step") <= value("sigma_2") + dense_tol);
    CHECK(1 - value("sigma_2") <= 1 - value("additive") + dense_tol);
    CHECK(1 - value("additive") <= value("chatterjee") + dense_tol);
  }
}

TEST_CASE("chain_gaps: finite-k theorem for six matrices and twelve powers",
          "[spectral][directed]") {
  const std::vector<Csr<double>> walks{
      random_walk(40, 0.1, 0, {1}),    random_walk(40, 0.1, 1.5, {2}),
      softmax_walk(40, 1, false, {3}), softmax_walk(40, 4, false, {4}),
      softmax_walk(40, 2, true, {5}),  drift(40, 0.6)};
  for (const auto& A : walks) {
    const Index n = A.rows;
    const ChainGaps found = chain_gaps(A, nullptr, 1, {});
    const std::vector<double>& pi = found.stationary.pi;
    const double s2 = *named(found.gaps, "sigma_2").value;
    const double rho = *named(found.gaps, "slem").value;
    for (Index k = 1; k <= 12; ++k) {
      const std::vector<double> power = dense_power(A.view(), k);
      const double decay = std::pow(s2, static_cast<double>(k));
      double distance = 0;
      for (Index i = 0; i < n; ++i) {
        double tv = 0;
        const double pi_i = pi[static_cast<std::size_t>(i)];
        for (Index j = 0; j < n; ++j) {
          const double pi_j = pi[static_cast<std::size_t>(j)];
          const double off = std::abs(power[static_cast<std::size_t>(i * n + j)] - pi_j);
          CHECK(off <= std::sqrt(pi_j / pi_i) * std::sqrt((1 - pi_i) * (1 - pi_j)) * decay + 1e-12);
          tv += off / 2;
        }
        CHECK(tv <= 0.5 * std::sqrt((1 - pi_i) / pi_i) * decay + 1e-12);
        distance = std::max(distance, tv);
      }
      CHECK(distance >= 0.5 * std::pow(rho, static_cast<double>(k)) - 1e-12);
    }
  }
}

TEST_CASE("chain_gaps: tied scores are reversible, with pi proportional to Z",
          "[spectral][directed]") {
  const Index n = 50;
  RandomStream draws({9});
  std::vector<double> s(static_cast<std::size_t>(n * n));
  std::vector<double> z(static_cast<std::size_t>(n), 0.0);
  for (Index i = 0; i < n; ++i)
    for (Index j = i; j < n; ++j)
      s[static_cast<std::size_t>(i * n + j)] = s[static_cast<std::size_t>(j * n + i)] =
          2 * draws.normal();
  double total = 0;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      z[static_cast<std::size_t>(i)] += std::exp(s[static_cast<std::size_t>(i * n + j)]);
      total += std::exp(s[static_cast<std::size_t>(i * n + j)]);
    }
  const Csr<double> A = walk_of(
      n, [&](Index i, Index j) { return std::exp(s[static_cast<std::size_t>(i * n + j)]); });
  const ChainGaps found = chain_gaps(A, nullptr, 1, {});
  CHECK(found.stationary.method == "reversible");
  CHECK(found.stationary.reversibility_defect < 1e-14);
  for (std::size_t i = 0; i < z.size(); ++i)
    CHECK(std::abs(found.stationary.pi[i] - z[i] / total) < 1e-14);
  const Truth truth = truth_of(A.view(), found.stationary.pi);
  require_contains(named(found.gaps, "slem"), truth.slem, dense_tol);
  CHECK(*named(found.gaps, "slem").value == Approx(truth.sigma_2).epsilon(exact));
  CHECK(*named(found.gaps, "lambda_2").value == Approx(truth.additive).epsilon(exact));
  const ChainGaps iterated = chain_gaps(A, nullptr, 1, {.dense_below = iterative});
  require_contains(named(iterated.gaps, "lambda_2"), truth.additive, dense_tol);
  require_contains(named(iterated.gaps, "slem"), truth.slem, dense_tol);
}
