// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/draw.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"

#include <cmath>
#include <map>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;

namespace {

double choose(double n, double k) {
  return std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1));
}

} // namespace

TEST_CASE("distinct: ascending, in range, of the size asked for", "[generators][distinct]") {
  const Index bound = GENERATE(1, 2, 7, 64, 65, 1000, 100000);
  for (const Index count : {Index{0}, Index{1}, bound / 100, bound / 64, bound / 64 + 1, bound / 2,
                            bound / 2 + 1, bound - 1, bound}) {
    if (count > bound)
      continue;
    std::vector<Index> keys(static_cast<std::size_t>(count));
    RandomStream draw({3, 1}, static_cast<std::uint64_t>(count));
    distinct(draw, bound, count, keys.data());
    for (std::size_t e = 0; e < keys.size(); ++e) {
      CHECK(keys[e] >= (e == 0 ? 0 : keys[e - 1] + 1));
      CHECK(keys[e] < bound);
    }
  }
}

TEST_CASE("distinct: all subsets are equally likely", "[generators][distinct]") {
  // Seed 11; bits, complement, and sorting (bound >= 64 count).
  struct Case {
    Index bound;
    Index count;
    std::size_t subsets;
  };
  const Case c = GENERATE(Case{6, 3, 20}, Case{6, 4, 15}, Case{128, 2, 8128}, Case{70, 1, 70});
  std::map<std::vector<Index>, double> seen;
  std::vector<Index> keys(static_cast<std::size_t>(c.count));
  for (std::uint64_t substream = 0; substream < 100 * c.subsets; ++substream) {
    RandomStream draw({11, 2}, substream);
    distinct(draw, c.bound, c.count, keys.data());
    ++seen[keys];
  }
  CHECK(uniformity_excess(seen, c.subsets) < sigmas);
}

TEST_CASE("Binomial: draws follow the law", "[generators][binomial]") {
  const double p = GENERATE(0.01, 0.3, 0.5, 0.97);
  const Index trials = 20;
  const int draws = 200000;
  const Binomial law(trials, p);
  std::vector<double> counts(6);
  std::vector<double> expected(6);
  for (Index k = 0; k <= trials; ++k) { // outcomes grouped so that each is expected often enough
    const double mass = choose(20, static_cast<double>(k)) * std::pow(p, k) *
                        std::pow(1 - p, static_cast<double>(trials - k));
    const double shift = static_cast<double>(k) - std::floor(20 * p);
    expected[static_cast<std::size_t>(std::min(5.0, std::max(0.0, shift + 2)))] += mass * draws;
  }
  RandomStream draw({12, 3});
  for (int t = 0; t < draws; ++t) {
    const double shift = static_cast<double>(law(draw)) - std::floor(20 * p);
    ++counts[static_cast<std::size_t>(std::min(5.0, std::max(0.0, shift + 2)))];
  }
  double chi2 = 0;
  double groups = 0;
  for (std::size_t g = 0; g < counts.size(); ++g) {
    if (expected[g] < 5) {
      CHECK(counts[g] < 30);
      continue;
    }
    chi2 += (counts[g] - expected[g]) * (counts[g] - expected[g]) / expected[g];
    ++groups;
  }
  CHECK(chi_square_excess(chi2, groups - 1) < sigmas);
}

TEST_CASE("Binomial: mean and variance at the sizes of patterns", "[generators][binomial]") {
  struct Case {
    Index trials;
    double p;
  };
  const Case c = GENERATE(Case{1000000, 64e-6}, Case{Index{1} << 40, 1e-9}, Case{100000, 0.5},
                          Case{1000, 1e-7}, Case{1000, 1 - 1e-7});
  const double mean = static_cast<double>(c.trials) * c.p;
  const double variance = mean * (1 - c.p);
  const Binomial law(c.trials, c.p);
  const int draws = 50000;
  RandomStream draw({13, 4});
  double m1 = 0;
  double m2 = 0;
  for (int t = 0; t < draws; ++t) {
    const double x = static_cast<double>(law(draw)) - mean;
    m1 += x / draws;
    m2 += x * x / draws;
  }
  const double fourth = variance * (1 + 3 * variance); // central moment, to leading orders
  CHECK(std::abs(m1) < sigmas * std::sqrt(variance / draws) + 1e-12);
  CHECK(std::abs(m2 - variance) < sigmas * std::sqrt(fourth / draws));
}

TEST_CASE("Binomial: probabilities 0 and 1 are exact", "[generators][binomial]") {
  RandomStream draw({14, 5});
  for (int t = 0; t < 1000; ++t) {
    CHECK(Binomial(1000, 0)(draw) == 0);
    CHECK(Binomial(1000, 1)(draw) == 1000);
    CHECK(Binomial(0, 0.5)(draw) == 0);
  }
}

TEST_CASE("Binomial: refuses what is no law", "[generators][binomial]") {
  CHECK_THROWS_AS(Binomial(-1, 0.5), Error);
  CHECK_THROWS_AS(Binomial(10, -0.1), Error);
  CHECK_THROWS_AS(Binomial(10, 1.1), Error);
  CHECK_THROWS_AS(Binomial(10, std::nan("")), Error);
}

TEST_CASE("hypergeometric: draws follow the law", "[generators][hypergeometric]") {
  struct Case {
    Index good;
    Index bad;
    Index drawn;
  };
  const Case c = GENERATE(Case{7, 9, 6}, Case{7, 9, 12}, Case{3, 30, 5}, Case{30, 3, 10});
  const int draws = 100000;
  const Index lo = std::max<Index>(0, c.drawn - c.bad);
  const Index hi = std::min(c.drawn, c.good);
  std::vector<double> counts(static_cast<std::size_t>(hi - lo + 1));
  std::vector<double> expected(counts.size());
  for (Index k = lo; k <= hi; ++k)
    expected[static_cast<std::size_t>(k - lo)] =
        draws * choose(static_cast<double>(c.good), static_cast<double>(k)) *
        choose(static_cast<double>(c.bad), static_cast<double>(c.drawn - k)) /
        choose(static_cast<double>(c.good + c.bad), static_cast<double>(c.drawn));
  RandomStream draw({15, 6});
  for (int t = 0; t < draws; ++t)
    ++counts.at(static_cast<std::size_t>(hypergeometric(draw, c.good, c.bad, c.drawn) - lo));
  CHECK(chi_square_excess(counts, expected) < sigmas);
}

TEST_CASE("hypergeometric: mean and variance at the sizes of patterns",
          "[generators][hypergeometric]") {
  // The top of the tree of edges at n = 10^6, d = 64, and its leaves.
  struct Case {
    double good;
    double bad;
    double drawn;
    int draws;
  };
  const Case c = GENERATE(Case{5e11, 5e11, 6.4e7, 300}, Case{1e6, 1e6, 128, 50000},
                          Case{3e6, 1e6, 3.9e6, 5000});
  const double all = c.good + c.bad;
  const double mean = c.drawn * c.good / all;
  const double variance = mean * (c.bad / all) * ((all - c.drawn) / (all - 1));
  RandomStream draw({16, 7});
  double m1 = 0;
  double m2 = 0;
  for (int t = 0; t < c.draws; ++t) {
    const double x = static_cast<double>(hypergeometric(draw, static_cast<Index>(c.good),
                                                        static_cast<Index>(c.bad),
                                                        static_cast<Index>(c.drawn))) -
                     mean;
    m1 += x / c.draws;
    m2 += x * x / c.draws;
  }
  CHECK(std::abs(m1) < sigmas * std::sqrt(variance / c.draws));
  CHECK(std::abs(m2 - variance) < sigmas * variance * std::sqrt(2.0 / c.draws));
}

TEST_CASE("hypergeometric: certain outcomes", "[generators][hypergeometric]") {
  RandomStream draw({17, 8});
  CHECK(hypergeometric(draw, 5, 0, 3) == 3);
  CHECK(hypergeometric(draw, 0, 5, 3) == 0);
  CHECK(hypergeometric(draw, 4, 5, 9) == 4);
  CHECK(hypergeometric(draw, 4, 5, 0) == 0);
}
