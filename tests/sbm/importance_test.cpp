// SPDX-License-Identifier: Apache-2.0
// A drawn mask read as a sample of every pair: attention::AttendOptions::drawn on masks of models.
#include "attnwalk/attention/attention.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/sample.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"
#include "zoo.hpp"

#include <cmath>
#include <functional>

using namespace attnwalk;
using namespace attnwalk::sbm;
using attention::attend;
using attention::Attended;
using attention::AttendOptions;
using Catch::Contains;

namespace {

/// One query's sums over all keys or over drawn ones: sum e^s, sum e^s v.
struct Sums {
  double weight = 0;
  std::vector<double> value;
};

/// exp(lse) and exp(lse) Z of query i; nothing for a query without keys.
Sums sums_of(const Attended<double>& result, Index i) {
  Sums sums{std::exp(result.lse(i, 0)), {}};
  for (Index c = 0; c < result.Z.shape().width; ++c)
    sums.value.push_back(sums.weight > 0 ? sums.weight * result.Z(i, c) : 0);
  return sums;
}

struct Inputs {
  Dense<double> Q, K, V;

  Inputs(Index n, Index m)
      : Q(zoo::random_matrix(n, 2, 2, {91, 1})), K(zoo::random_matrix(m, 2, 2, {91, 2})),
        V(zoo::random_matrix(m, 3, 1, {91, 3})) {
    for (Index e = 0; e < V.shape().size(); ++e)
      V.data()[e] -= .5;
  }
  [[nodiscard]] Attended<double> on(const pattern::Pattern& mask,
                                    const attention::EdgeMultiplicity& drawn = {}) const {
    return attend<double>(Q.view(), K.view(), V.view(), mask, {.lse = true, .threads = 1}, {},
                          drawn);
  }
  [[nodiscard]] Attended<double> everywhere() const {
    return on(support::pattern_where(Q.shape().tokens, K.shape().tokens,
                                     [](Index, Index) { return true; }));
  }
  [[nodiscard]] double score(Index i, Index j) const {
    return (Q(i, 0) * K(j, 0) + Q(i, 1) * K(j, 1)) / std::sqrt(2.0);
  }
};

/// The expectation over copies 0 .. most of each of the keys, independent with P(c copies of j) =
/// law(j, c), of what one query adds up.
Sums expectation(const Inputs& x, const std::vector<double>& rate, std::uint32_t most,
                 const std::function<double(std::size_t, std::uint32_t)>& law) {
  const std::size_t m = rate.size();
  Sums mean{0, std::vector<double>(3)};
  std::vector<std::uint32_t> copies(m);
  for (;;) {
    double probability = 1;
    std::vector<std::uint32_t> drawn;
    std::vector<double> rates;
    for (std::size_t j = 0; j < m; ++j) {
      probability *= law(j, copies[j]);
      if (copies[j] == 0)
        continue;
      drawn.push_back(copies[j]);
      rates.push_back(rate[j]);
    }
    const auto mask = support::pattern_where(1, static_cast<Index>(m), [&](Index, Index j) {
      return copies[static_cast<std::size_t>(j)] > 0;
    });
    const Sums sums = sums_of(x.on(mask, {.copies = drawn, .rate = rates}), 0);
    mean.weight += probability * sums.weight;
    for (std::size_t c = 0; c < 3; ++c)
      mean.value[c] += probability * sums.value[c];
    std::size_t j = 0;
    while (j < m && copies[j] == most)
      copies[j++] = 0;
    if (j == m)
      return mean;
    ++copies[j];
  }
}

void check_same(const Sums& found, const Sums& wanted, double tol) {
  CHECK(std::abs(found.weight - wanted.weight) < tol * wanted.weight);
  for (std::size_t c = 0; c < wanted.value.size(); ++c)
    CHECK(std::abs(found.value[c] - wanted.value[c]) < tol * wanted.weight);
}

} // namespace

TEST_CASE("attend: with rates, the expectation over all masks is full attention's",
          "[sbm][importance]") {
  // By enumeration: 2^5 masks; copies 0 .. 11 of three keys, a key being drawn more often with a
  // probability below .6^12 / 12! = 5e-12, and its 12 copies weighing 12 / .6.
  const std::vector<double> p{.05, .3, .5, .9, 1};
  const Inputs five(1, 5);
  check_same(expectation(five, p, 1,
                         [&](std::size_t j, std::uint32_t c) { return c == 1 ? p[j] : 1 - p[j]; }),
             sums_of(five.everywhere(), 0), 1e-14);
  const std::vector<double> rate{.05, .3, .6};
  const Inputs three(1, 3);
  check_same(expectation(three, rate, 11,
                         [&](std::size_t j, std::uint32_t c) {
                           return std::exp(c * std::log(rate[j]) - rate[j] - std::lgamma(c + 1.0));
                         }),
             sums_of(three.everywhere(), 0), 1e-10);
}

TEST_CASE("attend: with rates, drawn masks average to full attention", "[sbm][importance]") {
  // 20000 replicas of each of 5 queries as rows of one mask. Sums of independent pairs: the
  // variance of sum_j c_j x_j / lambda_j is sum_j x_j^2 v_j / lambda_j^2, v = lambda for copies
  // and p (1 - p) for edges. Seed 92; 5 sigma for 20 numbers each.
  const Index n = 5;
  const Index m = 8;
  const Index replicas = 20000;
  const Inputs x(n, m);
  Model model = zoo::random_model(n, m, 2, 2, .4);
  model.delta = .05;
  const Attended<double> full = x.everywhere();
  Inputs many(n * replicas, m);
  for (Index r = 0; r < n * replicas; ++r)
    for (Index c = 0; c < 2; ++c)
      many.Q(r, c) = x.Q(r % n, c);
  for (const SampleMethod method :
       {SampleMethod::poisson, SampleMethod::bernoulli, SampleMethod::bernoulli_tiled}) {
    INFO(to_string(method));
    const Sample mask =
        sample(zoo::repeated(model, replicas),
               {.method = method, .key = {92, 1}, .probabilities = true, .threads = 1});
    const Attended<double> read =
        many.on(mask.pattern, {.copies = mask.copies, .rate = mask.probability});
    const Attended<double> unread = many.on(mask.pattern, {.copies = mask.copies});
    double worst = 0;
    double worst_unread = 0;
    for (Index i = 0; i < n; ++i) {
      Sums mean{0, std::vector<double>(3)};
      double unread_weight = 0;
      for (Index r = i; r < n * replicas; r += n) {
        const Sums sums = sums_of(read, r);
        mean.weight += sums.weight / static_cast<double>(replicas);
        for (std::size_t c = 0; c < 3; ++c)
          mean.value[c] += sums.value[c] / static_cast<double>(replicas);
        unread_weight += std::exp(unread.lse(r, 0)) / static_cast<double>(replicas);
      }
      const Sums wanted = sums_of(full, i);
      const auto deviation = [&](const std::function<double(Index)>& value) {
        double variance = 0;
        for (Index j = 0; j < m; ++j) {
          const double rate = model.rate(i, j);
          const double term = std::exp(x.score(i, j)) * value(j);
          variance += term * term * (method == SampleMethod::poisson ? rate : rate * (1 - rate)) /
                      (rate * rate);
        }
        return std::sqrt(variance / static_cast<double>(replicas));
      };
      const double weight_deviation = deviation([](Index) { return 1.0; });
      worst = std::max(worst, std::abs(mean.weight - wanted.weight) / weight_deviation);
      worst_unread =
          std::max(worst_unread, std::abs(unread_weight - wanted.weight) / weight_deviation);
      for (Index c = 0; c < 3; ++c)
        worst = std::max(worst, std::abs(mean.value[static_cast<std::size_t>(c)] -
                                         wanted.value[static_cast<std::size_t>(c)]) /
                                    deviation([&](Index j) { return x.V(j, c); }));
    }
    CHECK(worst < support::sigmas);
    CHECK(worst_unread > 20 * support::sigmas);
  }
}

TEST_CASE("attend: the error of a multigraph with rates falls as 1 / sqrt(draws)",
          "[sbm][importance]") {
  // N multigraphs together are one of rates N lambda, and N E|z_i - o_i|^2 tends to
  // sum_j A_ij^2 / lambda_ij |v_j - o_i|^2. The mean over 2000 replicas within 5 standard errors of
  // its own, below 2 % each; the limit's O(1/N) is within them. Seed 93.
  const Index n = 5;
  const Index m = 8;
  const Index replicas = 2000;
  const Inputs x(n, m);
  const Model model = zoo::random_model(n, m, 2, 2, .4);
  const Attended<double> full = x.everywhere();
  double limit = 0;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < m; ++j) {
      const double A = std::exp(x.score(i, j) - full.lse(i, 0));
      for (Index c = 0; c < 3; ++c)
        limit += A * A / model.rate(i, j) * std::pow(x.V(j, c) - full.Z(i, c), 2);
    }
  Inputs many(n * replicas, m);
  for (Index r = 0; r < n * replicas; ++r)
    for (Index c = 0; c < 2; ++c)
      many.Q(r, c) = x.Q(r % n, c);
  for (const double N : {400.0, 4000.0}) {
    Model dense = zoo::repeated(model, replicas);
    for (Index e = 0; e < dense.S.shape().size(); ++e)
      dense.S.data()[e] *= N;
    const Sample mask = sample(
        dense,
        {.method = SampleMethod::poisson, .key = {93, 1}, .probabilities = true, .threads = 1});
    const Attended<double> read =
        many.on(mask.pattern, {.copies = mask.copies, .rate = mask.probability});
    double mean = 0;
    double square = 0;
    for (Index r = 0; r < replicas; ++r) {
      double error = 0;
      for (Index i = 0; i < n; ++i)
        for (Index c = 0; c < 3; ++c)
          error += N * std::pow(read.Z(r * n + i, c) - full.Z(i, c), 2);
      mean += error / static_cast<double>(replicas);
      square += error * error / static_cast<double>(replicas);
    }
    const double deviation = std::sqrt((square - mean * mean) / static_cast<double>(replicas));
    INFO("N = " << N << ": " << mean << " +- " << deviation << ", limit " << limit);
    CHECK(std::abs(mean - limit) < support::sigmas * deviation);
    CHECK(deviation < .02 * limit);
  }
}

TEST_CASE("attend: copies and rates are an edge bias, in both passes and back ends",
          "[sbm][importance]") {
  const Index n = 40;
  const Inputs x(n, n);
  const Sample mask =
      sample(zoo::random_model(n, n, 3, 3, .6),
             {.method = SampleMethod::poisson, .key = {94, 1}, .probabilities = true});
  std::vector<double> bias;
  std::vector<double> total;
  RandomStream draw({94, 2});
  for (std::size_t e = 0; e < mask.copies.size(); ++e) {
    bias.push_back(draw.unit());
    total.push_back(bias[e] + std::log(mask.copies[e]) - std::log(mask.probability[e]));
  }
  const Dense<double> G = zoo::random_matrix(n, 3, 1, {94, 3});
  const auto Q = x.Q.view();
  const auto K = x.K.view();
  const auto V = x.V.view();
  for (const auto backend : {attention::Backend::fused, attention::Backend::graphblas}) {
    const AttendOptions plain{.lse = true, .d_score = true, .backend = backend, .threads = 1};
    const attention::EdgeMultiplicity drawn{.copies = mask.copies, .rate = mask.probability};
    const auto wanted = attend<double>(Q, K, V, mask.pattern, plain, total);
    const auto found = attend<double>(Q, K, V, mask.pattern, plain, bias, drawn);
    CHECK(std::equal(found.Z.data(), found.Z.data() + 3 * n, wanted.Z.data()));
    const auto dwanted = attend_backward<double>(Q, K, V, mask.pattern, wanted, G.view(), total);
    const auto dfound =
        attend_backward<double>(Q, K, V, mask.pattern, found, G.view(), bias, drawn);
    CHECK(dfound.d_score == dwanted.d_score);
    CHECK(std::equal(dfound.dQ.data(), dfound.dQ.data() + 2 * n, dwanted.dQ.data()));
  }
}

TEST_CASE("attend: refuses copies and rates that belong to no drawn mask", "[sbm][importance]") {
  const Inputs x(1, 2);
  const auto mask = support::pattern_where(1, 2, [](Index, Index) { return true; });
  const std::vector<double> rate{.5, .25};
  const std::vector<std::uint32_t> copies{1, 2};
  const std::vector<double> none{.5, 0};
  const std::vector<double> infinite{INFINITY, 1};
  const std::vector<std::uint32_t> absent{0, 1};
  CHECK_NOTHROW(x.on(mask, {.copies = copies, .rate = rate}));
  CHECK_THROWS_WITH(x.on(mask, {.rate = none}), Contains("rate of entry 1 is 0"));
  CHECK_THROWS_WITH(x.on(mask, {.rate = infinite}), Contains("rate of entry 0 is inf"));
  CHECK_THROWS_WITH(x.on(mask, {.copies = absent}), Contains("entry 0 was drawn 0"));
  CHECK_THROWS_WITH(x.on(mask, {.copies = std::span(copies).first(1)}),
                    Contains("1 numbers of copies given for 2 entries"));
  CHECK_THROWS_WITH(x.on(mask, {.rate = std::span(rate).first(1)}),
                    Contains("1 rates given for 2 entries"));
}
