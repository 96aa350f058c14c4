// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/moments.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/sbm/rates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace attnwalk::sbm {
namespace {

/// S g, or S' g.
std::vector<double> times(const Dense<double>& S, const std::vector<double>& g, bool transposed) {
  std::vector<double> f(static_cast<std::size_t>(transposed ? S.shape().width : S.shape().tokens));
  for (Index u = 0; u < S.shape().tokens; ++u)
    for (Index v = 0; v < S.shape().width; ++v)
      f[transposed ? v : u] += S(u, v) * g[transposed ? u : v];
  return f;
}

double total(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0);
}

/// Rows in which some rate exceeds 1, each with its y_i' S: their sums go entry by entry.
struct ClampedRows {
  std::vector<Index> token;
  std::vector<double> x; ///< token.size() x b
};

ClampedRows clamped_rows(const Model& model, const RateRows& rates) {
  ClampedRows found;
  if (!model.clamp)
    return found;
  std::vector<double> x(rates.width());
  for (Index i = 0; i < model.queries(); ++i) {
    rates.row(i, x.data());
    if (rates.bound(x.data()) > 1) {
      found.token.push_back(i);
      found.x.insert(found.x.end(), x.begin(), x.end());
    }
  }
  return found;
}

} // namespace

DistinctTokens::DistinctTokens(const Membership& Y) : of(static_cast<std::size_t>(Y.tokens())) {
  if (!Y.is_plain()) {
    token.resize(of.size());
    std::iota(token.begin(), token.end(), Index{0});
    of = token;
    count.assign(of.size(), 1);
    return;
  }
  std::vector<Index> kind(static_cast<std::size_t>(Y.clusters()), -1);
  for (Index i = 0; i < Y.tokens(); ++i) {
    Index& mine = kind[Y.cluster(i)];
    if (mine < 0) {
      mine = static_cast<Index>(token.size());
      token.push_back(i);
      count.push_back(0);
    }
    of[i] = mine;
    count[mine] += 1;
  }
}

ExpectedDegrees expected_degrees(const Model& model, int threads) {
  check(model);
  const RateRows rates(model);
  const ClampedRows clamped = clamped_rows(model, rates);
  const auto n = static_cast<double>(model.queries());
  const auto m = static_cast<double>(model.keys());
  const std::size_t b = rates.width();
  ExpectedDegrees d;

  const std::vector<double> f = times(model.S, model.Z.column_sums(), false);
  for (Index i = 0; i < model.queries(); ++i)
    d.rows.push_back(model.Y.dot(f.data(), i) + model.delta * m);
  const auto rows_of_clamped = static_cast<Index>(clamped.token.size());
  std::vector<char> cut(clamped.token.size()); // the bound of a row may exceed 1 where no rate does
  in_pieces(
      rows_of_clamped,
      [&](Index first, Index last) {
        for (Index r = first; r < last; ++r) {
          const double* x = clamped.x.data() + static_cast<std::size_t>(r) * b;
          double sum = 0;
          for (Index j = 0; j < model.keys(); ++j) {
            const double rate = rates.rate(x, j);
            cut[r] |= rate > 1 ? 1 : 0;
            sum += std::min(rate, 1.0);
          }
          d.rows[clamped.token[r]] = sum;
        }
      },
      threads, static_cast<double>(rows_of_clamped) * m);
  d.clamped = std::find(cut.begin(), cut.end(), 1) != cut.end();

  std::vector<double> y = model.Y.column_sums();
  for (const Index i : clamped.token)
    for (std::size_t u = 0; u < y.size(); ++u)
      y[u] -= model.Y.at(i, static_cast<Index>(u));
  const std::vector<double> g = times(model.S, y, true);
  d.cols.resize(model.keys());
  in_pieces(
      model.keys(),
      [&](Index first, Index last) {
        for (Index j = first; j < last; ++j) {
          double sum =
              model.Z.dot(g.data(), j) + model.delta * (n - static_cast<double>(rows_of_clamped));
          for (Index r = 0; r < rows_of_clamped; ++r)
            sum += std::min(rates.rate(clamped.x.data() + static_cast<std::size_t>(r) * b, j), 1.0);
          d.cols[j] = sum;
        }
      },
      threads, (static_cast<double>(rows_of_clamped) + 1) * m);

  if (!model.loops)
    return d;
  std::vector<double> x(b);
  for (Index i = 0; i < model.queries(); ++i) {
    rates.row(i, x.data());
    const double rate = rates.rate(x.data(), i);
    const double change = 1 - (model.clamp ? std::min(rate, 1.0) : rate);
    d.rows[i] += change;
    d.cols[i] += change;
  }
  return d;
}

double expected_edges(const Model& model, int threads) {
  return total(expected_degrees(model, threads).rows);
}

double expected_density(const Model& model, int threads) {
  const double pairs = static_cast<double>(model.queries()) * static_cast<double>(model.keys());
  return pairs == 0 ? 0 : expected_edges(model, threads) / pairs;
}

double squared_rates(const Model& model) {
  check(model);
  const std::vector<double> Gy = model.Y.gram();
  const std::vector<double> Gz = model.Z.gram();
  const auto a = static_cast<std::size_t>(model.Y.clusters());
  const auto b = static_cast<std::size_t>(model.Z.clusters());
  const double* S = model.S.data();
  std::vector<double> T(a * b); // S (Z'Z)
  for (std::size_t u = 0; u < a; ++u)
    for (std::size_t v = 0; v < b; ++v)
      for (std::size_t w = 0; w < b; ++w)
        T[u * b + w] += S[u * b + v] * Gz[v * b + w];
  double sum = 0;
  for (std::size_t u = 0; u < a; ++u)
    for (std::size_t t = 0; t < a; ++t)
      for (std::size_t v = 0; v < b; ++v)
        sum += Gy[u * a + t] * S[u * b + v] * T[t * b + v];
  const auto n = static_cast<double>(model.queries());
  const auto m = static_cast<double>(model.keys());
  // (lambda + delta)^2 = lambda^2 + 2 delta lambda + delta^2.
  const std::vector<double> f = times(model.S, model.Z.column_sums(), false);
  const std::vector<double> y = model.Y.column_sums();
  const double rates = std::inner_product(y.begin(), y.end(), f.begin(), 0.0);
  return sum + 2 * model.delta * rates + model.delta * model.delta * n * m;
}

double poisson_empty_rows(const Model& model) {
  check(model);
  if (model.loops)
    return 0;
  const std::vector<double> f = times(model.S, model.Z.column_sums(), false);
  double sum = 0;
  for (Index i = 0; i < model.queries(); ++i)
    sum += std::exp(-model.Y.dot(f.data(), i) - model.delta * static_cast<double>(model.keys()));
  return sum;
}

FeasibleRegion feasible_region(const Model& model) {
  FeasibleRegion region;
  region.density = expected_density(model);
  region.diagonal_limit = region.density + 0.25;
  region.mean_diagonal = std::numeric_limits<double>::quiet_NaN();
  const auto within = [](const std::vector<double>& maxima) {
    return std::all_of(maxima.begin(), maxima.end(), [](double x) { return x <= 1; });
  };
  double s = 0;
  for (Index e = 0; e < model.S.shape().size(); ++e)
    s += model.S.data()[e];
  region.applies = within(model.Y.column_maxima()) && within(model.Z.column_maxima()) && s <= 1 &&
                   model.delta == 0 && !model.loops;
  if (model.queries() != model.keys() || model.queries() == 0)
    return region;
  const RateRows rates(model);
  std::vector<double> x(rates.width());
  double sum = 0;
  for (Index i = 0; i < model.queries(); ++i) {
    rates.row(i, x.data());
    sum += rates.probability(x.data(), i, i);
  }
  region.mean_diagonal = sum / static_cast<double>(model.queries());
  return region;
}

} // namespace attnwalk::sbm
