// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/moments.hpp"

#include "catch.hpp"
#include "zoo.hpp"

#include <cmath>
#include <limits>

using namespace attnwalk;
using namespace attnwalk::sbm;
using Catch::Contains;

namespace {

const double tol = 1e-12; // sums of at most 10^3 terms in another order

bool near(double a, double b) {
  return std::abs(a - b) <= tol * std::max(1.0, std::abs(b));
}

/// p_ij by the definition, clamped and with loops.
double probability(const Model& model, Index i, Index j) {
  const double rate = model.rate(i, j);
  return model.loops && i == j ? 1 : model.clamp ? std::min(rate, 1.0) : rate;
}

} // namespace

TEST_CASE("expected_degrees: a loop in place of a clamped rate adds nothing", "[sbm][moments]") {
  Model model = planted_model(6, 6, 2, .5, .1);
  for (Index u = 0; u < 2; ++u)
    model.S(u, u) = 1.7; // the diagonal's rate, clamped to the 1 that a loop has
  model.clamp = true;
  model.loops = true;
  const ExpectedDegrees d = expected_degrees(model);
  for (Index i = 0; i < 6; ++i) {
    double sum = 0;
    for (Index j = 0; j < 6; ++j)
      sum += probability(model, i, j);
    CHECK(near(d.rows[static_cast<std::size_t>(i)], sum));
    CHECK(near(d.cols[static_cast<std::size_t>(i)], sum));
  }
}

TEST_CASE("expected_degrees: sums of the definition", "[sbm][moments]") {
  for (const zoo::Case& one : zoo::cases())
    for (const bool loops : {false, true}) {
      Model model = one.model;
      if (loops && model.queries() != model.keys())
        continue;
      model.loops = loops;
      INFO(one.name << (loops ? ", loops" : ""));
      const ExpectedDegrees d = expected_degrees(model);
      double total = 0;
      for (Index i = 0; i < model.queries(); ++i) {
        double sum = 0;
        for (Index j = 0; j < model.keys(); ++j)
          sum += probability(model, i, j);
        CHECK(near(d.rows[static_cast<std::size_t>(i)], sum));
        total += sum;
      }
      for (Index j = 0; j < model.keys(); ++j) {
        double sum = 0;
        for (Index i = 0; i < model.queries(); ++i)
          sum += probability(model, i, j);
        CHECK(near(d.cols[static_cast<std::size_t>(j)], sum));
      }
      CHECK(near(expected_edges(model), total));
      CHECK(near(expected_density(model),
                 total / static_cast<double>(model.queries()) / static_cast<double>(model.keys())));
    }
}

TEST_CASE("pair_sums: sums of the definition", "[sbm][moments]") {
  for (const zoo::Case& one : zoo::cases()) {
    if (one.poisson_only)
      continue;
    Model model = one.model;
    for (const bool loops : {false, true}) {
      if (loops && model.queries() != model.keys())
        continue;
      model.loops = loops;
      INFO(one.name << (loops ? ", loops" : ""));
      PairSums wanted;
      std::vector<double> col(static_cast<std::size_t>(model.keys()));
      for (Index i = 0; i < model.queries(); ++i) {
        double empty = 1;
        double row = 0;
        for (Index j = 0; j < model.keys(); ++j) {
          const bool certain = loops && i == j;
          const double rate = certain ? 1 : model.rate(i, j);
          const double p = std::min(rate, 1.0);
          const double v = p * (1 - p);
          const double kept = certain ? 1 : -std::expm1(-rate);
          wanted.edges += p;
          wanted.edges_variance += v;
          wanted.copies += rate;
          wanted.distinct += kept;
          wanted.distinct_variance += kept * (1 - kept);
          wanted.duplicates += rate - kept;
          wanted.largest_rate = std::max(wanted.largest_rate, model.rate(i, j));
          empty *= 1 - p;
          row += v;
          col[static_cast<std::size_t>(j)] += v;
        }
        wanted.empty_rows += empty;
        wanted.largest_row_variance = std::max(wanted.largest_row_variance, row);
      }
      for (const double v : col)
        wanted.largest_col_variance = std::max(wanted.largest_col_variance, v);
      const PairSums found = pair_sums(model);
      CHECK(near(found.edges, wanted.edges));
      CHECK(near(found.edges_variance, wanted.edges_variance));
      CHECK(near(found.copies, wanted.copies));
      CHECK(near(found.distinct, wanted.distinct));
      CHECK(near(found.distinct_variance, wanted.distinct_variance));
      CHECK(near(found.duplicates, wanted.duplicates));
      CHECK(near(found.empty_rows, wanted.empty_rows));
      CHECK(near(found.largest_row_variance, wanted.largest_row_variance));
      CHECK(near(found.largest_col_variance, wanted.largest_col_variance));
      CHECK(near(found.largest_rate, wanted.largest_rate));
      if (model.queries() == model.keys() && !loops) {
        double log_loops = 0;
        for (Index i = 0; i < model.queries(); ++i)
          log_loops += std::log(std::min(model.rate(i, i), 1.0));
        CHECK((found.log_loops == log_loops || near(found.log_loops, log_loops)));
      }
    }
  }
  CHECK_THROWS_WITH(pair_sums(zoo::random_model(4, 4, 2, 2, 5)), Contains("must be in [0, 1]"));
}

TEST_CASE("squared_rates: the Frobenius norm, and half of it the duplicates of small rates",
          "[sbm][moments]") {
  for (const zoo::Case& one : zoo::cases()) {
    INFO(one.name);
    double sum = 0;
    for (const auto& row : zoo::rates_of(one.model))
      for (const double rate : row)
        sum += rate * rate;
    CHECK(near(squared_rates(one.model), sum));
  }
  const Model small = zoo::random_model(30, 30, 3, 3, 1e-3);
  CHECK(pair_sums(small).duplicates == Approx(squared_rates(small) / 2).epsilon(2e-3));
}

TEST_CASE("poisson_empty_rows: sum of e^{-d}", "[sbm][moments]") {
  for (const zoo::Case& one : zoo::cases()) {
    double sum = 0;
    for (const auto& row : zoo::rates_of(one.model)) {
      double d = 0;
      for (const double rate : row)
        d += rate;
      sum += std::exp(-d);
    }
    CHECK(near(poisson_empty_rows(one.model), sum));
  }
}

TEST_CASE("rate_bound: bounds every rate, exactly for hard memberships", "[sbm][moments]") {
  for (const zoo::Case& one : zoo::cases()) {
    INFO(one.name);
    double most = 0;
    for (const auto& row : zoo::rates_of(one.model))
      for (const double rate : row)
        most = std::max(most, rate);
    CHECK(rate_bound(one.model) >= most * (1 - tol));
    if (one.model.Y.is_plain() && one.model.Z.is_plain())
      CHECK(near(rate_bound(one.model), most));
  }
}

TEST_CASE("with_degree: scales the blocks, not delta", "[sbm][moments]") {
  Model model = zoo::random_model(20, 30, 3, 2, .1);
  model.delta = .01;
  CHECK(near(expected_density(with_density(model, .2)), .2));
  CHECK(near(expected_edges(with_degree(model, 6)), 120));
  CHECK_THROWS_WITH(with_degree(model, 31), Contains("31") && Contains("30 keys"));
  CHECK_THROWS_WITH(with_degree(model, .1), Contains("0.3"));
  CHECK_THROWS_WITH(with_density(model, 1.5), Contains("1.5"));
  CHECK_THROWS_WITH(with_degree(erdos_renyi(4, 4, 0), 2), Contains("without edges"));
}

TEST_CASE("extended: the same rates without delta", "[sbm][moments]") {
  for (const zoo::Case& one : zoo::cases()) {
    Model model = one.model;
    model.delta = .125;
    const Model wide = extended(model);
    CHECK(wide.delta == 0);
    for (Index i = 0; i < model.queries(); ++i)
      for (Index j = 0; j < model.keys(); ++j)
        CHECK(near(wide.rate(i, j), model.rate(i, j)));
  }
}

TEST_CASE("feasible_region: no head exceeds density + 1/4 on its diagonal, and one attains it",
          "[sbm][moments]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Model model;
    model.Y = Membership::mixed(zoo::random_matrix(8, 3, 1, {seed, 1}));
    model.Z = Membership::mixed(zoo::random_matrix(8, 3, 1, {seed, 2}));
    model.S = zoo::random_matrix(3, 3, 1, {seed, 3});
    double sum = 0;
    for (Index e = 0; e < 9; ++e)
      sum += model.S.data()[e];
    for (Index e = 0; e < 9; ++e)
      model.S.data()[e] /= sum * (1 + 1e-12);
    const FeasibleRegion region = feasible_region(model);
    REQUIRE(region.applies);
    CHECK(region.mean_diagonal <= region.diagonal_limit);
  }
  // Half of the tokens in the one cluster that meets itself.
  Model extreme;
  Dense<double> Y(8, 1);
  for (Index i = 0; i < 4; ++i)
    Y(i, 0) = 1;
  extreme.Y = Membership::mixed(Y.view());
  extreme.Z = Membership::mixed(std::move(Y));
  extreme.S = Dense<double>(1, 1);
  extreme.S(0, 0) = 1;
  const FeasibleRegion region = feasible_region(extreme);
  CHECK(region.mean_diagonal == region.diagonal_limit);
}

TEST_CASE("models: refusals name the value and the bound", "[sbm][model]") {
  const Dense<double> S = zoo::random_matrix(2, 2, 1, {});
  Dense<double> bad(3, 2);
  bad(2, 1) = -1;
  CHECK_THROWS_WITH(Membership::mixed(bad.view()), Contains("Y(2, 1) = -1"));
  bad(2, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(Membership::mixed(bad.view(), "Z"), Contains("Z(2, 1) = nan"));
  CHECK_THROWS_WITH(Membership::mixed(Dense<double>(3, 0)), Contains("k = 0"));
  CHECK_THROWS_WITH(Membership::hard(2, {0, 1, 2}), Contains("token 2") && Contains("block 2"));
  CHECK_THROWS_WITH(Membership::hard(2, {0, 1}, {1}), Contains("1 weights") && Contains("2"));
  CHECK_THROWS_WITH(Membership::hard(2, {0, 1}, {1, -2}), Contains("weight -2"));
  CHECK_THROWS_WITH(planted_model(4, 4, 5, .5, .5), Contains("k = 5"));
  CHECK_THROWS_WITH(planted_model(4, 4, 0, .5, .5), Contains("k = 0"));
  CHECK_THROWS_WITH(planted_model(4, 4, 2, 1.5, .5), Contains("in = 1.5"));
  CHECK_THROWS_WITH(erdos_renyi(4, 4, -.5), Contains("p = -0.5"));
  const Dense<double> good(3, 2);
  CHECK_THROWS_WITH(mixed(good.view(), zoo::random_matrix(3, 2, 1, {}).view(), good.view()),
                    Contains("needs S of 2 x 2, not 3 x 2"));
  Dense<double> high(2, 2);
  high(1, 0) = 1.25;
  CHECK_THROWS_WITH(blocks({0, 1}, high.view(), {0}), Contains("S(1, 0) = 1.25"));
  Model model = erdos_renyi(4, 5, .5);
  model.delta = 1.5;
  CHECK_THROWS_WITH(check(model), Contains("delta = 1.5"));
  model.delta = 0;
  model.loops = true;
  CHECK_THROWS_WITH(check(model), Contains("5") && Contains("4"));
}

TEST_CASE("degree_corrected: theta_i lambda_ij phi_j for every kind of model", "[sbm][model]") {
  for (const zoo::Case& one : zoo::cases()) {
    INFO(one.name);
    std::vector<double> theta = lognormal_weights(one.model.queries(), .7, {61, 1});
    const std::vector<double> phi = lognormal_weights(one.model.keys(), .7, {61, 2});
    theta[0] = 0;
    const Model corrected = degree_corrected(one.model, theta, phi);
    CHECK(corrected.Y.is_hard() == one.model.Y.is_hard());
    for (Index i = 0; i < one.model.queries(); ++i)
      for (Index j = 0; j < one.model.keys(); ++j)
        CHECK(near(corrected.rate(i, j), theta[static_cast<std::size_t>(i)] *
                                                 (one.model.rate(i, j) - one.model.delta) *
                                                 phi[static_cast<std::size_t>(j)] +
                                             one.model.delta));
  }
  const Model mixed = zoo::random_model(3, 2, 2, 2, .5);
  const std::vector<double> two{1, 1};
  CHECK_THROWS_WITH(degree_corrected(mixed, two, two),
                    Contains("2 weights given where there are 3"));
  const std::vector<double> negative{1, -1, 1};
  CHECK_THROWS_WITH(degree_corrected(mixed, negative, two), Contains("weight -1 of token 1"));
  CHECK_THROWS_WITH(degree_corrected(erdos_renyi(3, 2, .5), negative, two),
                    Contains("weight -1 of token 1"));
}

TEST_CASE("lognormal_weights: their logarithms are normal, their blocks' means 1", "[sbm][model]") {
  // 20000 weights, sigma = 1.5, seed 62: mean and variance of the logarithms within 5 standard
  // errors; e^x by the portable function within 1e-14 of libm's.
  const Index n = 20000;
  const double sigma = 1.5;
  const std::vector<double> weight = lognormal_weights(n, sigma, {62, 1});
  double sum = 0;
  double squares = 0;
  for (Index i = 0; i < n; ++i) {
    const double x = std::log(weight[static_cast<std::size_t>(i)]);
    CHECK(std::abs(x - sigma * RandomStream({62, 1}, static_cast<std::uint64_t>(i)).normal()) <
          1e-14);
    sum += x;
    squares += x * x;
  }
  const auto N = static_cast<double>(n);
  CHECK(std::abs(sum / N) < 5 * sigma / std::sqrt(N));
  CHECK(std::abs(squares / N - sigma * sigma) < 5 * sigma * sigma * std::sqrt(2 / N));
  CHECK(lognormal_weights(3, 0, {}) == std::vector<double>{1, 1, 1});
  std::vector<std::uint32_t> block;
  for (Index i = 0; i < n; ++i)
    block.push_back(static_cast<std::uint32_t>(i % 3));
  const std::vector<double> normalized = block_normalized(block, weight);
  double first = 0;
  for (std::size_t i = 0; i < normalized.size(); i += 3)
    first += normalized[i];
  CHECK(std::abs(first / 6667 - 1) < tol);
  CHECK_THROWS_WITH(lognormal_weights(3, 11, {}), Contains("sigma = 11"));
  CHECK_THROWS_WITH(lognormal_weights(3, std::nan(""), {}), Contains("sigma = nan"));
}
