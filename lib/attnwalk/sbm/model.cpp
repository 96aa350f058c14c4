// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/model.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/portable_math.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace attnwalk::sbm {
namespace {

Dense<double> copied(View<const double> S) {
  require(S.shape.batch == 1 && S.shape.heads == 1, Code::shape, "S is ", S.shape.batch, " x ",
          S.shape.heads, " heads where one is needed");
  Dense<double> copy(S.shape.tokens, S.shape.width);
  for (Index u = 0; u < S.shape.tokens; ++u)
    std::copy_n(S.row(u), S.shape.width, copy.view().row(u));
  return copy;
}

Model checked(Model model) {
  check(model);
  return model;
}

/// sum_ij lambda_ij without delta.
double block_total(const Model& model) {
  const std::vector<double> y = model.Y.column_sums();
  const std::vector<double> z = model.Z.column_sums();
  double total = 0;
  for (std::size_t u = 0; u < y.size(); ++u)
    for (std::size_t v = 0; v < z.size(); ++v)
      total += y[u] * model.S(static_cast<Index>(u), static_cast<Index>(v)) * z[v];
  return total;
}

Membership with_ones(const Membership& Y) {
  Dense<double> rows(Y.tokens(), Y.clusters() + 1);
  for (Index i = 0; i < Y.tokens(); ++i) {
    for (Index c = 0; c < Y.clusters(); ++c)
      rows(i, c) = Y.at(i, c);
    rows(i, Y.clusters()) = 1;
  }
  return Membership::mixed(std::move(rows));
}

} // namespace

double Model::rate(Index i, Index j) const {
  double sum = 0;
  for (Index u = 0; u < Y.clusters(); ++u)
    for (Index v = 0; v < Z.clusters(); ++v)
      sum += Y.at(i, u) * S(u, v) * Z.at(j, v);
  return sum + delta;
}

void check(const Model& model) {
  const Shape& s = model.S.shape();
  require(s.batch == 1 && s.heads == 1 && s.tokens == model.Y.clusters() &&
              s.width == model.Z.clusters(),
          Code::shape, "Y is ", model.Y.tokens(), " x ", model.Y.clusters(), " and Z is ",
          model.Z.tokens(), " x ", model.Z.clusters(), ", which needs S of ", model.Y.clusters(),
          " x ", model.Z.clusters(), ", not ", s.tokens, " x ", s.width);
  require(model.delta >= 0 && model.delta <= 1, Code::domain, "delta = ", model.delta,
          " must be in [0, 1]");
  require(!model.loops || model.queries() == model.keys(), Code::shape, "loops need as many keys (",
          model.keys(), ") as queries (", model.queries(), ")");
  for (Index u = 0; u < s.tokens; ++u)
    for (Index v = 0; v < s.width; ++v)
      require(std::isfinite(model.S(u, v)) && model.S(u, v) >= 0, Code::domain, "S(", u, ", ", v,
              ") = ", model.S(u, v), " must be finite and 0 or more");
}

Model mixed(View<const double> Y, View<const double> S, View<const double> Z) {
  Model model;
  model.Y = Membership::mixed(Y, "Y");
  model.S = copied(S);
  model.Z = Membership::mixed(Z, "Z");
  return checked(std::move(model));
}

Model planted_model(Index n, Index m, Index k, double in, double out) {
  require(in >= 0 && in <= 1, Code::domain, "in = ", in, " must be in [0, 1]");
  require(out >= 0 && out <= 1, Code::domain, "out = ", out, " must be in [0, 1]");
  require(k <= std::min(n, m) || n == 0 || m == 0, Code::domain, "k = ", k,
          " blocks must be at most ", std::min(n, m), " tokens; the nearest n that fits is ", k);
  const auto blocks = static_cast<double>(k);
  require_memory(message("S of ", k, " x ", k, " blocks"), 8 * blocks * blocks);
  Model model;
  model.Y = Membership::contiguous(n, k);
  model.Z = Membership::contiguous(m, k);
  model.S = Dense<double>(k, k);
  for (Index u = 0; u < k; ++u)
    for (Index v = 0; v < k; ++v)
      model.S(u, v) = u == v ? in : out;
  return model;
}

Model erdos_renyi(Index n, Index m, double p) {
  require(p >= 0 && p <= 1, Code::domain, "p = ", p, " must be in [0, 1]");
  return planted_model(n, m, 1, p, p);
}

Model blocks(std::vector<std::uint32_t> query_block, View<const double> S,
             std::vector<std::uint32_t> key_block) {
  Model model;
  model.S = copied(S);
  model.Y = Membership::hard(S.shape.tokens, std::move(query_block));
  model.Z = Membership::hard(S.shape.width, std::move(key_block));
  check(model);
  for (Index u = 0; u < S.shape.tokens; ++u)
    for (Index v = 0; v < S.shape.width; ++v)
      require(S.row(u)[v] <= 1, Code::domain, "S(", u, ", ", v, ") = ", S.row(u)[v],
              " must be in [0, 1]");
  return model;
}

Model degree_corrected(std::vector<std::uint32_t> block, View<const double> S,
                       std::vector<double> theta, std::vector<double> phi) {
  require(S.shape.tokens == S.shape.width, Code::shape, "S is ", S.shape.tokens, " x ",
          S.shape.width, " where queries and keys share their blocks");
  Model model;
  model.S = copied(S);
  model.Y = Membership::hard(S.shape.tokens, block, std::move(theta));
  model.Z = Membership::hard(S.shape.width, std::move(block), std::move(phi));
  return checked(std::move(model));
}

Model degree_corrected(Model model, std::span<const double> theta, std::span<const double> phi) {
  model.Y = model.Y.weighted(theta);
  model.Z = model.Z.weighted(phi);
  return checked(std::move(model));
}

std::vector<double> lognormal_weights(Index tokens, double sigma, Key key) {
  require(tokens >= 0, Code::domain, "n = ", tokens, " must be 0 or more");
  require(sigma >= 0 && sigma <= 10, Code::domain, "sigma = ", sigma, " must be in [0, 10]");
  std::vector<double> weight;
  weight.reserve(static_cast<std::size_t>(tokens));
  for (Index i = 0; i < tokens; ++i) {
    const double x = sigma * RandomStream(key, static_cast<std::uint64_t>(i)).normal();
    weight.push_back(x < 0 ? exp_of_minus(-x) : 1 / exp_of_minus(x));
  }
  return weight;
}

std::vector<double> block_normalized(std::span<const std::uint32_t> block,
                                     std::vector<double> theta) {
  require(theta.size() == block.size(), Code::shape, theta.size(), " weights given for ",
          block.size(), " tokens");
  const std::size_t k = block.empty() ? 0 : *std::max_element(block.begin(), block.end()) + 1ULL;
  std::vector<double> sums(k);
  std::vector<double> sizes(k);
  for (std::size_t i = 0; i < theta.size(); ++i) {
    require(std::isfinite(theta[i]) && theta[i] >= 0, Code::domain, "weight ", theta[i],
            " of token ", i, " must be finite and 0 or more");
    sums[block[i]] += theta[i];
    sizes[block[i]] += 1;
  }
  for (std::size_t i = 0; i < theta.size(); ++i)
    if (sums[block[i]] > 0)
      theta[i] *= sizes[block[i]] / sums[block[i]];
  return theta;
}

Model with_degree(Model model, double degree) {
  check(model);
  const auto m = static_cast<double>(model.keys());
  require(degree >= model.delta * m && degree <= m, Code::domain, "expected degree ", degree,
          " must be in [", model.delta * m, ", ", m, "]: delta alone gives the first, ",
          model.keys(), " keys the second");
  const double wanted = (degree - model.delta * m) * static_cast<double>(model.queries());
  const double total = block_total(model);
  require(total > 0 || wanted <= 0, Code::domain, "a model without edges cannot be scaled to ",
          degree, " a row");
  const double factor = wanted > 0 ? wanted / total : 0;
  for (Index e = 0; e < model.S.shape().size(); ++e)
    model.S.data()[e] *= factor;
  return model;
}

Model with_density(Model model, double density) {
  require(density >= 0 && density <= 1, Code::domain, "expected density ", density,
          " must be in [0, 1]");
  const auto m = static_cast<double>(model.keys());
  return with_degree(std::move(model), density * m);
}

Model extended(const Model& model) {
  check(model);
  if (model.delta == 0)
    return model;
  // A plain side needs no column of ones: its columns already sum to it.
  const bool ones_y = !model.Y.is_plain();
  const bool ones_z = !model.Z.is_plain();
  const Index a = model.Y.clusters();
  const Index b = model.Z.clusters();
  Model wide = model;
  wide.delta = 0;
  wide.S = Dense<double>(a + (ones_y ? 1 : 0), b + (ones_z ? 1 : 0));
  for (Index u = 0; u < a; ++u)
    for (Index v = 0; v < b; ++v)
      wide.S(u, v) = model.S(u, v);
  for (Index u = ones_y ? a : 0; u < wide.S.shape().tokens; ++u)
    for (Index v = ones_z ? b : 0; v < wide.S.shape().width; ++v)
      wide.S(u, v) += model.delta;
  if (ones_y)
    wide.Y = with_ones(model.Y);
  if (ones_z)
    wide.Z = with_ones(model.Z);
  return wide;
}

double rate_bound(const Model& model) {
  check(model);
  const std::vector<double> y = model.Y.column_maxima();
  const std::vector<double> z = model.Z.column_maxima();
  const double most_y = model.Y.largest_row_sum();
  std::vector<double> x(z.size()); // bounds of (y_i' S)_v for every i
  for (std::size_t v = 0; v < x.size(); ++v) {
    double sum = 0;
    double most = 0;
    double hard = 0;
    for (std::size_t u = 0; u < y.size(); ++u) {
      const double s = model.S(static_cast<Index>(u), static_cast<Index>(v));
      sum += y[u] * s;
      most = std::max(most, s);
      hard = std::max(hard, y[u] * s);
    }
    x[v] = model.Y.is_hard() ? hard : std::min(sum, most * most_y);
  }
  return key_bound(model.Z, x.data(), z, model.Z.largest_row_sum()) + model.delta;
}

double key_bound(const Membership& Z, const double* x, const std::vector<double>& maxima,
                 double largest_sum) {
  double sum = 0;
  double most = 0;
  double hard = 0;
  for (std::size_t v = 0; v < maxima.size(); ++v) {
    sum += x[v] * maxima[v];
    most = std::max(most, x[v]);
    hard = std::max(hard, x[v] * maxima[v]);
  }
  return Z.is_hard() ? hard : std::min(sum, most * largest_sum);
}

} // namespace attnwalk::sbm
