// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/layers/sbm.hpp"

#include "sbm/zoo.hpp"
#include "support/dense.hpp"
#include "support/matrices.hpp"

#include <limits>

using namespace attnwalk;
using layers::SampledOptions;
using layers::SbmAttention;
using layers::Sparsity;
using sbm::GradientRule;
using Method = sbm::SampleMethod;
using support::Grid;
using support::random_dense;

namespace {

const double tol = 1e-13;           // sums of at most 40 products of order 1
const double step = 1e-5;           // of central differences
const double difference_tol = 1e-8; // step^2 / 6 times third derivatives of order 100, eps / step

Dense<double> centered(Index rows, Index cols, std::uint64_t stream) {
  Dense<double> A = sbm::zoo::random_matrix(rows, cols, 2, {51, stream});
  for (Index x = 0; x < A.shape().size(); ++x)
    A.data()[x] -= 1;
  return A;
}

/// Of each head what stays as it is while inputs move: the mask, what its edges received, the
/// rates.
struct Fixed {
  std::vector<Grid> M, dp, P;
};

/// A layer of 2 sequences and 2 heads with 3 clusters, and its slow twin: loops over dense arrays,
/// from the map to the loss, by the definitions.
struct Layer {
  Index n = 8;
  Index m = 8;
  Dense<double> Q = random_dense<double>({2, 2, n, 3}, 1);
  Dense<double> K = random_dense<double>({2, 2, m, 3}, 2);
  Dense<double> V = random_dense<double>({2, 2, m, 2}, 3);
  Dense<double> G = random_dense<double>({2, 2, n, 2}, 4);
  Dense<double> C = random_dense<double>({1, 2, 3, 3}, 5);
  sbm::TwoLayerMap<double> f{centered(4, 3, 1), centered(1, 4, 2), centered(3, 4, 3),
                             centered(1, 3, 4)};
  sbm::HeadOptions model{.block_scale = .8, .delta = .1};
  SampledOptions how{.method = Method::bernoulli_dense, .key = {52, 1}};

  [[nodiscard]] SbmAttention<double> layer() const { return SbmAttention<double>(model); }
  [[nodiscard]] layers::SbmResult<double> forward(const SampledOptions& options) const {
    return layer().forward(Q.view(), K.view(), V.view(), {C, f}, options);
  }
  [[nodiscard]] layers::SbmResult<double> forward() const { return forward(how); }
  [[nodiscard]] layers::SbmGradients<double> backward() const {
    return layer().backward(Q.view(), K.view(), V.view(), {C, f}, forward(), G.view());
  }

  /// sigmoid(f(x) C') of one token.
  [[nodiscard]] std::vector<double> membership(const double* x, Index h) const {
    std::vector<double> mapped(3);
    for (Index r = 0; r < 3; ++r)
      mapped[r] = f.b2(0, r);
    for (Index r = 0; r < 4; ++r) {
      double hidden = f.b1(0, r);
      for (Index c = 0; c < 3; ++c)
        hidden += f.W1(r, c) * x[c];
      for (Index c = 0; c < 3; ++c)
        mapped[c] += f.W2(c, r) * std::max(hidden, 0.0);
    }
    std::vector<double> y(3);
    for (Index u = 0; u < 3; ++u) {
      double sum = 0;
      for (Index c = 0; c < 3; ++c)
        sum += mapped[c] * C.view().row(0, h, u)[c];
      y[u] = 1 / (1 + std::exp(-sum));
    }
    return y;
  }
  /// Y S Z' + delta: neither the clamp nor loops.
  [[nodiscard]] Grid rates(Index b, Index h) const {
    double S[3][3];
    double total = 0;
    for (Index u = 0; u < 3; ++u)
      for (Index v = 0; v < 3; ++v) {
        double t = 0;
        for (Index c = 0; c < 3; ++c)
          t += C.view().row(0, h, u)[c] * C.view().row(0, h, v)[c];
        total += S[u][v] = std::exp(model.block_scale * t);
      }
    Grid z;
    for (Index j = 0; j < m; ++j)
      z.push_back(membership(K.view().row(b, h, j), h));
    Grid P(n, std::vector<double>(m, model.delta));
    for (Index i = 0; i < n; ++i) {
      const std::vector<double> y = membership(Q.view().row(b, h, i), h);
      for (Index j = 0; j < m; ++j)
        for (Index u = 0; u < 3; ++u)
          for (Index v = 0; v < 3; ++v)
            P[i][j] += y[u] * S[u][v] / total * z[j][v];
    }
    return P;
  }
  /// A coin for each pair, in order, from the substream of its row.
  [[nodiscard]] Grid mask(Index b, Index h) const {
    Grid M = rates(b, h);
    for (Index i = 0; i < n; ++i) {
      RandomStream draw(how.key, static_cast<std::uint64_t>((b * 2 + h) * n + i));
      for (Index j = 0; j < m; ++j)
        M[i][j] = draw.unit() < (model.loops && i == j ? 1 : std::min(M[i][j], 1.0)) ? 1 : 0;
    }
    return M;
  }
  [[nodiscard]] bool padded(Index b, Index j) const {
    return !how.key_mask.empty() && how.key_mask[b * m + j] == 0;
  }
  /// z_i for weights M of the pairs, and scores times F.
  [[nodiscard]] std::vector<double> attended(Index b, Index h, Index i, const Grid& M,
                                             const Grid& F) const {
    std::vector<double> z(2);
    double total = 0;
    for (Index j = 0; j < m; ++j) {
      if (M[i][j] == 0 || padded(b, j))
        continue;
      double s = 0;
      for (Index c = 0; c < 3; ++c)
        s += Q.view().row(b, h, i)[c] * K.view().row(b, h, j)[c] / std::sqrt(3.0);
      const double e = M[i][j] * std::exp(F[i][j] * s);
      total += e;
      for (Index c = 0; c < 2; ++c)
        z[c] += e * V.view().row(b, h, j)[c];
    }
    for (double& x : z)
      x = total > 0 ? x / total : 0;
    return z;
  }
  [[nodiscard]] double loss(Index b, Index h, const Grid& M, const Grid& F) const {
    double sum = 0;
    for (Index i = 0; i < n; ++i)
      for (Index c = 0; c < 2; ++c)
        sum += G.view().row(b, h, i)[c] * attended(b, h, i, M, F)[c];
    return sum;
  }
  [[nodiscard]] Grid ones() const {
    Grid F(n, std::vector<double>(m, 1));
    return F;
  }

  /// What an edge's probability receives: the derivative by its weight in the mask, or by a factor
  /// of its score, plus the regularizer's share, cut.
  [[nodiscard]] Grid received(Index b, Index h) const {
    Grid M = mask(b, h);
    Grid F = ones();
    Grid dp(n, std::vector<double>(m));
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < m; ++j) {
        if (M[i][j] == 0 || (model.loops && i == j))
          continue;
        double& x = how.rule == GradientRule::logit ? M[i][j] : F[i][j];
        dp[i][j] = support::slope(
            x, [&] { return loss(b, h, M, F); }, step);
        if (how.sparsity == Sparsity::sampled)
          dp[i][j] += how.sparsity_weight / static_cast<double>(4 * n * m);
        dp[i][j] = std::clamp(dp[i][j], -how.clip, how.clip);
      }
    return dp;
  }
  /// The scalar whose derivative is the straight-through gradient: the loss on fixed masks, plus
  /// what the edges received times the change of their rates, plus the expected regularizer's.
  [[nodiscard]] double surrogate(const Fixed& at) const {
    double sum = 0;
    for (Index b = 0; b < 2; ++b)
      for (Index h = 0; h < 2; ++h) {
        sum += loss(b, h, at.M[b * 2 + h], ones());
        const Grid P = rates(b, h);
        for (Index i = 0; i < n; ++i)
          for (Index j = 0; j < m; ++j) {
            double weight = at.dp[b * 2 + h][i][j];
            if (how.sparsity == Sparsity::expected)
              weight += how.sparsity_weight / static_cast<double>(4 * n * m);
            sum += weight * (P[i][j] - at.P[b * 2 + h][i][j]);
          }
      }
    return sum;
  }
  [[nodiscard]] Fixed fixed() const {
    Fixed at;
    for (Index number = 0; number < 4; ++number) {
      at.M.push_back(mask(number / 2, number % 2));
      at.dp.push_back(received(number / 2, number % 2));
      at.P.push_back(rates(number / 2, number % 2));
    }
    return at;
  }
};

bool same(const Dense<double>& a, const Dense<double>& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.shape().size(), b.data());
}

/// Loops, a clamp that bites, padding, one side longer.
std::vector<Layer> variants() {
  static const std::vector<std::uint8_t> mask{1, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0};
  std::vector<Layer> all(5);
  all[1].model.loops = true;
  all[2].model.delta = .8;
  all[3].how.key_mask = mask;
  all[4].m = 5;
  all[4].K = random_dense<double>({2, 2, 5, 3}, 2);
  all[4].V = random_dense<double>({2, 2, 5, 2}, 3);
  return all;
}

} // namespace

TEST_CASE("SbmAttention::forward: equals the slow twin, masks and outputs", "[layers][sbm]") {
  for (const Layer& x : variants()) {
    const auto out = x.forward();
    for (Index b = 0; b < 2; ++b)
      for (Index h = 0; h < 2; ++h) {
        const Grid M = x.mask(b, h);
        const auto wanted =
            support::pattern_where(x.n, x.m, [&](Index i, Index j) { return M[i][j] == 1; });
        CHECK_THAT(out.drawn.at(b, h), support::SamePattern(wanted));
        CHECK(out.density[b * 2 + h] ==
              Approx(static_cast<double>(wanted.entries()) / static_cast<double>(x.n * x.m)));
        for (Index i = 0; i < x.n; ++i)
          for (Index c = 0; c < 2; ++c)
            CHECK(std::abs(out.Z.view().row(b, h, i)[c] - x.attended(b, h, i, M, x.ones())[c]) <=
                  tol);
      }
  }
}

TEST_CASE("SbmAttention::backward: equals the slow twin's central differences", "[layers][sbm]") {
  const auto rule = GENERATE(GradientRule::logit, GradientRule::score);
  const double clip = GENERATE(.05, std::numeric_limits<double>::infinity());
  const auto sparsity = GENERATE(Sparsity::sampled, Sparsity::expected);
  for (Layer& x : variants()) {
    x.how.rule = rule;
    x.how.clip = clip;
    x.how.sparsity = sparsity;
    x.how.sparsity_weight = 5;
    const auto g = x.backward();
    const Fixed at = x.fixed();
    const auto compare = [&](const char* name, Dense<double>& A, const Dense<double>& dA) {
      INFO(name << " with " << x.m << " keys, delta " << x.model.delta << ", loops "
                << x.model.loops << ", " << x.how.key_mask.size() << " numbers of a key mask");
      REQUIRE(dA.shape() == A.shape());
      double worst = 0;
      for (Index e = 0; e < A.shape().size(); ++e)
        worst = std::max(worst, std::abs(dA.data()[e] -
                                         support::slope(
                                             A.data()[e], [&] { return x.surrogate(at); }, step)));
      CHECK(worst <= difference_tol);
    };
    compare("Q", x.Q, g.dQ);
    compare("K", x.K, g.dK);
    compare("V", x.V, g.dV);
    compare("C", x.C, g.dC);
    compare("W1", x.f.W1, g.df.W1);
    compare("b1", x.f.b1, g.df.b1);
    compare("W2", x.f.W2, g.df.W2);
    compare("b2", x.f.b2, g.df.b2);
  }
}

TEST_CASE("SbmAttention: certain edges give plain attention", "[layers][sbm]") {
  Layer x;
  x.model.delta = 1;
  const auto full = support::pattern_where(8, 8, [](Index, Index) { return true; });
  const auto wanted =
      attention::attend<double>(x.Q.view(), x.K.view(), x.V.view(), full, {.lse = true});
  const auto back = attention::attend_backward<double>(x.Q.view(), x.K.view(), x.V.view(), full,
                                                       wanted, x.G.view());
  const auto out = x.forward();
  const auto g = x.backward();
  CHECK(same(out.Z, wanted.Z));
  CHECK(same(g.dV, back.dV));
}

TEST_CASE("SbmAttention::forward: the first sequence alone gives the same bits", "[layers][sbm]") {
  // Lanes of draws count rows from the first sequence's start.
  const Layer x;
  const auto both = x.forward();
  Layer one = x;
  const auto first = [](Dense<double>& A) {
    Shape shape = A.shape();
    shape.batch = 1;
    Dense<double> part(shape);
    std::copy_n(A.data(), shape.size(), part.data());
    A = std::move(part);
  };
  for (auto* A : {&one.Q, &one.K, &one.V, &one.G})
    first(*A);
  const auto alone = one.forward();
  for (Index h = 0; h < 2; ++h)
    CHECK(alone.masks.patterns.at(0, h) == both.masks.patterns.at(0, h));
  CHECK(std::equal(alone.Z.data(), alone.Z.data() + alone.Z.shape().size(), both.Z.data()));
}

// Rates differ by 1e-7 and 6400 pairs are drawn: that a mask differs is improbable.
TEST_CASE("SbmAttention: float agrees with double, the masks included", "[layers][sbm]") {
  const Shape shape{2, 2, 40, 8};
  const auto Q = random_dense<float>(shape, 1), K = random_dense<float>(shape, 2),
             V = random_dense<float>(shape, 3), G = random_dense<float>(shape, 4);
  const auto wide = [](const Dense<float>& A) {
    Dense<double> out(A.shape());
    std::copy_n(A.data(), A.shape().size(), out.data());
    return out;
  };
  const Dense<double> Qd = wide(Q), Kd = wide(K), Vd = wide(V), Gd = wide(G);
  const layers::SbmParameters<float> p{
      random_dense<float>({1, 2, 5, 8}, 5),
      {random_dense<float>({1, 1, 6, 8}, 6), random_dense<float>({1, 1, 1, 6}, 7),
       random_dense<float>({1, 1, 8, 6}, 8), random_dense<float>({1, 1, 1, 8}, 9)}};
  const layers::SbmParameters<double> pd{wide(p.C),
                                         {wide(p.f.W1), wide(p.f.b1), wide(p.f.W2), wide(p.f.b2)}};
  const SampledOptions how{.key = {53, 1}, .sparsity_weight = .1};
  const auto out = SbmAttention<float>().forward(Q.view(), K.view(), V.view(), p, how);
  const auto wanted = SbmAttention<double>().forward(Qd.view(), Kd.view(), Vd.view(), pd, how);
  for (Index b = 0; b < 2; ++b)
    for (Index h = 0; h < 2; ++h)
      CHECK(out.masks.patterns.at(b, h) == wanted.masks.patterns.at(b, h));
  CHECK(out.sparsity == wanted.sparsity);
  const auto g = SbmAttention<float>().backward(Q.view(), K.view(), V.view(), p, out, G.view());
  const auto d =
      SbmAttention<double>().backward(Qd.view(), Kd.view(), Vd.view(), pd, wanted, Gd.view());
  const double float_tol = 1e-4; // sums of some 40 products of order 10 in float
  for (Index e = 0; e < shape.size(); ++e) {
    CHECK(std::abs(out.Z.data()[e] - wanted.Z.data()[e]) <= float_tol);
    CHECK(std::abs(g.dQ.data()[e] - d.dQ.data()[e]) <= float_tol);
    CHECK(std::abs(g.dK.data()[e] - d.dK.data()[e]) <= float_tol);
    CHECK(std::abs(g.dV.data()[e] - d.dV.data()[e]) <= float_tol);
  }
  for (Index e = 0; e < p.C.shape().size(); ++e)
    CHECK(std::abs(g.dC.data()[e] - d.dC.data()[e]) <= float_tol);
}

TEST_CASE("SbmAttention: same bits for any number of threads", "[layers][sbm]") {
  // 300 tokens: more than a piece of rows in sbm::heads.
  const Shape shape{2, 2, 300, 8};
  const auto Q = random_dense<double>(shape, 1), K = random_dense<double>(shape, 2),
             V = random_dense<double>(shape, 3), G = random_dense<double>(shape, 4);
  const layers::SbmParameters<double> p{
      random_dense<double>({1, 2, 5, 8}, 5),
      {centered(6, 8, 1), centered(1, 6, 2), centered(8, 6, 3), centered(1, 8, 4)}};
  const SbmAttention<double> layer;
  const auto run = [&](int threads) {
    const SampledOptions how{.dropout = .1,
                             .key = {54, 1},
                             .sparsity_weight = .1,
                             .rule = GradientRule::score,
                             .threads = threads};
    auto out = layer.forward(Q.view(), K.view(), V.view(), p, how);
    auto g = layer.backward(Q.view(), K.view(), V.view(), p, out, G.view());
    return std::pair(std::move(out), std::move(g));
  };
  const auto one = run(1);
  for (const int threads : {2, 3}) {
    INFO(threads << " threads");
    const auto more = run(threads);
    for (Index number = 0; number < 4; ++number)
      CHECK(more.first.masks.patterns.at(number / 2, number % 2) ==
            one.first.masks.patterns.at(number / 2, number % 2));
    CHECK(same(more.first.Z, one.first.Z));
    CHECK(same(more.second.dQ, one.second.dQ));
    CHECK(same(more.second.dK, one.second.dK));
    CHECK(same(more.second.dV, one.second.dV));
    CHECK(same(more.second.dC, one.second.dC));
    CHECK(same(more.second.df.W1, one.second.df.W1));
    CHECK(same(more.second.df.b2, one.second.df.b2));
  }
}

TEST_CASE("SbmAttention: refusals", "[layers][sbm]") {
  Layer x;
  const auto bare = x.forward({.backward = false});
  CHECK(bare.heads.kept.empty());
  CHECK_THROWS_WITH(
      x.layer().backward(x.Q.view(), x.K.view(), x.V.view(), {x.C, x.f}, bare, x.G.view()),
      "the result holds nothing for the backward pass; ask for it with backward = "
      "true");
  x.model.delta = 2;
  CHECK_THROWS_AS(x.forward(), Error);
  x.model.delta = .1;
  x.f.W2(1, 2) = std::nan("");
  CHECK_THROWS_WITH(x.forward(), "W2 at row 1, column 2 is nan; it must be finite");
  x.C = random_dense<double>({1, 3, 3, 3}, 5);
  CHECK_THROWS_WITH(x.forward(), "C is 1 x 3 x 3 x 3 where 1 x 2 x 3 x 3 is needed");
}
