// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/sparse_plan.hpp"

#include "attnwalk/core/portable_math.hpp"
#include "attnwalk/core/random.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::sbm {
namespace {

// Beyond this bound c exceeds 9 and runs away.
constexpr double nearly_certain = 0.9999;

} // namespace

double thinning_factor(double q) {
  // -ln(1 - q) / q <= 1 + q for q <= 1/2; near 0 the logarithm has no digits left.
  return q < 0x1p-7 ? 1 + q : -portable_log(1 - q) / q * (1 + 0x1p-40);
}

SparsePlan::SparsePlan(const Model& model, SampleMethod method)
    : model_(model), rates_(model), columns_(model.Z.column_sums()) {
  const Membership& Y = model.Y;
  const bool poisson = method == SampleMethod::poisson || method == SampleMethod::poisson_distinct;
  const auto a = static_cast<std::size_t>(Y.clusters());
  const std::size_t b = columns_.size();
  const bool plain = Y.is_plain() && model.Z.is_plain();
  weights_.resize(a * b);
  sums_.resize(a);
  bounds_.resize(a);
  const std::vector<double> maxima = model.Z.column_maxima();
  const double largest_sum = model.Z.largest_row_sum();
  for (std::size_t u = 0; u < a; ++u) {
    const double* s = model.S.view().row(static_cast<Index>(u));
    bounds_[u] = key_bound(model.Z, s, maxima, largest_sum);
    for (std::size_t v = 0; v < b; ++v) {
      double rate = s[v];
      if (plain && !poisson) {
        const double p = std::min(s[v] + model.delta, 1.0);
        rate = p <= 0.5 ? rate_of(p) : 0; // denser pairs are drawn by what they lack
      }
      sums_[u] += weights_[u * b + v] = rate * columns_[v];
    }
  }
  // One Poisson number per cluster of either side, or a look-up more per draw.
  double degree = 0;
  const std::vector<double> y = Y.column_sums();
  for (std::size_t u = 0; u < a; ++u)
    degree += y[u] * sums_[u];
  degree /= std::max(1.0, static_cast<double>(model.queries()));
  const double per_key =
      (Y.is_hard() ? 1.0 : static_cast<double>(a)) * static_cast<double>(b) * cost::product +
      static_cast<double>(b) * cost::poisson;
  const double per_query =
      (Y.is_hard() ? 1.0 : static_cast<double>(a)) * cost::poisson + degree * cost::proposal / 2;
  by_cluster_ = per_key <= per_query;
  if (!poisson)
    law_ = model.Z.is_plain() && (by_cluster_ || Y.is_plain()) ? Law::exact : Law::thinned;
}

SparsePlan::Row SparsePlan::row(Index i, double* x) const {
  const Membership& Y = model_.Y;
  const auto m = static_cast<double>(model_.keys());
  const std::size_t b = columns_.size();
  Row row;
  double mean = 0;
  if (by_cluster_) {
    rates_.row(i, x);
    for (std::size_t v = 0; v < b; ++v)
      mean += x[v] * columns_[v];
    row.nanoseconds = static_cast<double>(b) * cost::poisson +
                      (Y.is_hard() ? 1.0 : static_cast<double>(Y.clusters())) *
                          static_cast<double>(b) * cost::product;
  } else {
    mean = Y.dot(sums_.data(), i);
    row.nanoseconds = (Y.is_hard() ? 1.0 : static_cast<double>(Y.clusters())) * cost::poisson +
                      mean * cost::proposal / 2;
  }
  mean += law_ == Law::exact ? 0 : model_.delta * m;
  row.proposals = mean;
  if (law_ == Law::thinned) {
    const double q =
        by_cluster_ ? rates_.bound(x) : Y.dot(bounds_.data(), i) * (1 + 0x1p-40) + model_.delta;
    const double dot = cost::product * (model_.Z.is_hard() ? 1.0 : static_cast<double>(b));
    row.coins = q > nearly_certain;
    if (!row.coins) {
      row.c = thinning_factor(q);
      row.proposals = mean * row.c;
      const double thinned =
          row.proposals * (cost::proposal + (1 - 1 / row.c) * (cost::thinning + dot));
      row.coins = thinned > m * (cost::coin + dot);
      row.nanoseconds += thinned;
    }
    if (row.coins) {
      row.proposals = m;
      row.nanoseconds = m * (cost::coin + dot);
    }
    return row;
  }
  row.nanoseconds += row.proposals * cost::proposal;
  return row;
}

SparsePlan::Total SparsePlan::total() const {
  const Index n = model_.queries();
  const Index looked_at = std::min<Index>(n, 64);
  std::vector<double> x(columns_.size());
  Total total;
  for (Index r = 0; r < looked_at; ++r) {
    const Row one = row(r * n / looked_at, x.data());
    total.proposals += one.proposals;
    total.nanoseconds += one.nanoseconds;
  }
  const double scale = looked_at == 0 ? 0 : static_cast<double>(n) / static_cast<double>(looked_at);
  const double cells = static_cast<double>(model_.keys()) *
                       (model_.Z.is_hard() ? 1.0 : static_cast<double>(columns_.size()));
  total.proposals *= scale;
  total.nanoseconds = total.nanoseconds * scale + cells * cost::table;
  return total;
}

} // namespace attnwalk::sbm
