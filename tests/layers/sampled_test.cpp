// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/block_model.hpp"
#include "attnwalk/io/dense_array.hpp"
#include "attnwalk/layers/sampled.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/sbm/moments.hpp"

#include "sbm/zoo.hpp"
#include "support/dense.hpp"
#include "support/statistics.hpp"

#include <cstdlib>
#include <filesystem>
#include <limits>

using namespace attnwalk;
using layers::attend_sampled;
using layers::attend_sampled_backward;
using layers::SampledOptions;
using layers::Sparsity;
using Method = sbm::SampleMethod;
using sbm::Model;
using support::random_dense;

namespace {

const double tol = 1e-13;           // sums of at most 40 products of order 1
const double difference_tol = 1e-8; // step^2 times third derivatives of order 1, eps / step
const double no_clip = std::numeric_limits<double>::infinity();

// Of 2 sequences of 11 keys.
const std::vector<std::uint8_t> padding{1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, //
                                        0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0};

/// 2 sequences of 3 heads, 13 queries and 11 keys; random models with 4 clusters of queries and 2
/// of keys, rates up to .7.
struct Case {
  Dense<double> Q = random_dense<double>({2, 3, 13, 4}, 1);
  Dense<double> K = random_dense<double>({2, 3, 11, 4}, 2);
  Dense<double> V = random_dense<double>({2, 3, 11, 3}, 3);
  Dense<double> G = random_dense<double>({2, 3, 13, 3}, 4);
  std::vector<Model> models;

  Case() {
    for (std::uint64_t number = 0; number < 6; ++number) {
      Model model;
      model.Y = sbm::Membership::mixed(sbm::zoo::random_matrix(13, 4, .5, {31, 3 * number}));
      model.S = sbm::zoo::random_matrix(4, 2, .5, {31, 3 * number + 1});
      model.Z = sbm::Membership::mixed(sbm::zoo::random_matrix(11, 2, .5, {31, 3 * number + 2}));
      model.delta = .2;
      models.push_back(std::move(model));
    }
  }
  [[nodiscard]] layers::SampledResult<double> forward(const SampledOptions& how) const {
    return attend_sampled<double>(Q.view(), K.view(), V.view(), models, how);
  }
  [[nodiscard]] layers::SampledGradients<double> backward(const SampledOptions& how) const {
    return attend_sampled_backward<double>(Q.view(), K.view(), V.view(), models, forward(how),
                                           G.view());
  }
};

void check_near(const Dense<double>& found, const Dense<double>& wanted, double tolerance) {
  REQUIRE(found.shape() == wanted.shape());
  double worst = 0;
  for (Index x = 0; x < wanted.shape().size(); ++x)
    worst = std::max(worst, std::abs(found.data()[x] - wanted.data()[x]));
  CHECK(worst <= tolerance);
}

bool same(const Dense<double>& a, const Dense<double>& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.shape().size(), b.data());
}

bool all_zero(const Dense<double>& a) {
  return std::all_of(a.data(), a.data() + a.shape().size(), [](double x) { return x == 0; });
}

} // namespace

TEST_CASE("attend_sampled: sample_batch's masks, and attention on them head by head",
          "[layers][sampled]") {
  const Method method = GENERATE(Method::automatic, Method::bernoulli_dense, Method::poisson,
                                 Method::poisson_distinct);
  const bool importance = method != Method::poisson_distinct && GENERATE(false, true);
  const Case c;
  const auto out = c.forward({.method = method, .importance = importance, .key = {32, 1}});
  const sbm::SampledBatch wanted = sbm::sample_batch(
      c.models, 2, 3, {.method = method, .key = {32, 1}, .probabilities = importance});
  CHECK(out.masks.methods == wanted.methods);
  CHECK(out.masks.copies == wanted.copies);
  CHECK(out.masks.probability == wanted.probability);
  std::size_t entry = 0;
  for (Index number = 0; number < 6; ++number) {
    const Index b = number / 3;
    const Index h = number % 3;
    const pattern::Pattern& P = wanted.patterns.at(b, h);
    CHECK_THAT(out.masks.patterns.at(b, h), support::SamePattern(P));
    CHECK(out.density[static_cast<std::size_t>(number)] ==
          static_cast<double>(P.entries()) / (13 * 11));
    for (Index i = 0; i < 13; ++i) {
      std::vector<double> sum(3);
      double total = 0;
      for (const Index j : P.row(i)) {
        double s = 0;
        for (Index w = 0; w < 4; ++w)
          s += c.Q.view().row(b, h, i)[w] * c.K.view().row(b, h, j)[w] / 2;
        double e = std::exp(s);
        e *= method == Method::poisson ? wanted.copies[entry] : 1;
        e /= importance ? wanted.probability[entry] : 1;
        total += e;
        for (std::size_t w = 0; w < 3; ++w)
          sum[w] += e * c.V.view().row(b, h, j)[w];
        ++entry;
      }
      for (std::size_t w = 0; w < 3; ++w)
        CHECK(std::abs(out.Z.view().row(b, h, i)[w] - (total > 0 ? sum[w] / total : 0)) <= tol);
    }
  }
}

TEST_CASE("attend_sampled: certain edges give plain attention", "[layers][sampled]") {
  const Method method = GENERATE(Method::automatic, Method::bernoulli, Method::bernoulli_tiled);
  const bool importance = GENERATE(false, true);
  const Case c;
  const std::vector<Model> certain(6, sbm::erdos_renyi(13, 11, 1));
  const SampledOptions how{.method = method, .importance = importance};
  const auto full = support::pattern_where(13, 11, [](Index, Index) { return true; });
  const auto wanted = attention::attend<double>(c.Q.view(), c.K.view(), c.V.view(), full);
  const auto out = attend_sampled<double>(c.Q.view(), c.K.view(), c.V.view(), certain, how);
  check_near(out.Z, wanted.Z, tol);
  for (const double density : out.density)
    CHECK(density == 1);
}

TEST_CASE("attend_sampled_backward: Q, K and V by central differences", "[layers][sampled]") {
  // Masks do not depend on Q, K and V here: the models are given.
  SampledOptions how{.key = {33, 1}, .threads = 1};
  SECTION("plain") {}
  SECTION("dropout and padding") {
    how.dropout = .3;
    how.key_mask = padding;
  }
  SECTION("copies") {
    how.method = Method::poisson;
  }
  SECTION("importance, a scale of its own") {
    how.method = Method::poisson;
    how.importance = true;
    how.scale = .7;
  }
  Case c;
  const auto g = c.backward(how);
  const auto compare = [&](Dense<double>& X, const Dense<double>& dX) {
    for (Index x = 0; x < X.shape().size(); ++x) {
      const double wanted =
          support::slope(X.data()[x], [&] { return support::loss(c.forward(how).Z, c.G); });
      CHECK(std::abs(wanted - dX.data()[x]) <= difference_tol);
    }
  };
  compare(c.Q, g.dQ);
  compare(c.K, g.dK);
  compare(c.V, g.dV);
}

TEST_CASE("attend_sampled_backward: models head by head", "[layers][sampled]") {
  const auto rule = GENERATE(sbm::GradientRule::logit, sbm::GradientRule::score);
  const Case c;
  const SampledOptions how{.key = {34, 1}, .sparsity_weight = 3, .rule = rule, .clip = .05};
  const auto out = c.forward(how);
  const auto g = c.backward(how);
  for (Index number = 0; number < 6; ++number) {
    const auto at = static_cast<std::size_t>(number);
    const auto Q = c.Q.view().head(number / 3, number % 3);
    const auto K = c.K.view().head(number / 3, number % 3);
    const auto V = c.V.view().head(number / 3, number % 3);
    const pattern::Pattern& P = out.masks.patterns.patterns()[at];
    const auto one = attention::attend<double>(Q, K, V, P, {.lse = true, .d_score = true});
    const auto back = attention::attend_backward<double>(Q, K, V, P, one,
                                                         c.G.view().head(number / 3, number % 3));
    const pattern::Weights s = attention::scores(Q, K, P);
    // clip(... + w / (batch heads n m)), by hand
    std::vector<double> dp;
    for (std::size_t e = 0; e < back.d_score.size(); ++e)
      dp.push_back(
          std::clamp(back.d_score[e] * (rule == sbm::GradientRule::score ? s.values()[e] : 1) +
                         3. / (6 * 13 * 11),
                     -.05, .05));
    const sbm::ModelGradients wanted = sbm::model_gradients(c.models[at], P, dp);
    check_near(g.d_models[at].dY, wanted.dY, tol);
    check_near(g.d_models[at].dS, wanted.dS, tol);
    check_near(g.d_models[at].dZ, wanted.dZ, tol);
  }
}

TEST_CASE("attend_sampled: the regularizer, sampled and expected", "[layers][sampled]") {
  const Case c;
  // No gradient of the loss: what is left is the regularizer's.
  SampledOptions how{.key = {35, 1}, .sparsity_weight = 2, .clip = no_clip};
  const auto zero = Dense<double>(c.G.shape());
  const auto of = [&](Sparsity sparsity) {
    how.sparsity = sparsity;
    const auto out = c.forward(how);
    auto g = attend_sampled_backward<double>(c.Q.view(), c.K.view(), c.V.view(), c.models, out,
                                             zero.view());
    double value = 0;
    for (std::size_t at = 0; at < 6; ++at) {
      const sbm::Sparsity wanted =
          sparsity == Sparsity::expected
              ? sbm::expected_sparsity(c.models[at])
              : sbm::sampled_sparsity(c.models[at], out.masks.patterns.patterns()[at]);
      CHECK(out.density[at] == Approx(wanted.value).epsilon(1e-14));
      value += wanted.value / 3;
      for (Index x = 0; x < wanted.gradients.dS.shape().size(); ++x)
        CHECK(g.d_models[at].dS.data()[x] ==
              Approx(wanted.gradients.dS.data()[x] / 3).epsilon(1e-13));
      for (Index x = 0; x < wanted.gradients.dY.shape().size(); ++x)
        CHECK(g.d_models[at].dY.data()[x] ==
              Approx(wanted.gradients.dY.data()[x] / 3).epsilon(1e-13));
      for (Index x = 0; x < wanted.gradients.dZ.shape().size(); ++x)
        CHECK(g.d_models[at].dZ.data()[x] ==
              Approx(wanted.gradients.dZ.data()[x] / 3).epsilon(1e-13));
    }
    CHECK(out.sparsity == Approx(value).epsilon(1e-14));
  };
  of(Sparsity::sampled);
  of(Sparsity::expected);
}

TEST_CASE("attend_sampled: under importance the regularizer alone reaches the models",
          "[layers][sampled]") {
  const Case c;
  SampledOptions how{.method = Method::poisson, .importance = true, .key = {36, 1}};
  for (const sbm::ModelGradients& g : c.backward(how).d_models)
    CHECK((all_zero(g.dY) && all_zero(g.dS) && all_zero(g.dZ)));
  how.sparsity_weight = 1;
  for (const sbm::ModelGradients& g : c.backward(how).d_models)
    CHECK_FALSE(all_zero(g.dS));
}

TEST_CASE("attend_sampled: padding receives nothing and changes no mask", "[layers][sampled]") {
  const Method method = GENERATE(Method::automatic, Method::poisson);
  const bool importance = GENERATE(false, true);
  Case c;
  SampledOptions how{.method = method, .importance = importance, .key = {37, 1}};
  const auto plain = c.forward(how);
  how.key_mask = padding;
  const auto out = c.forward(how);
  CHECK(out.density == plain.density);
  std::size_t entry = 0;
  std::size_t kept = 0;
  for (Index b = 0; b < 2; ++b)
    for (Index h = 0; h < 3; ++h) {
      const pattern::Pattern real =
          support::pattern_where(13, 11, [&](Index, Index j) { return padding[b * 11 + j] != 0; });
      CHECK_THAT(out.drawn.at(b, h), support::SamePattern(plain.masks.patterns.at(b, h)));
      CHECK_THAT(out.masks.patterns.at(b, h),
                 support::SamePattern(pattern::intersect(plain.masks.patterns.at(b, h), real)));
      for (Index i = 0; i < 13; ++i)
        for (const Index j : plain.masks.patterns.at(b, h).row(i)) {
          if (real.contains(i, j)) {
            CHECK(
                (method != Method::poisson || out.masks.copies[kept] == plain.masks.copies[entry]));
            CHECK((!importance || out.masks.probability[kept] == plain.masks.probability[entry]));
            ++kept;
          }
          ++entry;
        }
    }
  const auto g = attend_sampled_backward<double>(c.Q.view(), c.K.view(), c.V.view(), c.models, out,
                                                 c.G.view());
  for (Index b = 0; b < 2; ++b)
    for (Index h = 0; h < 3; ++h)
      for (Index j = 0; j < 11; ++j) {
        if (padding[b * 11 + j] != 0)
          continue;
        for (Index w = 0; w < 4; ++w)
          CHECK(g.dK.view().row(b, h, j)[w] == 0);
        for (Index w = 0; w < 3; ++w)
          CHECK(g.dV.view().row(b, h, j)[w] == 0);
        for (Index u = 0; u < 2; ++u)
          CHECK(g.d_models[b * 3 + h].dZ(j, u) == 0);
        std::fill_n(c.K.view().row(b, h, j), 4, 1e3);
        std::fill_n(c.V.view().row(b, h, j), 3, 1e3);
      }
  CHECK(same(c.forward(how).Z, out.Z));
}

TEST_CASE("attend_sampled: queries without keys give 0 and pass nothing on", "[layers][sampled]") {
  const Index n = GENERATE(0, 13);
  const Dense<double> X = random_dense<double>({1, 2, n, 4}, 1);
  const std::vector<Model> never(2, sbm::erdos_renyi(n, n, 0));
  const SampledOptions how{.sparsity_weight = 1, .rule = sbm::GradientRule::score};
  const auto out = attend_sampled<double>(X.view(), X.view(), X.view(), never, how);
  const auto g =
      attend_sampled_backward<double>(X.view(), X.view(), X.view(), never, out, X.view());
  CHECK(out.sparsity == 0);
  CHECK(all_zero(out.Z));
  CHECK((all_zero(g.dQ) && all_zero(g.dK) && all_zero(g.dV)));
  CHECK((all_zero(g.d_models[1].dY) && all_zero(g.d_models[1].dS)));
}

TEST_CASE("attend_sampled: same bits for any number of threads", "[layers][sampled]") {
  const Case c;
  SampledOptions how{.dropout = .1,
                     .key = {38, 1},
                     .key_mask = padding,
                     .sparsity_weight = .1,
                     .rule = sbm::GradientRule::score};
  how.threads = 1;
  const auto one = c.forward(how);
  const auto back = c.backward(how);
  for (how.threads = 2; how.threads <= 3; ++how.threads) {
    const auto out = c.forward(how);
    const auto g = c.backward(how);
    CHECK(same(out.Z, one.Z));
    CHECK((same(g.dQ, back.dQ) && same(g.dK, back.dK) && same(g.dV, back.dV)));
    for (std::size_t at = 0; at < 6; ++at) {
      CHECK(same(g.d_models[at].dY, back.d_models[at].dY));
      CHECK(same(g.d_models[at].dS, back.d_models[at].dS));
      CHECK(same(g.d_models[at].dZ, back.d_models[at].dZ));
    }
  }
}

TEST_CASE("attend_sampled: bfloat16 storage is attend's", "[layers][sampled]") {
  const Shape shape{1, 2, 20, 8};
  const auto Q = random_dense<float>(shape, 1), K = random_dense<float>(shape, 2),
             V = random_dense<float>(shape, 3);
  const std::vector<Model> models(2, sbm::erdos_renyi(20, 20, .4));
  const auto out = attend_sampled<float>(Q.view(), K.view(), V.view(), models,
                                         {.storage = attention::Storage::bfloat16});
  const auto wanted = attention::attend<float>(Q.view(), K.view(), V.view(), out.masks.patterns,
                                               {.storage = attention::Storage::bfloat16});
  CHECK(std::equal(out.Z.data(), out.Z.data() + shape.size(), wanted.Z.data()));
}

TEST_CASE("attend_sampled: refusals", "[layers][sampled]") {
  Case c;
  CHECK_THROWS_WITH(c.forward({.dropout = 1}), "dropout = 1 must be in [0, 1)");
  CHECK_THROWS_WITH(c.forward({.sparsity_weight = no_clip}),
                    "sparsity_weight = inf must be finite");
  CHECK_THROWS_WITH(c.forward({.clip = 0}), "clip = 0 must be positive");
  CHECK_THROWS_WITH(c.forward({.method = Method::poisson_distinct, .importance = true}),
                    "importance needs the number of draws or one coin per pair; the method "
                    "poisson_distinct keeps neither");
  const std::vector<std::uint8_t> short_mask(11);
  CHECK_THROWS_WITH(c.forward({.key_mask = short_mask}),
                    "key_mask holds 11 numbers for 2 sequences of 11 keys");
  const std::vector<std::uint8_t> no_keys(22);
  CHECK_THROWS_WITH(c.forward({.empty_rows = attention::EmptyRows::error, .key_mask = no_keys}),
                    "query 0 may attend no key; add one or choose the policy zero for empty rows");
  const auto bare = c.forward({.backward = false});
  CHECK_THROWS_WITH(attend_sampled_backward<double>(c.Q.view(), c.K.view(), c.V.view(), c.models,
                                                    bare, c.G.view()),
                    "the result holds nothing for the backward pass; ask for it with backward = "
                    "true");
  c.models.front() = sbm::erdos_renyi(13, 12, .5);
  CHECK_THROWS_WITH(c.forward({}), "a model of 13 x 12 tokens does not fit 13 queries and 11 keys");
  c.models.pop_back();
  CHECK_THROWS_WITH(c.forward({}), "5 models given for 2 sequences of 3 heads");
  c.K.view().row(1, 2, 7)[3] = std::nan("");
  c.models = std::vector<Model>(6, sbm::erdos_renyi(13, 11, .5));
  CHECK_THROWS_WITH(c.forward({}),
                    "K at batch 1, head 2, row 7, column 3 is nan; it must be finite");
}

TEST_CASE("attend_sampled: trained layers keep the densities of the training log",
          "[layers][sampled][trained]") {
  const char* data = std::getenv("ATTNWALK_DATA");
  if (data == nullptr)
    return;
  const auto file = std::filesystem::path(data) / "trained/sbm.npz";
  const double logged[] = {.2828338146, .1657598019, .1135842800, .0906217098}; // log.json
  for (Index layer = 0; layer < 4; ++layer) {
    INFO("layer " << layer);
    const io::ArrayFile stored(file);
    const auto heads = [&](const char* name) { // of this layer
      io::Array numbers = stored.read(name, layer * 4 * 1024 * 32, 4 * 1024 * 32);
      numbers.shape = {4, 1024, 32};
      return io::to_dense<double>(numbers);
    };
    const Dense<double> Q = heads("q"), K = heads("k"), V = heads("v");
    std::vector<Model> models;
    for (Index h = 0; h < 4; ++h)
      models.push_back(grammar::stored_model(io::read_model(file, layer, h)));
    SampledOptions how{
        .key = {71, 1}, .sparsity_weight = 1, .sparsity = Sparsity::expected, .backward = false};
    const auto expected = attend_sampled<double>(Q.view(), K.view(), V.view(), models, how);
    CHECK(std::abs(expected.sparsity - logged[layer]) < 2e-4);
    how.sparsity = Sparsity::sampled;
    const auto out = attend_sampled<double>(Q.view(), K.view(), V.view(), models, how);
    double edges = 0; // and no less than their variance
    for (const Model& model : models)
      edges += sbm::expected_edges(model);
    const double pairs = 4 * 1024.0 * 1024.0;
    CHECK(std::abs(out.sparsity - edges / pairs) < support::sigmas * std::sqrt(edges) / pairs);
  }
}
