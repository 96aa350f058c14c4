// SPDX-License-Identifier: Apache-2.0
// What dropout on edges does to the law of the output: other tests only ask that forward, backward
// and both back ends drop the same edges.
#include "attnwalk/attention/attention.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>

using namespace attnwalk;

TEST_CASE(
    "attend: dropout keeps each edge with the probability asked for, scaled up to keep the mean",
    "[attention][dropout]") {
  // Equal scores and values of 1: a row gives (number of kept keys) / (keys (1 - rate)).
  const Index n = 300, keys = 200, heads = 2;
  const double rate = GENERATE(.1, .5, .9);
  const auto backend = GENERATE(attention::Backend::fused, attention::Backend::graphblas);
  const Dense<double> Q(Shape{2, heads, n, 1}), K(Shape{2, heads, keys, 1});
  Dense<double> V(Shape{2, heads, keys, 1});
  std::fill_n(V.data(), V.shape().size(), 1.0);
  const pattern::PatternBatch P(support::pattern_where(n, keys, [](Index, Index) { return true; }));
  const auto Z = [&](std::uint64_t seed) {
    return attention::attend<double>(Q.view(), K.view(), V.view(), P,
                                     {.dropout = rate, .key = {seed, 1}, .backend = backend})
        .Z;
  };
  const Dense<double> one = Z(1), other = Z(2);
  const auto kept = [&](const Dense<double>& X, Index x) {
    return X.data()[x] * static_cast<double>(keys) * (1 - rate);
  };
  const Index rows = one.shape().size();
  double sum = 0, square = 0, between_seeds = 0, between_heads = 0;
  const double mean = static_cast<double>(keys) * (1 - rate);
  for (Index x = 0; x < rows; ++x) {
    CHECK(std::abs(kept(one, x) - std::round(kept(one, x))) < 1e-9); // a count
    sum += kept(one, x) - mean;
    square += std::pow(kept(one, x) - mean, 2);
    between_seeds += (kept(one, x) - mean) * (kept(other, x) - mean);
    between_heads += (kept(one, x) - mean) * (kept(one, (x + n) % rows) - mean);
  }
  // Binomial: variance keys rate (1 - rate); sums over independent rows, 5 sigma.
  const double variance = mean * rate;
  const double root = std::sqrt(static_cast<double>(rows));
  CHECK(std::abs(sum) < 5 * root * std::sqrt(variance));
  CHECK(std::abs(square / static_cast<double>(rows) / variance - 1) < 5 * std::sqrt(2.0) / root);
  CHECK(std::abs(between_seeds) < 5 * root * variance);
  CHECK(std::abs(between_heads) < 5 * root * variance);
}
