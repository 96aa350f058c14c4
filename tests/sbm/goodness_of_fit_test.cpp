// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/goodness_of_fit.hpp"

#include "catch.hpp"
#include "zoo.hpp"

#include <cmath>

using namespace attnwalk;
using namespace attnwalk::sbm;
using Catch::Contains;

namespace {

Model base() {
  Model model = zoo::random_model(150, 120, 3, 4, .1);
  model.delta = .01;
  return model;
}

/// What one mask of `drawn` adds to the noncentrality of the tests of `model`.
struct Power {
  double entries = 0; ///< of the squared normal
  double blocks = 0;  ///< of the chi-square over pairs of blocks, by the largest memberships
};
Power power_of_one(const Model& drawn, const Model& model) {
  const auto block = [](const Membership& Y, Index i) {
    Index largest = 0;
    for (Index c = 1; c < Y.clusters(); ++c)
      largest = Y.at(i, c) > Y.at(i, largest) ? c : largest;
    return largest;
  };
  Dense<double> shift(model.Y.clusters(), model.Z.clusters());
  Dense<double> variance(model.Y.clusters(), model.Z.clusters());
  for (Index i = 0; i < model.queries(); ++i)
    for (Index j = 0; j < model.keys(); ++j) {
      const Index u = block(model.Y, i);
      const Index v = block(model.Z, j);
      const double p = model.rate(i, j);
      shift(u, v) += drawn.rate(i, j) - p;
      variance(u, v) += p * (1 - p);
    }
  Power power;
  double all = 0;
  double spread = 0;
  for (Index e = 0; e < shift.shape().size(); ++e) {
    power.blocks += shift.data()[e] * shift.data()[e] / variance.data()[e];
    all += shift.data()[e];
    spread += variance.data()[e];
  }
  power.entries = all * all / spread;
  return power;
}

Index masks_for(double noncentrality, double of_one) {
  return static_cast<Index>(std::ceil(noncentrality / of_one));
}

double least_p(const Model& drawn, const Model& tested, Index draws, SampleMethod method,
               std::uint64_t seed) {
  std::vector<pattern::Pattern> masks;
  for (Index d = 0; d < draws; ++d)
    masks.push_back(
        sample(drawn, {.method = method, .key = {seed, static_cast<std::uint64_t>(d)}}).pattern);
  return goodness_of_fit(tested, masks, law_of(method)).p_value;
}

} // namespace

TEST_CASE("chi_square_tail: closed forms and published quantiles", "[sbm][fit]") {
  for (const double x : {1e-3, .5, 2.0, 30.0, 200.0}) {
    CHECK(chi_square_tail(x, 2) == Approx(std::exp(-x / 2)).epsilon(1e-12));
    CHECK(chi_square_tail(x, 1) == Approx(std::erfc(std::sqrt(x / 2))).epsilon(1e-12));
    CHECK(chi_square_tail(x, 4) == Approx(std::exp(-x / 2) * (1 + x / 2)).epsilon(1e-12));
  }
  CHECK(chi_square_tail(0, 7) == 1);
  CHECK(std::abs(chi_square_tail(124.3421, 100) - .05) < 1e-7);
  CHECK(chi_square_tail(1e4, 1e4) == Approx(.498).epsilon(.01));
  CHECK_THROWS_WITH(chi_square_tail(1, 0), Contains("0 degrees"));
}

TEST_CASE("selftest: accepts every sampler on every model", "[sbm][fit]") {
  for (const zoo::Case& one : zoo::cases())
    for (const SampleMethod method : {SampleMethod::bernoulli, SampleMethod::bernoulli_tiled,
                                      SampleMethod::poisson, SampleMethod::poisson_distinct}) {
      if (one.poisson_only && law_of(method) == MaskLaw::bernoulli)
        continue;
      Model model = one.model;
      model.loops = model.queries() == model.keys();
      INFO(one.name << ", " << to_string(method));
      const GoodnessOfFit result =
          selftest(model, 300, {.method = method, .key = {51, 1}, .threads = 1});
      for (const FitTest& test : result.tests)
        INFO(test.name << ": " << test.statistic << ", p = " << test.p_value);
      CHECK(result.accepted(1e-5));
      CHECK(result.draws == 300);
    }
  CHECK(selftest(base(), 20, {.key = {51, 2}}).accepted());
}

TEST_CASE("fit: p-values of right masks are spread over (0, 1)", "[sbm][fit]") {
  const Model model = base();
  int below_half = 0;
  double smallest = 1;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const GoodnessOfFit result = selftest(model, 1, {.key = {seed, 1}, .threads = 1});
    smallest = std::min(smallest, result.p_value);
    below_half += result.tests.front().p_value < .5 ? 1 : 0;
  }
  CHECK(smallest > 1e-4);
  CHECK(std::abs(below_half - 30) < 5 * std::sqrt(15.0));
}

TEST_CASE("fit: rejects masks of other models and of other laws", "[sbm][fit]") {
  // A p-value below 1e-6 after Bonferroni's 6 is one below 1.7e-7: 5.2 sigma of the entries, or 55
  // of a chi-square of 12 pairs of blocks. Masks of another model reach that 9999 times in 10000
  // once their noncentrality is (5.2 + 3.7)^2 = 80, or 130: 12 + 130 - 3.7 sqrt(2 (12 + 260)) = 56.
  // The number of masks follows.
  const Model model = base();
  Model denser = model;
  denser.delta = .013;
  const Index by_entries = masks_for(80, power_of_one(denser, model).entries);
  Model moved = model; // the same density, another block
  moved.S(0, 0) += .02;
  moved = with_density(moved, .1);
  const Model reference = with_density(model, .1);
  const Index by_blocks = masks_for(130, power_of_one(moved, reference).blocks);
  INFO(by_entries << " and " << by_blocks << " masks");
  CHECK(least_p(model, model, by_entries, SampleMethod::bernoulli, 52) > 1e-4);
  CHECK(least_p(denser, model, by_entries, SampleMethod::bernoulli, 52) < 1e-6);
  CHECK(least_p(reference, reference, by_blocks, SampleMethod::bernoulli, 52) > 1e-4);
  CHECK(least_p(moved, reference, by_blocks, SampleMethod::bernoulli, 52) < 1e-6);
  const Model dense = erdos_renyi(100, 100, .5);
  CHECK(least_p(dense, dense, 1, SampleMethod::bernoulli, 53) > 1e-4);
  const std::vector<pattern::Pattern> merged{
      sample(dense, {.method = SampleMethod::poisson_distinct, .key = {53, 1}}).pattern};
  CHECK(goodness_of_fit(dense, merged, MaskLaw::bernoulli).p_value < 1e-6);
  // A mask with exactly p m entries in each row is too regular.
  std::vector<pattern::Pattern> regular;
  regular.push_back(
      support::pattern_where(100, 100, [](Index i, Index j) { return (i + j) % 2 == 0; }));
  CHECK(goodness_of_fit(dense, regular, MaskLaw::bernoulli).p_value < 1e-6);
}

TEST_CASE("fit: an entry where the model has none is impossible", "[sbm][fit]") {
  const Model model = planted_model(20, 20, 2, .5, 0);
  std::vector<pattern::Pattern> masks{sample(model, {.key = {54, 1}}).pattern};
  CHECK(goodness_of_fit(model, masks, MaskLaw::bernoulli).impossible == 0);
  masks[0] = support::pattern_where(
      20, 20, [&](Index i, Index j) { return masks[0].contains(i, j) || (i == 0 && j == 19); });
  const GoodnessOfFit result = goodness_of_fit(model, masks, MaskLaw::bernoulli);
  CHECK(result.impossible == 1);
  CHECK_FALSE(result.accepted());
}

TEST_CASE("fit: refusals", "[sbm][fit]") {
  const Model model = base();
  const std::vector<pattern::Pattern> masks{sample(erdos_renyi(4, 5, .5)).pattern};
  CHECK_THROWS_WITH(goodness_of_fit(model, masks, MaskLaw::bernoulli),
                    Contains("4 x 5") && Contains("150 x 120"));
  CHECK_THROWS_WITH(goodness_of_fit(model, {}, MaskLaw::bernoulli), Contains("one mask"));
  const std::vector<std::uint32_t> copies{1, 2};
  CHECK_THROWS_WITH(goodness_of_fit(erdos_renyi(4, 5, .5), masks, MaskLaw::poisson, copies),
                    Contains("2 numbers"));
  CHECK_THROWS_WITH(selftest(model, 0), Contains("draws = 0"));
}
