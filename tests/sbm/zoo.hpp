// SPDX-License-Identifier: Apache-2.0
// Small block models of every kind, and the statistics by which samplers of them are judged.
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/sbm/model.hpp"

#include "support/matrices.hpp"

#include <string>
#include <vector>

namespace attnwalk::sbm::zoo {

struct Case {
  std::string name;
  Model model; ///< rates at most 1 unless `poisson_only`
  bool poisson_only = false;
};

/// Random, cyclic, symmetric, rectangular, rank-1, zero-block, p = 0, p = 1, tiny-p, hard, dense
/// hard, degree-corrected, overlapping, exploring, clamped, nearly certain and large-k models.
[[nodiscard]] std::vector<Case> cases();

/// Entries uniform in [0, scale).
[[nodiscard]] Dense<double> random_matrix(Index rows, Index cols, double scale, Key key);
[[nodiscard]] Model random_model(Index n, Index m, Index a, Index b, double scale);

/// The model with its queries repeated, one replica after the other: a mask of it is `times` masks.
[[nodiscard]] Model repeated(const Model& model, Index times);

/// rate(i, j) of every pair by the definition.
[[nodiscard]] support::Grid rates_of(const Model& model);

/// How often each pair came, and the moments of the rows' lengths, over many replicas.
struct Tally {
  Tally(Index rows, Index cols)
      : counts(static_cast<std::size_t>(rows), std::vector<double>(static_cast<std::size_t>(cols))),
        length(counts.size()), squared(counts.size()) {}
  support::Grid counts;
  std::vector<double> length;  ///< sum of a row's lengths
  std::vector<double> squared; ///< sum of their squares
  double replicas = 0;

  /// Adds one row of one replica: a length, each key with its copies.
  void add_length(Index i, double entries);
};

/// The law that one pair follows: mean, variance and fourth cumulant.
struct Law {
  double mean = 0;
  double variance = 0;
  double fourth = 0;
};
[[nodiscard]] Law bernoulli(double p);
[[nodiscard]] Law poisson_copies(double rate);

/// The largest of: the chi-square excess of all cells, and over rows the distance of the mean and
/// of the variance of its length from what independent pairs of these laws have, in standard
/// deviations. Infinite if a certain pair is missing or an impossible one there.
[[nodiscard]] double misfit(const Tally& tally, const std::vector<std::vector<Law>>& laws);

} // namespace attnwalk::sbm::zoo
