// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/stored.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"

#include <algorithm>
#include <limits>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;
using Catch::Matchers::Contains;

namespace {

struct Model {
  Dense<double> Y;
  Dense<double> S;
  Dense<double> Z;

  [[nodiscard]] double p(Index i, Index j, double delta) const { // by the definition
    double sum = delta;
    for (Index u = 0; u < S.shape().tokens; ++u)
      for (Index v = 0; v < S.shape().width; ++v)
        sum += Y(i, u) * S(u, v) * Z(j, v);
    return std::clamp(sum, 0.0, 1.0);
  }
};

Model model_of(Index n, Index m, Index a, Index b, double scale) {
  Model model{Dense<double>(n, a), Dense<double>(a, b), Dense<double>(m, b)};
  Draws draw({31, 1});
  for (auto* part : {&model.Y, &model.S, &model.Z})
    for (Index i = 0; i < part->shape().size(); ++i)
      part->data()[i] = draw.unit() * (part == &model.S ? scale : 1);
  return model;
}

} // namespace

TEST_CASE("stored: every cell has its probability", "[sbm][stored]") {
  // Seed 0..4999; scale 3 makes most cells certain, .1 none.
  const double scale = GENERATE(0.1, 0.6, 3.0);
  const double delta = 0.01;
  const Model model = model_of(5, 9, 3, 2, scale);
  const int draws = 5000;
  std::vector<double> counts(45);
  for (std::uint64_t seed = 0; seed < draws; ++seed)
    for (const Index cell :
         flat(sbm::stored(model.Y.view(), model.S.view(), model.Z.view(), delta, {seed, 1}, {}, 1)))
      ++counts[static_cast<std::size_t>(cell)];
  double chi2 = 0;
  double uncertain = 0;
  for (Index i = 0; i < 5; ++i)
    for (Index j = 0; j < 9; ++j) {
      const double p = model.p(i, j, delta);
      const double count = counts[static_cast<std::size_t>(i * 9 + j)];
      if (p >= 1) {
        CHECK(count == draws);
        continue;
      }
      chi2 += (count - draws * p) * (count - draws * p) / (draws * p * (1 - p));
      ++uncertain;
    }
  CHECK(chi_square_excess(chi2, uncertain) < sigmas);
}

TEST_CASE("stored: cells of a row are independent", "[sbm][stored]") {
  const Model model = model_of(1, 3, 2, 2, 1);
  std::vector<double> counts(8);
  std::vector<double> expected(8, 1);
  const int draws = 20000;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    std::size_t outcome = 0;
    for (const Index cell :
         flat(sbm::stored(model.Y.view(), model.S.view(), model.Z.view(), 0.02, {seed, 2}, {}, 1)))
      outcome |= std::size_t{1} << static_cast<std::size_t>(cell);
    ++counts[outcome];
  }
  for (std::size_t outcome = 0; outcome < 8; ++outcome) {
    expected[outcome] = draws;
    for (Index j = 0; j < 3; ++j) {
      const double p = model.p(0, j, 0.02);
      expected[outcome] *= (outcome >> static_cast<std::size_t>(j) & 1) != 0 ? p : 1 - p;
    }
  }
  CHECK(chi_square_excess(counts, expected) < sigmas);
}

TEST_CASE("stored: density within 5 sigma of the expected one", "[sbm][stored]") {
  const double scale = GENERATE(0.02, 0.2, 1.0);
  const Index n = 400;
  const Index m = 500;
  const Model model = model_of(n, m, 8, 6, scale);
  double mean = 0;
  double variance = 0;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < m; ++j) {
      const double p = model.p(i, j, 0.01);
      mean += p;
      variance += p * (1 - p);
    }
  const auto Y = model.Y.view();
  const auto S = model.S.view();
  const auto Z = model.Z.view();
  CHECK(sbm::expected_density(Y, S, Z, 0.01) == Approx(mean / (1.0 * n * m)).epsilon(1e-12));
  const Pattern P = sbm::stored(Y, S, Z, 0.01, {8, 8});
  CHECK_NOTHROW(validate(P.view()));
  CHECK(std::abs(static_cast<double>(P.entries()) - mean) < sigmas * std::sqrt(variance));
}

TEST_CASE("stored: certain and empty models are exact", "[sbm][stored]") {
  const Model model = model_of(6, 7, 2, 2, 0);
  const auto Y = model.Y.view();
  const auto S = model.S.view();
  const auto Z = model.Z.view();
  CHECK(sbm::stored(Y, S, Z, 0, {}).entries() == 0);
  CHECK(sbm::stored(Y, S, Z, 1, {}).entries() == 42);
  CHECK(sbm::expected_density(Y, S, Z, 0) == 0);
  CHECK(sbm::expected_density(Y, S, Z, 1) == 1);
  const Model none = model_of(0, 7, 2, 2, 1);
  CHECK(sbm::stored(none.Y.view(), none.S.view(), none.Z.view(), 0, {}).rows() == 0);
  CHECK(sbm::expected_density(none.Y.view(), none.S.view(), none.Z.view(), 0) == 0);
}

TEST_CASE("stored: same bits for every thread count, and shares of the rows stack up",
          "[sbm][stored]") {
  const Index n = 1000;
  const Model model = model_of(n, 800, 5, 5, 0.05);
  const auto draw = [&](pattern::Rows rows, int threads, std::uint64_t seed = 6) {
    return sbm::stored(model.Y.view(), model.S.view(), model.Z.view(), 0.01, {seed, 1}, rows,
                       threads);
  };
  const Pattern one = draw({}, 1);
  CHECK(one == draw({}, 2));
  CHECK(one == draw({}, 3));
  CHECK_FALSE(one == draw({}, 1, 7));
  CHECK(shares_stack_up(n, [&](Index begin, Index end) { return draw({begin, end}, 0); }));
}

TEST_CASE("stored: refusals name the entry and the bound", "[sbm][stored]") {
  Model model = model_of(4, 5, 2, 3, 1);
  const auto draw = [&](double delta) {
    return sbm::stored(model.Y.view(), model.S.view(), model.Z.view(), delta, {});
  };
  CHECK_THROWS_WITH(draw(-0.1), Contains("delta = -0.1"));
  CHECK_THROWS_WITH(draw(1.5), Contains("delta = 1.5"));
  CHECK_THROWS_AS(draw(std::nan("")), Error);
  model.Z(4, 2) = -1;
  CHECK_THROWS_WITH(draw(0), Contains("Z(4, 2) = -1"));
  CHECK_THROWS_AS(sbm::expected_density(model.Y.view(), model.S.view(), model.Z.view(), 0), Error);
  model.Z(4, 2) = 0;
  model.Y(0, 1) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(draw(0), Contains("Y(0, 1)"));
  model.Y(0, 1) = std::nan("");
  CHECK_THROWS_WITH(draw(0), Contains("Y(0, 1)"));
  CHECK_THROWS_WITH(sbm::stored(model.Z.view(), model.S.view(), model.Z.view(), 0, {}),
                    Contains("5 x 3") && Contains("needs S"));
}
