// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/sbm/rates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::sbm {
namespace {

/// The sums of one row, or what one pair adds to them.
struct RowSums {
  double edges = 0;
  double edges_variance = 0;
  double copies = 0;
  double distinct = 0;
  double distinct_variance = 0;
  double duplicates = 0;
  double log_empty = 0; ///< ln prod_j (1 - p_ij)
  double largest = 0;

  void add(double rate, double times) {
    const double p = std::min(rate, 1.0);
    const double missed = std::exp(-rate);
    edges += times * p;
    edges_variance += times * p * (1 - p);
    copies += times * rate;
    distinct -= times * std::expm1(-rate);
    distinct_variance -= times * missed * std::expm1(-rate);
    duplicates += times * (rate + std::expm1(-rate));
    log_empty += times * std::log1p(-p);
    largest = std::max(largest, rate);
  }
};

void require_probability(double rate, Index i, Index j) {
  require(rate <= 1 + 0x1p-40, Code::domain, "the probability of (", i, ", ", j, ") is ", rate,
          "; it must be in [0, 1], or the model must clamp");
}

} // namespace

PairSums pair_sums(const Model& model, int threads) {
  check(model);
  const RateRows rates(model);
  const DistinctTokens queries(model.Y);
  const DistinctTokens keys(model.Z);
  const auto n = static_cast<Index>(queries.token.size());
  const auto m = static_cast<Index>(keys.token.size());
  const double pairs = static_cast<double>(n) * static_cast<double>(m);

  std::vector<RowSums> row(static_cast<std::size_t>(n));
  in_pieces(
      n,
      [&](Index first, Index last) {
        std::vector<double> x(rates.width());
        for (Index i = first; i < last; ++i) {
          const Index query = queries.token[i];
          rates.row(query, x.data());
          RowSums sums;
          for (std::size_t j = 0; j < keys.token.size(); ++j) {
            const double rate = rates.rate(x.data(), keys.token[j]);
            if (!model.clamp)
              require_probability(rate, query, keys.token[j]);
            sums.add(rate, keys.count[j]);
          }
          row[i] = sums;
        }
      },
      threads, pairs);

  std::vector<double> col_variance(static_cast<std::size_t>(m));
  std::vector<double> all(static_cast<std::size_t>(n) * rates.width()); // Y S by kinds
  for (std::size_t i = 0; i < queries.token.size(); ++i)
    rates.row(queries.token[i], all.data() + i * rates.width());
  in_pieces(
      m,
      [&](Index first, Index last) {
        for (Index j = first; j < last; ++j)
          for (std::size_t i = 0; i < queries.token.size(); ++i) {
            const double p =
                std::min(rates.rate(all.data() + i * rates.width(), keys.token[j]), 1.0);
            col_variance[j] += queries.count[i] * p * (1 - p);
          }
      },
      threads, pairs);

  PairSums sums;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const double times = queries.count[i];
    sums.edges += times * row[i].edges;
    sums.edges_variance += times * row[i].edges_variance;
    sums.copies += times * row[i].copies;
    sums.distinct += times * row[i].distinct;
    sums.distinct_variance += times * row[i].distinct_variance;
    sums.duplicates += times * row[i].duplicates;
    sums.largest_rate = std::max(sums.largest_rate, row[i].largest);
    if (!model.loops) {
      sums.empty_rows += times * std::exp(row[i].log_empty);
      sums.largest_row_variance = std::max(sums.largest_row_variance, row[i].edges_variance);
    }
  }
  if (!model.loops)
    for (const double variance : col_variance)
      sums.largest_col_variance = std::max(sums.largest_col_variance, variance);

  sums.log_loops = model.queries() == model.keys() ? 0 : -std::numeric_limits<double>::infinity();
  for (Index i = 0; i < std::min(model.queries(), model.keys()); ++i) {
    const auto kind = static_cast<std::size_t>(queries.of[i]);
    const double rate = rates.rate(all.data() + kind * rates.width(), i);
    const double p = std::min(rate, 1.0);
    if (!model.loops) {
      sums.log_loops += std::log(p);
      continue;
    }
    RowSums drawn; // the pair that the certain loop stands for: once, and no copies
    drawn.add(rate, 1);
    sums.edges += 1 - drawn.edges;
    sums.edges_variance -= drawn.edges_variance;
    sums.copies += 1 - drawn.copies;
    sums.distinct += 1 - drawn.distinct;
    sums.distinct_variance -= drawn.distinct_variance;
    sums.duplicates -= drawn.duplicates;
    const auto key = static_cast<std::size_t>(keys.of[i]);
    sums.largest_row_variance =
        std::max(sums.largest_row_variance, row[kind].edges_variance - drawn.edges_variance);
    sums.largest_col_variance =
        std::max(sums.largest_col_variance, col_variance[key] - drawn.edges_variance);
  }
  return sums;
}

} // namespace attnwalk::sbm
