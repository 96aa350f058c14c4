// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/head.hpp"
#include "attnwalk/sbm/sample.hpp"

#include "catch.hpp"
#include "zoo.hpp"

#include <cmath>

using namespace attnwalk;
using namespace attnwalk::sbm;
using Catch::Contains;

namespace {

Dense<double> random_array(Shape shape, Key key) {
  const Dense<double> rows =
      zoo::random_matrix(shape.batch * shape.heads * shape.tokens, shape.width, 1, key);
  Dense<double> A(shape);
  std::copy_n(rows.data(), shape.size(), A.data());
  return A;
}

bool same(const Dense<double>& A, const Dense<double>& B) {
  return A.shape() == B.shape() && std::equal(A.data(), A.data() + A.shape().size(), B.data());
}

/// A layer of 2 sequences and 3 heads; 600 queries and 300 keys are more than a piece of rows, and
/// no multiple of one.
struct Layer {
  Dense<double> q = random_array({2, 3, 600, 16}, {81, 1});
  Dense<double> k = random_array({2, 3, 300, 16}, {81, 2});
  Dense<double> C = random_array({1, 3, 20, 16}, {81, 3});
  TwoLayerMap<double> f{
      zoo::random_matrix(24, 16, .5, {81, 4}), zoo::random_matrix(1, 24, .5, {81, 5}),
      zoo::random_matrix(16, 24, .5, {81, 6}), zoo::random_matrix(1, 16, .5, {81, 7})};
  HeadOptions how{.block_scale = .5, .delta = .01};

  [[nodiscard]] Heads<double> forward(int threads) const {
    HeadOptions options = how;
    options.threads = threads;
    return heads<double>(q.view(), k.view(), C.view(), f, options);
  }
  [[nodiscard]] Head<double> one(Index b, Index h) const {
    return head<double>(q.view().head(b, h), k.view().head(b, h), C.view().head(0, h), f, how);
  }
};

void add(const Dense<double>& from, Dense<double>& to, Index offset = 0) {
  for (Index e = 0; e < from.shape().size(); ++e)
    to.data()[offset + e] += from.data()[e];
}

} // namespace

TEST_CASE("heads: the bits of head, head by head, for any number of threads", "[sbm][head]") {
  const Layer layer;
  for (const int threads : {1, 2, 3}) {
    const auto all = layer.forward(threads);
    REQUIRE(all.models.size() == 6);
    for (Index number = 0; number < 6; ++number) {
      INFO("head " << number << ", " << threads << " threads");
      const auto one = layer.one(number / 3, number % 3);
      const Model& model = all.models[static_cast<std::size_t>(number)];
      const auto& kept = all.kept[static_cast<std::size_t>(number)];
      CHECK(same(model.Y.dense(), one.model.Y.dense()));
      CHECK(same(model.S, one.model.S));
      CHECK(same(model.Z.dense(), one.model.Z.dense()));
      CHECK((model.delta == .01 && model.clamp && !model.loops));
      CHECK(same(kept.hidden_q, one.kept.hidden_q));
      CHECK(same(kept.mapped_k, one.kept.mapped_k));
    }
  }
  const auto all = layer.forward(0);
  const SampledBatch masks = sample_batch(all.models, 2, 3, {.key = {82, 1}});
  CHECK(masks.patterns.at(0, 0) == sample(layer.one(0, 0).model, {.key = {82, 1}}).pattern);
}

TEST_CASE("heads: rows by the definition", "[sbm][head]") {
  // Every 97th row, within 1e-13: sums of at most 24 terms below 10.
  const Layer layer;
  const auto all = layer.forward(0);
  const auto map = [](const Dense<double>& W, const Dense<double>& b, const std::vector<double>& x,
                      bool relu) {
    std::vector<double> y;
    for (Index r = 0; r < W.shape().tokens; ++r) {
      double sum = b(0, r);
      for (Index c = 0; c < W.shape().width; ++c)
        sum += W(r, c) * x[static_cast<std::size_t>(c)];
      y.push_back(relu ? std::max(sum, 0.0) : sum);
    }
    return y;
  };
  for (Index i = 0; i < 600; i += 97) {
    const double* q = layer.q.view().row(1, 2, i);
    const std::vector<double> F =
        map(layer.f.W2, layer.f.b2, map(layer.f.W1, layer.f.b1, {q, q + 16}, true), false);
    for (Index u = 0; u < 20; ++u) {
      double sum = 0;
      for (Index c = 0; c < 16; ++c)
        sum += F[static_cast<std::size_t>(c)] * layer.C.view().row(0, 2, u)[c];
      CHECK(std::abs(all.models[5].Y.at(i, u) - 1 / (1 + std::exp(-sum))) < 1e-13);
    }
  }
}

TEST_CASE("heads_backward: the sum of head_backward over sequences and heads", "[sbm][head]") {
  const Layer layer;
  const auto all = layer.forward(0);
  std::vector<ModelGradients> given;
  for (std::uint64_t number = 0; number < 6; ++number)
    given.push_back({zoo::random_matrix(600, 20, 1, {83, 3 * number}),
                     zoo::random_matrix(20, 20, 1, {83, 3 * number + 1}),
                     zoo::random_matrix(300, 20, 1, {83, 3 * number + 2})});
  Dense<double> dq(layer.q.shape());
  Dense<double> dk(layer.k.shape());
  Dense<double> dC(layer.C.shape());
  TwoLayerMap<double> df{Dense<double>(24, 16), Dense<double>(1, 24), Dense<double>(16, 24),
                         Dense<double>(1, 16)};
  for (Index number = 0; number < 6; ++number) {
    const Index b = number / 3;
    const Index h = number % 3;
    const auto g = head_backward<double>(layer.q.view().head(b, h), layer.k.view().head(b, h),
                                         layer.C.view().head(0, h), layer.f, layer.one(b, h),
                                         given[static_cast<std::size_t>(number)]);
    add(g.dq, dq, number * 600 * 16);
    add(g.dk, dk, number * 300 * 16);
    add(g.dC, dC, h * 20 * 16);
    add(g.df.W1, df.W1);
    add(g.df.b1, df.b1);
    add(g.df.W2, df.W2);
    add(g.df.b2, df.b2);
  }
  for (const int threads : {1, 2, 3}) {
    const auto g = heads_backward<double>(layer.q.view(), layer.k.view(), layer.C.view(), layer.f,
                                          layer.forward(threads), given);
    INFO(threads << " threads");
    CHECK(same(g.dq, dq));
    CHECK(same(g.dk, dk));
    CHECK(same(g.dC, dC));
    CHECK(same(g.df.W1, df.W1));
    CHECK(same(g.df.b1, df.b1));
    CHECK(same(g.df.W2, df.W2));
    CHECK(same(g.df.b2, df.b2));
  }
}

TEST_CASE("heads: refusals name the array and the place", "[sbm][head]") {
  Layer layer;
  const Dense<double> two_heads = random_array({1, 2, 20, 16}, {81, 3});
  CHECK_THROWS_WITH(heads<double>(layer.q.view(), layer.k.view(), two_heads.view(), layer.f),
                    Contains("C is 1 x 2 x 20 x 16 where 1 x 3 x 20 x 16 is needed"));
  CHECK_THROWS_WITH(
      heads<double>(layer.q.view(), layer.k.view().head(0, 0), layer.C.view(), layer.f),
      Contains("k is 1 x 1 x 300 x 16"));
  CHECK_THROWS_WITH(head<double>(layer.q.view(), layer.k.view(), layer.C.view(), layer.f),
                    Contains("2 x 3 heads where one is needed"));
  const auto all = layer.forward(0);
  CHECK_THROWS_WITH(
      heads_backward<double>(layer.q.view(), layer.k.view(), layer.C.view(), layer.f, all, {}),
      Contains("0 gradients and 6 models given for 2 x 3 heads"));
  layer.how.delta = -1;
  CHECK_THROWS_WITH(layer.forward(1), Contains("delta = -1"));
  layer.how.delta = 0;
  layer.k.view().row(1, 2, 7)[3] = std::nan("");
  CHECK_THROWS_WITH(layer.forward(1), Contains("k at batch 1, head 2, row 7, column 3 is nan"));
}
