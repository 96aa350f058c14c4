// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/straight_through.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/edge_ops.hpp"
#include "attnwalk/pattern/batch.hpp"
#include "attnwalk/sbm/products.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::sbm {
namespace {

ModelGradients zeros(const Model& model) {
  return {Dense<double>(model.queries(), model.Y.clusters()),
          Dense<double>(model.Y.clusters(), model.Z.clusters()),
          Dense<double>(model.keys(), model.Z.clusters())};
}

/// One number per edge, none on forced loops.
Buffer<double> without_loops(const Model& model, const pattern::Pattern& edges,
                             std::span<const double> dp) {
  Buffer<double> G(dp.begin(), dp.end());
  if (!model.loops)
    return G;
  for (Index i = 0; i < edges.rows(); ++i) {
    const std::span<const Index> row = edges.row(i);
    const auto loop = std::ranges::lower_bound(row, i);
    if (loop != row.end() && *loop == i)
      G[edges.view().offsets[i] + (loop - row.begin())] = 0;
  }
  return G;
}

/// G X by query, G' X by key.
Dense<double> edge_sum(const kernels::PlanBatch& plan, kernels::By by, Index rows,
                       const Buffer<double>& G, const Dense<double>& X, int threads) {
  const Index lanes = kernels::row_lanes<double>();
  const kernels::PaddedInput<double> in(X.view(), lanes, threads);
  kernels::PaddedOutput<double> out({1, 1, rows, X.shape().width}, lanes);
  kernels::EdgeOps<double>(plan, 1, 1, threads).sum(by, 1, G.data(), in.view(), out.view());
  return out.finish(threads);
}

/// A B, or A B', for a small B.
Dense<double> by_rows(const Dense<double>& A, const Dense<double>& B, bool transposed,
                      int threads) {
  const auto product = transposed ? &times_transposed<double> : &times<double>;
  Dense<double> out = Dense<double>::unset(
      {1, 1, A.shape().tokens, transposed ? B.shape().tokens : B.shape().width});
  each((A.shape().tokens + piece - 1) / piece, threads, [&](Index task) {
    const Index count = std::min(piece, A.shape().tokens - task * piece);
    rows_of(out, task * piece, count) =
        product(read(rows_of(A.view(), task * piece, count)), read(B));
  });
  return out;
}

/// A' B, 32 rows at a time.
Dense<double> by_columns(const Dense<double>& A, const Dense<double>& B, int threads) {
  constexpr Index group = 32;
  Dense<double> out = Dense<double>::unset({1, 1, A.shape().width, B.shape().width});
  each((A.shape().width + group - 1) / group, threads, [&](Index task) {
    const Index count = std::min(group, A.shape().width - task * group);
    rows_of(out, task * group, count) =
        transposed_times(columns_of(A, task * group, count), read(B));
  });
  return out;
}

} // namespace

std::vector<double> probability_gradients(std::span<const double> d_score,
                                          std::span<const double> score,
                                          const StraightThroughOptions& how) {
  require(how.clip > 0, Code::domain, "clip = ", how.clip, " must be positive");
  const bool scored = how.rule == GradientRule::score;
  require(!scored || score.size() == d_score.size(), Code::shape, score.size(),
          " scores given for ", d_score.size(), " edges");
  std::vector<double> dp(d_score.begin(), d_score.end());
  for (std::size_t e = 0; e < dp.size(); ++e) {
    if (scored)
      dp[e] *= score[e];
    dp[e] = std::clamp(dp[e] + how.added, -how.clip, how.clip);
  }
  return dp;
}

ModelGradients model_gradients(const Model& model, const pattern::Pattern& edges,
                               std::span<const double> dp, int threads) {
  const Index row_bytes = model.Z.clusters() * static_cast<Index>(sizeof(double));
  return model_gradients(
      model, edges, dp,
      kernels::PlanBatch::of(pattern::PatternBatch(edges),
                             {.transpose = true, .row_bytes = row_bytes, .threads = threads}),
      threads);
}

ModelGradients model_gradients(const Model& model, const pattern::Pattern& edges,
                               std::span<const double> dp, const kernels::PlanBatch& plan,
                               int threads) {
  check(model);
  require(edges.rows() == model.queries() && edges.cols() == model.keys(), Code::shape,
          "a mask of ", edges.rows(), " x ", edges.cols(), " does not fit a model of ",
          model.queries(), " x ", model.keys());
  require(dp.size() == static_cast<std::size_t>(edges.entries()), Code::shape, dp.size(),
          " gradients given for ", edges.entries(), " edges");
  const Buffer<double> G = without_loops(model, edges, dp);
  const Dense<double> Y = model.Y.dense();
  // H = G Z;  dY = H S',  dS = Y' H,  dZ = G' (Y S)
  using kernels::By;
  const Dense<double> H = edge_sum(plan, By::query, edges.rows(), G, model.Z.dense(), threads);
  return {by_rows(H, model.S, true, threads), by_columns(Y, H, threads),
          edge_sum(plan, By::key, edges.cols(), G, by_rows(Y, model.S, false, threads), threads)};
}

Sparsity sampled_sparsity(const Model& model, const pattern::Pattern& edges) {
  const double pairs = static_cast<double>(model.queries()) * static_cast<double>(model.keys());
  const double share = pairs == 0 ? 0 : 1 / pairs;
  const std::vector<double> dp(static_cast<std::size_t>(edges.entries()), share);
  return {static_cast<double>(edges.entries()) * share, model_gradients(model, edges, dp)};
}

Sparsity expected_sparsity(const Model& model) {
  check(model);
  Sparsity sparsity{0, zeros(model)};
  const double pairs = static_cast<double>(model.queries()) * static_cast<double>(model.keys());
  if (pairs == 0)
    return sparsity;
  const std::vector<double> y = model.Y.column_sums();
  const std::vector<double> z = model.Z.column_sums();
  std::vector<double> by_query(y.size()); // S (Z'1)
  std::vector<double> by_key(z.size());   // S' (Y'1)
  for (std::size_t u = 0; u < y.size(); ++u)
    for (std::size_t v = 0; v < z.size(); ++v) {
      const double s = model.S(static_cast<Index>(u), static_cast<Index>(v));
      by_query[u] += s * z[v];
      by_key[v] += s * y[u];
      sparsity.gradients.dS(static_cast<Index>(u), static_cast<Index>(v)) = y[u] * z[v] / pairs;
    }
  for (std::size_t u = 0; u < y.size(); ++u)
    sparsity.value += y[u] * by_query[u] / pairs;
  sparsity.value += model.delta;
  for (Index i = 0; i < model.queries(); ++i)
    for (std::size_t u = 0; u < y.size(); ++u)
      sparsity.gradients.dY(i, static_cast<Index>(u)) = by_query[u] / pairs;
  for (Index j = 0; j < model.keys(); ++j)
    for (std::size_t v = 0; v < z.size(); ++v)
      sparsity.gradients.dZ(j, static_cast<Index>(v)) = by_key[v] / pairs;
  return sparsity;
}

} // namespace attnwalk::sbm
