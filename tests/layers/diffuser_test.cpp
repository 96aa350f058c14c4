// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/attention.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/layers/diffuser.hpp"

#include "diffusion/cases.hpp"
#include "support/dense.hpp"

using namespace attnwalk;
using diffusion::Memory;
using layers::Diffuser;
using layers::DiffuserOptions;
using pattern::PatternBatch;
using support::random_dense;

namespace {

PatternBatch mixed(Index n) {
  return support::pattern_where(
      n, n, [n](Index i, Index j) { return i == n / 2 || j == n / 3 || std::abs(i - j) <= 1; });
}

const double tol = 1e-13;

} // namespace

TEST_CASE("Diffuser::forward: attention weights, then diffusion, head by head",
          "[layers][diffuser]") {
  const Index n = GENERATE(1, 2, 37);
  const Shape shape{2, 3, n, 7};
  const auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2);
  const auto V = random_dense<double>({2, 3, n, 5}, 3);
  const PatternBatch P = mixed(n);
  const DiffuserOptions how{.alpha = 0.15, .hops = 4};
  const auto out = Diffuser<double>(P, 5).forward(Q.view(), K.view(), V.view(), how);
  for (Index b = 0; b < 2; ++b)
    for (Index h = 0; h < 3; ++h) {
      const pattern::Weights A =
          attention::weights(Q.view().head(b, h), K.view().head(b, h), P.at(0, 0));
      const auto wanted =
          diffusion::diffuse<double>(A.view(), V.view().head(b, h), {.alpha = 0.15, .hops = 4});
      for (Index i = 0; i < n; ++i)
        for (Index c = 0; c < 5; ++c)
          CHECK(std::abs(out.Z.view().row(b, h, i)[c] - wanted.Z(i, c)) <= tol);
    }
}

TEST_CASE("Diffuser::forward: alpha = 1 or no hops give V; one hop without alpha is attention",
          "[layers][diffuser]") {
  const Shape shape{1, 2, 20, 6};
  const auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2),
             V = random_dense<double>(shape, 3);
  const PatternBatch P = mixed(20);
  const Diffuser<double> layer(P, 6);
  const auto run = [&](const DiffuserOptions& how) {
    return layer.forward(Q.view(), K.view(), V.view(), how).Z;
  };
  const auto attended = attention::attend<double>(Q.view(), K.view(), V.view(), P).Z;
  const auto still = run({.alpha = 1}), none = run({.hops = 0}), one = run({.alpha = 0, .hops = 1});
  for (Index x = 0; x < shape.size(); ++x) {
    CHECK(std::abs(still.data()[x] - V.data()[x]) <= tol);
    CHECK(none.data()[x] == V.data()[x]);
    CHECK(std::abs(one.data()[x] - attended.data()[x]) <= tol);
  }
}

TEST_CASE("Diffuser::backward: equals central differences, with and without dropout",
          "[layers][diffuser]") {
  const double dropout = GENERATE(0.0, 0.2);
  const Memory memory = GENERATE(Memory::store, Memory::recompute);
  const Shape shape{1, 2, 8, 4};
  auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2);
  auto V = random_dense<double>({1, 2, 8, 3}, 3);
  const auto G = random_dense<double>({1, 2, 8, 3}, 4);
  const Diffuser<double> layer(mixed(8), 3);
  const DiffuserOptions how{.alpha = 0.2,
                            .hops = 5,
                            .dropout = dropout,
                            .hop_dropout = dropout,
                            .key = {8, 9},
                            .memory = memory};
  const auto forward = [&] { return layer.forward(Q.view(), K.view(), V.view(), how); };
  const auto g = layer.backward(Q.view(), K.view(), V.view(), forward(), G.view());
  const auto slope = [&](double& x) {
    return support::slope(x, [&] { return support::loss(forward().Z, G); });
  };
  const double difference_tol = 1e-8; // step^2 times third derivatives of order 1, eps / step
  for (Index x = 0; x < shape.size(); ++x) {
    CHECK(std::abs(slope(Q.data()[x]) - g.dQ.data()[x]) <= difference_tol);
    CHECK(std::abs(slope(K.data()[x]) - g.dK.data()[x]) <= difference_tol);
  }
  for (Index x = 0; x < V.shape().size(); ++x)
    CHECK(std::abs(slope(V.data()[x]) - g.dV.data()[x]) <= difference_tol);
}

TEST_CASE("Diffuser::backward: under a causal mask no gradient reaches a later token",
          "[layers][diffuser]") {
  const Index n = 23, last = 11; // the loss looks at tokens 0..last
  const Index hops = GENERATE(0, 1, 2, 5, 9);
  const Memory memory = GENERATE(Memory::store, Memory::recompute);
  const double dropout = GENERATE(0.0, 0.3);
  const Shape shape{1, 2, n, 6};
  const auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2),
             V = random_dense<double>(shape, 3);
  auto G = random_dense<double>(shape, 4);
  for (Index h = 0; h < 2; ++h)
    for (Index i = last + 1; i < n; ++i)
      std::fill_n(G.view().row(0, h, i), shape.width, 0.0);
  const PatternBatch P = support::pattern_where(
      n, n, [](Index i, Index j) { return j <= i && (i - j < 4 || j % 5 == 0); });
  const Diffuser<double> layer(P, shape.width);
  const DiffuserOptions how{
      .hops = hops, .dropout = dropout, .hop_dropout = dropout, .memory = memory};
  const auto result = layer.forward(Q.view(), K.view(), V.view(), how);
  const auto back = layer.backward(Q.view(), K.view(), V.view(), result, G.view());
  double later = 0;
  double earlier = 0;
  for (const Dense<double>* gradient : {&back.dQ, &back.dK, &back.dV})
    for (Index h = 0; h < 2; ++h)
      for (Index i = 0; i < n; ++i)
        for (Index c = 0; c < shape.width; ++c)
          (i > last ? later : earlier) += std::abs(gradient->view().row(0, h, i)[c]);
  CHECK(later == 0); // exactly: nothing was added there
  CHECK(earlier > 0);
}

TEST_CASE("Diffuser: same bits for any number of threads", "[layers][diffuser]") {
  const Shape shape{2, 2, 150, 16};
  const auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2),
             V = random_dense<double>(shape, 3);
  const Diffuser<double> layer(mixed(150), 16);
  const auto run = [&](int threads) {
    const DiffuserOptions how{.dropout = 0.1, .threads = threads};
    auto out = layer.forward(Q.view(), K.view(), V.view(), how);
    auto back = layer.backward(Q.view(), K.view(), V.view(), out, V.view());
    return std::pair(std::move(out.Z), std::move(back.dQ));
  };
  const auto one = run(1), three = run(3);
  for (Index x = 0; x < shape.size(); ++x) {
    CHECK(one.first.data()[x] == three.first.data()[x]);
    CHECK(one.second.data()[x] == three.second.data()[x]);
  }
}

TEST_CASE("Diffuser: refusals", "[layers][diffuser]") {
  const Shape shape{1, 1, 6, 4};
  const auto X = random_dense<double>(shape, 1);
  const auto with = [&](const DiffuserOptions& how) {
    return Diffuser<double>(mixed(6), 4).forward(X.view(), X.view(), X.view(), how);
  };
  CHECK_THROWS_WITH(with({.alpha = -0.1}), "alpha = -0.1 must be in [0, 1]");
  CHECK_THROWS_WITH(with({.hops = -2}), "hops = -2 must be 0 or more");
  CHECK_THROWS_WITH(with({.dropout = 1}), "dropout = 1 must be in [0, 1)");
  CHECK_THROWS_WITH(with({.hop_dropout = -1}), "hop_dropout = -1 must be in [0, 1)");
  CHECK_THROWS_AS(
      Diffuser<double>(support::pattern_where(2, 3, [](Index, Index) { return true; }), 4), Error);
}
