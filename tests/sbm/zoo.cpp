// SPDX-License-Identifier: Apache-2.0
#include "zoo.hpp"

#include "support/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace attnwalk::sbm::zoo {
namespace {

Dense<double> matrix(const support::Grid& grid) {
  Dense<double> S(static_cast<Index>(grid.size()), static_cast<Index>(grid.front().size()));
  for (std::size_t u = 0; u < grid.size(); ++u)
    for (std::size_t v = 0; v < grid[u].size(); ++v)
      S(static_cast<Index>(u), static_cast<Index>(v)) = grid[u][v];
  return S;
}

Model with_blocks(const support::Grid& S, Index n, Index m, std::uint64_t seed) {
  Model model =
      random_model(n, m, static_cast<Index>(S.size()), static_cast<Index>(S.front().size()), 1);
  model.Y = Membership::mixed(random_matrix(n, static_cast<Index>(S.size()), 1, {seed, 1}));
  model.S = matrix(S);
  return model;
}

Model exploring(Model model, double delta, bool clamp) {
  model.delta = delta;
  model.clamp = clamp;
  return model;
}

} // namespace

Dense<double> random_matrix(Index rows, Index cols, double scale, Key key) {
  Dense<double> A(rows, cols);
  RandomStream draw(key);
  for (Index e = 0; e < A.shape().size(); ++e)
    A.data()[e] = scale * draw.unit();
  return A;
}

Model random_model(Index n, Index m, Index a, Index b, double scale) {
  Model model;
  model.Y = Membership::mixed(random_matrix(n, a, 1, {31, 1}));
  model.S = random_matrix(a, b, scale, {31, 2});
  model.Z = Membership::mixed(random_matrix(m, b, 1, {31, 3}));
  return model;
}

std::vector<Case> cases() {
  const std::vector<std::uint32_t> block{0, 1, 2, 0, 1, 2, 2};
  const Dense<double> S = matrix({{.7, .05, .2}, {.1, .3, 0}, {.02, .15, .45}});
  const Dense<double> crowded = matrix({{.95, .05, 1}, {.6, .51, 0}, {.5, .999, .2}});
  std::vector<Case> all;
  all.push_back({"random", random_model(5, 9, 3, 3, .3)});
  all.push_back({"cyclic", with_blocks({{0, .3, 0}, {0, 0, .3}, {.3, 0, 0}}, 6, 6, 1)});
  all.push_back(
      {"symmetric", with_blocks({{.3, .05, .1}, {.05, .2, .02}, {.1, .02, .25}}, 6, 6, 2)});
  all.push_back({"rectangular", random_model(4, 11, 3, 2, .4)});
  all.push_back({"rank one", random_model(5, 8, 1, 1, .9)});
  all.push_back({"zero block", with_blocks({{.3, 0}, {0, 0}}, 5, 6, 3)});
  all.push_back({"p = 0", with_blocks({{0, 0}, {0, 0}}, 4, 5, 4)});
  all.push_back({"p = 1", erdos_renyi(4, 6, 1)});
  all.push_back({"tiny p", random_model(5, 9, 2, 2, 1e-3)});
  all.push_back({"Erdos-Renyi", erdos_renyi(5, 7, .25)});
  all.push_back({"planted", planted_model(7, 9, 3, .45, .1)});
  all.push_back({"hard", blocks(block, S.view(), {0, 0, 1, 2, 1, 2, 0, 0, 1})});
  all.push_back({"crowded", blocks(block, crowded.view(), {0, 0, 1, 2, 1, 2, 0, 0, 1})});
  all.push_back({"degree-corrected", degree_corrected(block, S.view(), {1, .5, .9, .2, 1, 0, .7},
                                                      {.3, 1, 1, .8, .1, .5, .9})});
  Model overlapping = random_model(5, 8, 2, 3, 0);
  overlapping.Y = Membership::mixed(matrix({{1, 1}, {1, 0}, {0, 1}, {0, 0}, {1, .5}}));
  overlapping.S = matrix({{.2, .1, .05}, {.1, .3, .1}});
  all.push_back({"overlapping", overlapping});
  all.push_back({"exploring", exploring(random_model(5, 9, 3, 3, .1), .05, false)});
  all.push_back({"exploring hard", exploring(blocks(block, S.view(), block), .25, false)});
  all.push_back({"clamped", exploring(random_model(5, 9, 3, 3, .9), .3, true)});
  all.push_back({"nearly certain", exploring(erdos_renyi(5, 7, 0), .99, false)});
  Model mixed_ones = random_model(5, 7, 2, 1, 0);
  mixed_ones.Y = Membership::mixed(matrix({{1, 0}, {.5, .5}, {0, 1}, {.25, .75}, {1, 0}}));
  mixed_ones.S = matrix({{.97}, {.2}});
  mixed_ones.Z = Membership::hard(1, {0, 0, 0, 0, 0, 0, 0});
  all.push_back({"plain keys", mixed_ones});
  all.push_back({"many clusters", random_model(4, 12, 20, 17, .01)});
  all.push_back({"large rates", random_model(4, 6, 2, 2, 5), true});
  all.push_back({"huge rates", random_model(3, 4, 2, 2, 60), true});
  return all;
}

Model repeated(const Model& model, Index times) {
  Model many = model;
  const Index n = model.queries();
  if (model.Y.is_hard()) {
    std::vector<std::uint32_t> cluster;
    std::vector<double> weight;
    for (Index i = 0; i < n * times; ++i) {
      cluster.push_back(model.Y.cluster(i % n));
      if (!model.Y.is_plain())
        weight.push_back(model.Y.weight(i % n));
    }
    many.Y = Membership::hard(model.Y.clusters(), std::move(cluster), std::move(weight));
    return many;
  }
  Dense<double> rows(n * times, model.Y.clusters());
  for (Index i = 0; i < n * times; ++i)
    for (Index u = 0; u < model.Y.clusters(); ++u)
      rows(i, u) = model.Y.at(i % n, u);
  many.Y = Membership::mixed(std::move(rows));
  return many;
}

support::Grid rates_of(const Model& model) {
  support::Grid rates(static_cast<std::size_t>(model.queries()));
  for (Index i = 0; i < model.queries(); ++i)
    for (Index j = 0; j < model.keys(); ++j)
      rates[static_cast<std::size_t>(i)].push_back(model.rate(i, j));
  return rates;
}

void Tally::add_length(Index i, double entries) {
  length[static_cast<std::size_t>(i)] += entries;
  squared[static_cast<std::size_t>(i)] += entries * entries;
}

Law bernoulli(double p) {
  const double v = p * (1 - p);
  return {p, v, v * (1 - 6 * v)};
}

Law poisson_copies(double rate) {
  return {rate, rate, rate};
}

double misfit(const Tally& tally, const std::vector<std::vector<Law>>& laws) {
  const double N = tally.replicas;
  double chi2 = 0;
  double freedom = 0;
  double worst = 0;
  for (std::size_t i = 0; i < laws.size(); ++i) {
    Law row;
    for (std::size_t j = 0; j < laws[i].size(); ++j) {
      const Law& law = laws[i][j];
      const double off = tally.counts[i][j] - N * law.mean;
      row.mean += law.mean;
      row.variance += law.variance;
      row.fourth += law.fourth;
      if (law.variance == 0) {
        if (off != 0)
          return std::numeric_limits<double>::infinity();
        continue;
      }
      chi2 += off * off / (N * law.variance);
      freedom += 1;
    }
    if (row.variance == 0)
      continue;
    const double mean = tally.length[i] / N;
    worst = std::max(worst, std::abs(mean - row.mean) / std::sqrt(row.variance / N));
    const double about_mean = tally.squared[i] / N - 2 * row.mean * mean + row.mean * row.mean;
    const double spread = std::sqrt((row.fourth + 2 * row.variance * row.variance) / N);
    worst = std::max(worst, std::abs(about_mean - row.variance) / spread);
  }
  return freedom == 0 ? worst : std::max(worst, support::chi_square_excess(chi2, freedom));
}

} // namespace attnwalk::sbm::zoo
