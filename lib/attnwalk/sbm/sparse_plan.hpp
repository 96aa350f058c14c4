// SPDX-License-Identifier: Apache-2.0
// Inside `sbm`: how the rows of a model are drawn sparsely, and what that costs. Not installed.
#pragma once

#include "attnwalk/sbm/rates.hpp"
#include "attnwalk/sbm/sample.hpp"

#include <vector>

namespace attnwalk::sbm {

/// Nanoseconds of one core (AVX-512, 2.6 GHz), fitted to runs of tests/bench/sbm_bench.cpp. Only
/// their ratios matter: which method is the faster.
namespace cost {
constexpr double proposal = 16;   ///< one key drawn, ordered and written
constexpr double poisson = 16;    ///< one Poisson number
constexpr double thinning = 12;   ///< one coin of a proposal that needs p, besides the dot product
constexpr double product = 0.35;  ///< one multiplication and addition of y' S or x . z
constexpr double coin = 6;        ///< one pair of a row drawn coin by coin, besides the same
constexpr double tile = 0.0625;   ///< one multiplication and addition of a tile
constexpr double tile_coin = 2.2; ///< one pair of a tile, besides
constexpr double table = 6;       ///< one slot of an alias table
} // namespace cost

/// What the sparse methods know of a model before they build tables.
class SparsePlan {
public:
  /// The law of the keys that are proposed.
  enum class Law {
    poisson, ///< rates lambda: copies merged or counted
    exact,   ///< rates -ln(1 - p) on plain key clusters: distinct keys follow Bernoulli's law
    thinned, ///< rates c lambda, distinct keys kept with p / (1 - e^{-c p})
  };

  /// @param model  must outlive the plan
  SparsePlan(const Model& model, SampleMethod method);

  /// A row: its y' S (if by_cluster), expected proposals, the factor c, and whether it goes coin by
  /// coin.
  struct Row {
    double proposals = 0;
    double c = 1;
    bool coins = false;
    double nanoseconds = 0;
  };
  [[nodiscard]] Row row(Index i, double* x) const;

  /// Expected costs of all rows, from at most 64 of them.
  struct Total {
    double proposals = 0;
    double nanoseconds = 0;
  };
  [[nodiscard]] Total total() const;

  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] const RateRows& rates() const { return rates_; }
  [[nodiscard]] Law law() const { return law_; }
  /// Poisson numbers per key cluster, from x = y_i' S; else per query cluster, the key cluster of
  /// each draw from an alias table.
  [[nodiscard]] bool by_cluster() const { return by_cluster_; }
  /// a x b: S_uv (Z'1)_v, or -ln(1 - S_uv - delta) (Z'1)_v where pairs of plain clusters are drawn
  /// exactly and p <= 1/2.
  [[nodiscard]] const std::vector<double>& weights() const { return weights_; }
  [[nodiscard]] const std::vector<double>& weight_sums() const { return sums_; }

private:
  const Model& model_;
  RateRows rates_;
  Law law_ = Law::poisson;
  bool by_cluster_ = false;
  std::vector<double> weights_;
  std::vector<double> sums_;    ///< of the rows of weights_
  std::vector<double> bounds_;  ///< per query cluster: at least every S_u . z_j
  std::vector<double> columns_; ///< Z' 1
};

/// -ln(1 - q) / q or a little more, for q in [0, 1): proposals at c lambda suffice for every p <=
/// q.
[[nodiscard]] double thinning_factor(double q);

} // namespace attnwalk::sbm
