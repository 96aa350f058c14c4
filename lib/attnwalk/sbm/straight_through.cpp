// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/straight_through.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/rates.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::sbm {
namespace {

ModelGradients zeros(const Model& model) {
  return {Dense<double>(model.queries(), model.Y.clusters()),
          Dense<double>(model.Y.clusters(), model.Z.clusters()),
          Dense<double>(model.keys(), model.Z.clusters())};
}

/// to += factor * row i of Y.
void add_row(const Membership& Y, Index i, double factor, double* to) {
  if (Y.is_hard()) {
    to[Y.cluster(i)] += factor * Y.weight(i);
    return;
  }
  for (Index u = 0; u < Y.clusters(); ++u)
    to[u] += factor * Y.row(i)[u];
}

/// dY_i = S h_i and dS += y_i h_i' for h_i = dL/d(y_i' S).
void pull_back(const Model& model, Index i, const double* h, ModelGradients& g) {
  const Index b = model.Z.clusters();
  for (Index u = 0; u < model.Y.clusters(); ++u) {
    const double* s = model.S.view().row(u);
    double* ds = g.dS.view().row(u);
    const double y = model.Y.at(i, u);
    double sum = 0;
    for (Index v = 0; v < b; ++v)
      sum += s[v] * h[v];
    g.dY(i, u) += sum;
    if (y != 0)
      for (Index v = 0; v < b; ++v)
        ds[v] += y * h[v];
  }
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
                               std::span<const double> dp) {
  check(model);
  require(edges.rows() == model.queries() && edges.cols() == model.keys(), Code::shape,
          "a mask of ", edges.rows(), " x ", edges.cols(), " does not fit a model of ",
          model.queries(), " x ", model.keys());
  require(dp.size() == static_cast<std::size_t>(edges.entries()), Code::shape, dp.size(),
          " gradients given for ", edges.entries(), " edges");
  const RateRows rates(model);
  const auto b = static_cast<std::size_t>(model.Z.clusters());
  ModelGradients g = zeros(model);
  std::vector<double> x(b); // y_i' S
  std::vector<double> h(b); // sum_j G_ij z_j
  std::size_t e = 0;
  for (Index i = 0; i < edges.rows(); ++i) {
    if (edges.degree(i) == 0)
      continue;
    rates.row(i, x.data());
    std::fill(h.begin(), h.end(), 0.0);
    for (const Index j : edges.row(i)) {
      const double G = model.loops && i == j ? 0 : dp[e];
      ++e;
      add_row(model.Z, j, G, h.data());
      for (std::size_t v = 0; v < b; ++v)
        g.dZ(j, static_cast<Index>(v)) += G * x[v];
    }
    pull_back(model, i, h.data(), g);
  }
  return g;
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
