// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/sample.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"
#include "zoo.hpp"

#include <algorithm>
#include <cmath>

using namespace attnwalk;
using namespace attnwalk::sbm;
using namespace attnwalk::support;
using Catch::Contains;

namespace {

/// Of each model: a cell of p = .25 is known to .3 %.
constexpr Index replicas = 20000;

constexpr SampleMethod bernoulli_methods[] = {
    SampleMethod::bernoulli, SampleMethod::bernoulli_tiled, SampleMethod::bernoulli_dense};

/// What so many masks of a model hold.
zoo::Tally tally(const Model& model, SampleMethod method, Key key) {
  const Sample drawn =
      sample(zoo::repeated(model, replicas), {.method = method, .key = key, .threads = 1});
  const Index n = model.queries();
  zoo::Tally tally(n, model.keys());
  tally.replicas = replicas;
  std::size_t e = 0;
  for (Index r = 0; r < drawn.pattern.rows(); ++r) {
    double entries = 0;
    for (const Index j : drawn.pattern.row(r)) {
      const double copies = drawn.copies.empty() ? 1 : drawn.copies[e];
      tally.counts[static_cast<std::size_t>(r % n)][static_cast<std::size_t>(j)] += copies;
      entries += copies;
      ++e;
    }
    tally.add_length(r % n, entries);
  }
  return tally;
}

std::vector<std::vector<zoo::Law>> laws(const Model& model, SampleMethod method) {
  std::vector<std::vector<zoo::Law>> all;
  for (const auto& row : zoo::rates_of(model)) {
    all.emplace_back();
    for (const double rate : row)
      all.back().push_back(method == SampleMethod::poisson ? zoo::poisson_copies(rate)
                           : method == SampleMethod::poisson_distinct
                               ? zoo::bernoulli(-std::expm1(-rate))
                               : zoo::bernoulli(std::min(rate, 1.0)));
  }
  return all;
}

Sample drawn(const Model& model, SampleMethod method, Key key = {7, 7}) {
  return sample(model, {.method = method, .key = key});
}

} // namespace

TEST_CASE("sample: Bernoulli methods follow the law of every model", "[sbm][sample]") {
  for (const zoo::Case& one : zoo::cases())
    for (const SampleMethod method : bernoulli_methods)
      if (!one.poisson_only) {
        INFO(one.name << ", " << to_string(method));
        CHECK(zoo::misfit(tally(one.model, method, {1, 1}), laws(one.model, method)) < sigmas);
      }
}

TEST_CASE("sample: automatic draws what the method that it names draws", "[sbm][sample]") {
  for (const zoo::Case& one : zoo::cases())
    if (!one.poisson_only) {
      const Sample automatic = drawn(one.model, SampleMethod::automatic);
      INFO(one.name << ", " << to_string(automatic.method));
      CHECK(automatic.pattern == drawn(one.model, automatic.method).pattern);
      CHECK((automatic.method == SampleMethod::bernoulli_tiled) ==
            (automatic.cost.tiled_ns < automatic.cost.sparse_ns));
    }
}

TEST_CASE("sample: Poisson methods follow the law of every model", "[sbm][sample]") {
  for (const zoo::Case& one : zoo::cases())
    for (const SampleMethod method : {SampleMethod::poisson, SampleMethod::poisson_distinct}) {
      INFO(one.name << ", " << to_string(method));
      CHECK(zoo::misfit(tally(one.model, method, {2, 1}), laws(one.model, method)) < sigmas);
    }
}

TEST_CASE("sample: large rows follow the law", "[sbm][sample]") {
  // Rows that fill several levels of the ordering bitmap, blocks of several alias words: edge
  // counts within 5 sigma and the chi-square of the columns in 100 bins. Seeds 3 and 4.
  const Index n = 60;
  const Index m = 70000;
  Model model = zoo::random_model(n, m, 4, 5, .02);
  for (const SampleMethod method :
       {SampleMethod::poisson, SampleMethod::bernoulli, SampleMethod::bernoulli_tiled}) {
    INFO(to_string(method));
    const Sample one = drawn(model, method, {3, 4});
    CHECK_NOTHROW(sparse::validate(one.pattern.view()));
    std::vector<double> bins(100);
    std::vector<double> expected(100);
    double variance = 0;
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < m; ++j) {
        const double rate = model.rate(i, j);
        expected[static_cast<std::size_t>(j * 100 / m)] += rate;
        variance += method == SampleMethod::poisson ? rate : rate * (1 - rate);
      }
    double total = 0;
    for (std::size_t e = 0; e < static_cast<std::size_t>(one.pattern.entries()); ++e) {
      const double copies = one.copies.empty() ? 1 : one.copies[e];
      bins[static_cast<std::size_t>(one.pattern.view().columns[e] * 100 / m)] += copies;
      total += copies;
    }
    double mean = 0;
    for (const double x : expected)
      mean += x;
    CHECK(std::abs(total - mean) < sigmas * std::sqrt(variance));
    CHECK(chi_square_excess(bins, expected) < sigmas);
  }
}

TEST_CASE("sample: a distinct Poisson mask loses 11.52 % at p = .25, a Bernoulli mask nothing",
          "[sbm][sample]") {
  const Index n = 1000;
  const double pairs = 1e6;
  const double p = .25;
  const Model model = erdos_renyi(n, n, p);
  const Sample poisson = drawn(model, SampleMethod::poisson);
  double copies = 0;
  for (const std::uint32_t c : poisson.copies)
    copies += c;
  // Var(merged) <= Var(copies) + Var(distinct) + covariance: 2 sqrt(pairs p) is beyond it.
  const double spread = sigmas * 2 * std::sqrt(pairs * p);
  CHECK(std::abs(copies - pairs * p) < spread);
  const double lost = 1 - static_cast<double>(poisson.pattern.entries()) / copies;
  CHECK(std::abs(lost - .1152) < spread / (pairs * p));
  const double kept = 1 - std::exp(-p); // .2212
  CHECK(
      std::abs(static_cast<double>(drawn(model, SampleMethod::poisson_distinct).pattern.entries()) -
               pairs * kept) < sigmas * std::sqrt(pairs * kept * (1 - kept)));
  for (const SampleMethod method : {SampleMethod::bernoulli, SampleMethod::bernoulli_tiled})
    CHECK(std::abs(static_cast<double>(drawn(model, method).pattern.entries()) - pairs * p) <
          sigmas * std::sqrt(pairs * p * (1 - p)));
}

TEST_CASE("sample: a distinct Poisson mask never exceeds a density of .632", "[sbm][sample]") {
  const Model full = erdos_renyi(1000, 1000, 1);
  const double ceiling = 0.6321205588285577;
  const double density =
      static_cast<double>(drawn(full, SampleMethod::poisson_distinct).pattern.entries()) / 1e6;
  CHECK(std::abs(density - ceiling) < sigmas * std::sqrt(ceiling * (1 - ceiling) / 1e6));
  CHECK(drawn(full, SampleMethod::bernoulli).pattern.entries() == 1000000);
}

TEST_CASE("sample: thinning is unbiased for rates up to .99", "[sbm][sample]") {
  // Mixed memberships, so that nothing but thinning applies; one row holds rates from .01 to 1
  // times the scale, and 1400 rates of .0005: without those its coins would be tossed one by one.
  const double scale = GENERATE(.25, .5, .9, .98, .99);
  const Index dense = 99;
  const Index m = 1499;
  Dense<double> Y(1, 1);
  Y(0, 0) = 1;
  Dense<double> Z(m, 2);
  for (Index j = 0; j < m; ++j) {
    Z(j, 0) = j < dense ? static_cast<double>(j + 1) / 99 : 0;
    Z(j, 1) = j < dense ? 0 : 1;
  }
  Model model;
  model.Y = Membership::mixed(std::move(Y));
  model.S = Dense<double>(1, 2);
  model.S(0, 0) = scale;
  model.S(0, 1) = .0005;
  model.Z = Membership::mixed(std::move(Z));
  const double mean = 50 * scale + .7;
  CHECK(predict(model, SampleMethod::bernoulli).proposals ==
        Approx(-std::log1p(-scale) / scale * mean).epsilon(1e-6));
  CHECK(zoo::misfit(tally(model, SampleMethod::bernoulli, {5, 5}),
                    laws(model, SampleMethod::bernoulli)) < sigmas);
}

TEST_CASE("sample: probabilities are those of the entries, exact to rounding", "[sbm][sample]") {
  for (const zoo::Case& one : zoo::cases())
    for (const SampleMethod method :
         {SampleMethod::poisson, SampleMethod::bernoulli, SampleMethod::bernoulli_tiled,
          SampleMethod::bernoulli_dense}) {
      if (one.poisson_only && method != SampleMethod::poisson)
        continue;
      INFO(one.name << ", " << to_string(method));
      Model model = one.model;
      model.loops = model.queries() == model.keys();
      const Sample s = sample(model, {.method = method, .key = {8, 1}, .probabilities = true});
      REQUIRE(s.probability.size() == static_cast<std::size_t>(s.pattern.entries()));
      std::size_t e = 0;
      for (Index i = 0; i < model.queries(); ++i)
        for (const Index j : s.pattern.row(i)) {
          const double rate = model.rate(i, j);
          const double p = model.loops && i == j             ? 1
                           : method == SampleMethod::poisson ? rate
                                                             : std::min(rate, 1.0);
          CHECK(s.probability[e++] == Approx(p).epsilon(1e-13)); // sums of at most 340 terms
        }
    }
}

TEST_CASE("sample: forced loops are there once, for certain", "[sbm][sample]") {
  Model model = zoo::random_model(300, 300, 3, 3, .1);
  model.loops = true;
  for (const SampleMethod method :
       {SampleMethod::poisson, SampleMethod::poisson_distinct, SampleMethod::bernoulli,
        SampleMethod::bernoulli_tiled, SampleMethod::bernoulli_dense}) {
    INFO(to_string(method));
    const Sample s = drawn(model, method);
    CHECK(loops_of(s.pattern) == 300);
    std::size_t e = 0;
    for (Index i = 0; i < 300; ++i)
      for (const Index j : s.pattern.row(i)) {
        if (i == j && method == SampleMethod::poisson)
          CHECK(s.copies[e] == 1);
        ++e;
      }
  }
}

TEST_CASE("sample: same bits for every thread count, and shares of the rows stack up",
          "[sbm][sample]") {
  const Model mixed = zoo::random_model(3000, 2000, 5, 4, .02);
  const Model hard = planted_model(3000, 2000, 10, .2, .01);
  for (const Model* model : {&mixed, &hard})
    for (const SampleMethod method :
         {SampleMethod::poisson, SampleMethod::bernoulli, SampleMethod::bernoulli_tiled}) {
      INFO(to_string(method));
      const auto draw = [&](pattern::RowRange rows, int threads, std::uint64_t seed = 6) {
        return sample(*model,
                      {.method = method, .key = {seed, 1}, .rows = rows, .threads = threads})
            .pattern;
      };
      const pattern::Pattern one = draw({}, 1);
      CHECK(one == draw({}, 2));
      CHECK(one == draw({}, 3));
      CHECK_FALSE(one == draw({}, 1, 7));
      CHECK(shares_stack_up(3000, [&](Index begin, Index end) { return draw({begin, end}, 0); }));
    }
}

TEST_CASE("sample: every method keeps its bits", "[sbm][sample]") {
  // All models side by side, 40 replicas of each, seed 9: written down, for any machine, compiler
  // and instruction set. A change here breaks everybody's stored results.
  struct Row {
    SampleMethod method;
    std::uint64_t bits;
  };
  for (const Row row : {Row{SampleMethod::poisson, 0x041e7d1b28782f7f},
                        Row{SampleMethod::poisson_distinct, 0x3c39d1346f82b253},
                        Row{SampleMethod::bernoulli, 0x1d188e136398d171},
                        Row{SampleMethod::bernoulli_tiled, 0x5ad341b44bae5a68},
                        Row{SampleMethod::bernoulli_dense, 0xf9e0996aed5d5532}}) {
    std::uint64_t all = 0;
    for (const zoo::Case& one : zoo::cases()) {
      if (one.poisson_only && row.method != SampleMethod::poisson &&
          row.method != SampleMethod::poisson_distinct)
        continue;
      const Sample s = drawn(zoo::repeated(one.model, 40), row.method, {9, 1});
      all = all * 31 + fingerprint(s.pattern);
      for (const std::uint32_t copies : s.copies)
        all = all * 31 + copies;
    }
    INFO(to_string(row.method) << " 0x" << std::hex << all);
    CHECK(all == row.bits);
  }
}

TEST_CASE("sample_batch: heads differ, the first is what sample draws", "[sbm][sample]") {
  std::vector<Model> models;
  models.reserve(5);
  for (int head = 0; head < 4; ++head)
    models.push_back(head == 2 ? planted_model(200, 150, 5, .5, .02)
                               : zoo::random_model(200, 150, 3, 4, .05));
  for (const SampleMethod method :
       {SampleMethod::automatic, SampleMethod::poisson, SampleMethod::bernoulli_tiled}) {
    const SampleOptions how{.method = method, .key = {11, 2}, .probabilities = true};
    const SampledBatch all = sample_batch(models, 2, 2, how);
    const Sample first = sample(models[0], how);
    CHECK(all.patterns.at(0, 0) == first.pattern);
    CHECK(std::equal(first.probability.begin(), first.probability.end(), all.probability.begin()));
    CHECK_FALSE(all.patterns.at(0, 1) == first.pattern);
    CHECK_FALSE(all.patterns.at(1, 1) == all.patterns.at(0, 1));
    std::size_t entries = 0;
    for (const pattern::Pattern& P : all.patterns.patterns())
      entries += static_cast<std::size_t>(P.entries());
    CHECK(all.probability.size() == entries);
    CHECK(all.copies.size() == (method == SampleMethod::poisson ? entries : 0));
    CHECK(all.methods.size() == 4);
  }
  CHECK_THROWS_WITH(sample_batch(models, 2, 3), Contains("4 models") && Contains("2 x 3"));
  models.push_back(erdos_renyi(200, 151, .5));
  CHECK_THROWS_WITH(sample_batch(models, 5, 1), Contains("200 x 151"));
}

TEST_CASE("sample: empty shapes give empty masks", "[sbm][sample]") {
  for (const SampleMethod method :
       {SampleMethod::automatic, SampleMethod::poisson, SampleMethod::bernoulli,
        SampleMethod::bernoulli_tiled, SampleMethod::bernoulli_dense}) {
    Model model = zoo::random_model(0, 5, 2, 2, 1);
    CHECK(drawn(model, method).pattern.rows() == 0);
    model = zoo::random_model(5, 0, 2, 2, 1);
    CHECK(drawn(model, method).pattern.entries() == 0);
    CHECK(drawn(model, method).pattern.rows() == 5);
  }
}

TEST_CASE("sample: refusals say what and where", "[sbm][sample]") {
  const Model high = zoo::random_model(5, 6, 2, 2, 4);
  CHECK_THROWS_WITH(drawn(high, SampleMethod::bernoulli), Contains("must be in [0, 1]"));
  CHECK_NOTHROW(drawn(high, SampleMethod::poisson));
  Model clamping = high;
  clamping.clamp = true;
  CHECK_NOTHROW(drawn(clamping, SampleMethod::bernoulli));
  CHECK_THROWS_WITH(drawn(erdos_renyi(1000000, 1000000, 1), SampleMethod::automatic),
                    Contains("1e+12 expected entries") && Contains("B"));
  CHECK_THROWS_WITH(sample(high, {.method = SampleMethod::poisson, .rows = {2, 9}}), Contains("9"));
  CHECK_THROWS_WITH(parse_name<SampleMethod>("method", "fast"),
                    Contains("method = fast") && Contains("bernoulli_tiled"));
}
