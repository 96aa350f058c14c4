// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/spectral/gap.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"
#include "support/matrices.hpp"

#include <cmath>
#include <limits>

using namespace attnwalk;
using namespace attnwalk::spectral;
using namespace attnwalk::test;

namespace {

constexpr double tol = 1e-11;

GapReport directed(const Csr<double>& A, GapOptions how = {}) {
  how.kind = Kind::directed;
  return gap(A.view(), how);
}

} // namespace

TEST_CASE("gap: every name is present once, with a value or a reason", "[spectral][gap]") {
  const auto cycle = [](Index i, Index j) { return j == (i + 1) % 6 ? 1.0 : 0.0; };
  const std::vector<Csr<double>> walks{
      walk_of(0, [](Index, Index) { return 1.0; }),
      walk_of(1, [](Index, Index) { return 1.0; }),
      walk_of(2, [](Index, Index) { return 1.0; }),
      walk_of(5, [](Index i, Index j) { return i == j ? 1.0 : 0.0; }),
      walk_of(6, cycle),
      random_walk(9, 0.2, 1, {1}),
      softmax_walk(9, 1, true, {1})};
  for (const auto& A : walks)
    for (const Kind kind : {Kind::automatic, Kind::directed}) {
      const GapReport report = gap(A.view(), {.kind = kind});
      for (std::size_t k = 0; k + 1 < gap_names.size(); ++k) {
        INFO("n " << A.rows << " kind " << to_string(report.kind) << " " << gap_names[k]);
        REQUIRE(report.gaps.size() > k);
        const Gap& g = report.gaps[k];
        CHECK(g.name == gap_names[k]);
        if (g.status == Status::refused) {
          CHECK_FALSE(g.value);
          CHECK_FALSE(g.reason.empty());
        } else if (g.value) {
          CHECK(std::isfinite(*g.value));
          CHECK(g.lo.value_or(*g.value) <= *g.value);
          CHECK(g.hi.value_or(*g.value) >= *g.value);
        }
      }
      CHECK_FALSE(report.timings.empty());
    }
}

TEST_CASE("gap: kinds are chosen by structure and checked where forced", "[spectral][gap]") {
  const Csr<double> causal = walk_of(4, [](Index i, Index j) { return j <= i ? 1.0 : 0.0; });
  const Csr<double> cycle =
      walk_of(4, [](Index i, Index j) { return j == (i + 1) % 4 ? 1.0 : 0.0; });
  CHECK(gap(causal.view()).kind == Kind::causal);
  CHECK(gap(cycle.view()).kind == Kind::directed);
  CHECK_THROWS_AS(gap(cycle.view(), {.kind = Kind::causal}), Error);
  CHECK_THROWS_AS(gap(cycle.view(), {.kind = Kind::undirected}), Error);
  Csr<double> wide = causal;
  wide.cols = 5;
  CHECK(gap(wide.view()).kind == Kind::bipartite);
  CHECK_THROWS_AS(gap(wide.view(), {.kind = Kind::directed}), Error);
  // The directed path on a causal walk agrees with the causal one, without an eigensolver.
  CHECK(*directed(causal).at("slem").value == 0.5);
}

TEST_CASE("gap: refuses weights and options out of bounds", "[spectral][gap]") {
  Csr<double> A = random_walk(4, 0.5, 0, {1});
  for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    Csr<double> B = A;
    B.values[2] = bad;
    CHECK_THROWS_AS(gap(B.view()), Error);
  }
  for (const support::Broken& broken : support::broken_matrices())
    CHECK_THROWS_WITH(gap(broken.matrix.view()), Catch::Contains(broken.words));
  CHECK_THROWS_AS(gap(A.view(), {.tolerance = 0}), Error);
  CHECK_THROWS_AS(gap(A.view(), {.tolerance = std::nan("")}), Error);
  CHECK_THROWS_AS(gap(A.view(), {.dense_below = -1}), Error);
  CHECK_THROWS_AS(gap(A.view(), {.max_products = 0}), Error);
  CHECK_THROWS_AS(gap(A.view(), {.steps = 0}), Error);
  CHECK_THROWS_AS(gap(A.view(), {.failure = 1}), Error);
  CHECK_THROWS_AS(gap(A.view(), {.threads = -1}), Error);
  Monitor stop;
  stop.cancel();
  CHECK_THROWS_AS(gap(A.view(), {.monitor = &stop}), Error);
}

TEST_CASE("gap: empty rows get a loop or an error, stored zeros are no edges", "[spectral][gap]") {
  Csr<double> A;
  A.rows = A.cols = 3;
  A.offsets = {0, 2, 3, 4};
  A.columns = {1, 2, 0, 1};
  A.values = {1, 3, 2, 0}; // row 2 holds a zero alone
  const GapReport report = gap(A.view());
  CHECK(report.empty_rows_looped == 1);
  CHECK(*report.at("slem").value ==
        Approx(0.5)); // the 2-cycle 0 <-> 1 leaks 3/4 into token 2: rho = sqrt(1/4)
  CHECK_THROWS_AS(gap(A.view(), {.empty_rows = EmptyRowStep::error}), Error);
}

TEST_CASE("gap: the identity and other permutations", "[spectral][gap]") {
  const Csr<double> I = walk_of(5, [](Index i, Index j) { return i == j ? 1.0 : 0.0; });
  const GapReport identity = directed(I);
  CHECK(*identity.at("slem").gap == 0);
  CHECK(identity.at("sigma_2").status == Status::refused);
  CHECK(*bound(identity, "closed_classes").value == 5);
  CHECK(*identity.at("dobrushin").value == 1);
  CHECK(*identity.at("doeblin").value == 0);

  // Cycles of length 3 and 4.
  const Csr<double> P = walk_of(7, [](Index i, Index j) {
    return j == (i < 3 ? (i + 1) % 3 : 3 + (i - 3 + 1) % 4) ? 1.0 : 0.0;
  });
  const GapReport two = gap(P.view());
  CHECK(*two.at("slem").value == 1);
  CHECK(*bound(two, "closed_classes").value == 2);
  CHECK(*bound(two, "class 0: size").value == 4);
  CHECK(*two.at("class 0: slem").value == 1);
  CHECK(two.at("class 0: slem").reason.find("period 4") != std::string::npos);
  CHECK(*bound(two, "class 1: absorption").value == Approx(3.0 / 7));
}

TEST_CASE("gap: a directed cycle is periodic", "[spectral][gap]") {
  const Index n = GENERATE(as<Index>{}, 2, 5, 12, 90);
  const Index dense_below = GENERATE(as<Index>{}, 0, 2048);
  const Csr<double> A = walk_of(n, [n](Index i, Index j) { return j == (i + 1) % n ? 1.0 : 0.0; });
  const GapReport report = directed(A, {.dense_below = dense_below});
  CHECK(report.structure.period == n);
  CHECK(*report.at("slem").value == 1);
  CHECK(*report.at("slem").gap == 0);
  CHECK(*report.at("sigma_2").value == 1);
  CHECK(*report.at("k_step").value == 1);
  CHECK(*report.at("pseudo_gap").value == Approx(0).margin(1e-13));
  const double angle = 2 * std::acos(-1.0) / static_cast<double>(n);
  CHECK(*report.at("additive").value == Approx(std::cos(angle)).epsilon(1e-10));
  CHECK(*report.at("chatterjee").value == Approx(2 * std::sin(angle / 2)).epsilon(1e-8));
  CHECK_FALSE(bound(report, "mixing_time_lo").value);
  CHECK_FALSE(bound(report, "mixing_time_hi").value);
  CHECK(report.stationary.tv_uniform < 1e-12);
}

TEST_CASE("gap: transient tokens have pi = 0 and the rest is restricted", "[spectral][gap]") {
  // Tokens 0..19 are a random walk; 20..24 attend to themselves, each other and token 0.
  const Csr<double> core = random_walk(20, 0.2, 1, {6});
  const GapReport inner = directed(core);
  const Csr<double> A = walk_of(25, [&](Index i, Index j) {
    if (i >= 20)
      return j == 0 ? 0.1 : j >= 20 ? 0.18 : 0.0;
    for (Index e = core.offsets[static_cast<std::size_t>(i)];
         e < core.offsets[static_cast<std::size_t>(i) + 1]; ++e)
      if (core.columns[static_cast<std::size_t>(e)] == j)
        return core.values[static_cast<std::size_t>(e)];
    return 0.0;
  });
  const GapReport report = directed(A);
  CHECK(report.structure.transient == 5);
  CHECK(*bound(report, "transient_radius").value == Approx(0.9).epsilon(1e-12));
  CHECK(*bound(report, "absorption_max").value == Approx(10).epsilon(1e-12));
  CHECK(*report.at("slem").value == Approx(std::max(0.9, *inner.at("slem").value)).epsilon(1e-9));
  CHECK(*report.at("sigma_2").value == Approx(*inner.at("sigma_2").value).epsilon(1e-9));
  CHECK(report.at("sigma_2").reason.find("restricted") != std::string::npos);
  CHECK(report.stationary.min == 0);
  CHECK(report.stationary.pi[24] == 0);
  CHECK(report.stationary.pi[3] == Approx(inner.stationary.pi[3]).epsilon(1e-12));
}

TEST_CASE("gap: absorption probabilities into several classes", "[spectral][gap]") {
  // Gambler's ruin on 0..10 with fair steps: from i, ruin at 0 with probability 1 - i/10, after
  // i (10 - i) steps.
  const Csr<double> A = walk_of(11, [](Index i, Index j) {
    if (i == 0 || i == 10)
      return i == j ? 1.0 : 0.0;
    return std::abs(i - j) == 1 ? 1.0 : 0.0;
  });
  const GapReport report = gap(A.view());
  CHECK(report.kind == Kind::directed);
  CHECK(*bound(report, "class 0: absorption").value == Approx(0.5));
  CHECK(*bound(report, "absorption_max").value == Approx(25));
  CHECK(*bound(report, "absorption_mean").value == Approx(165.0 / 11));
  CHECK(*bound(report, "transient_radius").value ==
        Approx(std::cos(std::acos(-1.0) / 10)).epsilon(1e-12));
  CHECK(report.stationary.pi.empty());
}

TEST_CASE("gap: slow absorption is solved, not iterated", "[spectral][gap]") {
  // The same on 0..400: the expected time is 200^2.
  const Csr<double> A = walk_of(401, [](Index i, Index j) {
    if (i == 0 || i == 400)
      return i == j ? 1.0 : 0.0;
    return std::abs(i - j) == 1 ? 1.0 : 0.0;
  });
  const GapReport report = gap(A.view());
  CHECK(*bound(report, "absorption_max").value == Approx(40000).epsilon(1e-9));
}

TEST_CASE("gap: bounds on mixing hold against dense powers", "[spectral][gap]") {
  for (const auto& A :
       {random_walk(30, 0.15, 1, {2}), softmax_walk(30, 2, false, {3}), drift(20, 0.7)}) {
    const GapReport report = directed(A, {.steps = 12});
    const Index n = A.rows;
    const std::vector<double>& pi = report.stationary.pi;
    double mixing = 0;
    for (Index k = 1; k <= 400 && mixing == 0; ++k) {
      const std::vector<double> power = dense_power(A.view(), k);
      double distance = 0;
      for (Index i = 0; i < n; ++i) {
        double tv = 0;
        for (Index j = 0; j < n; ++j)
          tv += 0.5 * std::abs(power[static_cast<std::size_t>(i * n + j)] -
                               pi[static_cast<std::size_t>(j)]);
        distance = std::max(distance, tv);
      }
      if (k <= 12) {
        CHECK(*bound(report, "distance_lo(" + std::to_string(k) + ")").value <= distance + tol);
        CHECK(*bound(report, "distance_hi(" + std::to_string(k) + ")").value >= distance - tol);
      }
      if (distance <= 0.25)
        mixing = static_cast<double>(k);
    }
    CHECK(*bound(report, "mixing_time_lo").value <= mixing);
    CHECK(*bound(report, "mixing_time_hi").value >= mixing);
    CHECK(*bound(report, "mixing_time_sigma_2").value >= mixing);
    CHECK(*bound(report, "mixing_time_pseudo_gap").value >= mixing);
    CHECK(*bound(report, "hop_bound").value >=
          static_cast<double>(report.structure.diameter_at_least));
  }
}

TEST_CASE("gap: Doeblin, Dobrushin and consensus", "[spectral][gap]") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const Csr<double> A = softmax_walk(40, 0.5 + static_cast<double>(seed), false, {seed});
    const GapReport report = directed(A);
    const Truth truth = truth_of(A.view(), report.stationary.pi);
    CHECK(*report.at("dobrushin").value == Approx(truth.dobrushin).epsilon(1e-12));
    CHECK(*report.at("consensus").value == Approx(truth.consensus).epsilon(1e-12));
    double delta = 0;
    for (Index j = 0; j < 40; ++j) {
      double least = 1;
      for (Index i = 0; i < 40; ++i)
        least = std::min(least, A.values[static_cast<std::size_t>(40 * i + j)]);
      delta += least;
    }
    CHECK(*report.at("doeblin").value == Approx(delta).epsilon(1e-12));
    CHECK(1 - delta >= truth.dobrushin - tol);
    CHECK(truth.dobrushin >= truth.slem - tol);
    CHECK(truth.consensus >= truth.slem - tol);
    const GapReport iterated = directed(A, {.dense_below = 0});
    CHECK(*iterated.at("consensus").lo <= truth.consensus + tol);
  }
}

TEST_CASE("gap: the same bits for every thread count", "[spectral][gap]") {
  const Csr<double> A = random_walk(200, 0.05, 1, {8});
  for (const Index dense_below : {0, 2048}) {
    const GapReport one = directed(A, {.dense_below = dense_below, .threads = 1});
    const GapReport two = directed(A, {.dense_below = dense_below, .threads = 2});
    for (std::size_t k = 0; k < one.gaps.size(); ++k) {
      INFO(one.gaps[k].name);
      CHECK(one.gaps[k].value == two.gaps[k].value);
      CHECK(one.gaps[k].lo == two.gaps[k].lo);
      CHECK(one.gaps[k].hi == two.gaps[k].hi);
    }
    CHECK(one.stationary.pi == two.stationary.pi);
  }
}

TEST_CASE("gap: what only names has the value that it has among all", "[spectral][gap]") {
  for (const auto& A : {softmax_walk(40, 2, false, {3}), random_walk(40, 0.2, 2, {4})})
    for (const Index dense_below : {2048, 4}) {
      const GapReport all = directed(A, {.dense_below = dense_below});
      for (const char* name :
           {"slem", "sigma_2", "additive", "chatterjee", "dobrushin", "k_step"}) {
        INFO(name << ", dense below " << dense_below);
        const GapReport one = directed(A, {.dense_below = dense_below, .only = {name}});
        REQUIRE(one.gaps.size() == 1);
        CHECK(one.gaps[0].name == name);
        REQUIRE(one.gaps[0].value.has_value());
        CHECK(*one.gaps[0].value == Approx(*all.at(name).value).epsilon(1e-9));
        // Other quantities tighten ends: without them an interval may be wider, never off the value.
        CHECK(*one.gaps[0].lo <= *all.at(name).hi);
        CHECK(*one.gaps[0].hi >= *all.at(name).lo);
      }
    }
  CHECK_THROWS_WITH(directed(random_walk(4, 1, 1, {1}), {.only = {"sigma2"}}),
                    Catch::Contains("only = sigma2 must be one of lambda_2"));
}
