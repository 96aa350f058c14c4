// SPDX-License-Identifier: Apache-2.0
// Inside `sbm`: the rows of the rates, one at a time. Not installed.
#pragma once

#include "attnwalk/sbm/model.hpp"

#include <algorithm>
#include <vector>

namespace attnwalk::sbm {

/// Rows of lambda = Y S Z' + delta. Every sum runs in the order of Z's columns, and rounding is
/// monotone, so a bound by column maxima holds for the rates as computed.
class RateRows {
public:
  explicit RateRows(const Model& model)
      : model_(model), maxima_(model.Z.column_maxima()), most_(model.Z.largest_row_sum()) {}

  [[nodiscard]] std::size_t width() const { return maxima_.size(); }

  /// x = y_i' S, the row of a query. @cost O(a b), O(b) if Y is hard
  void row(Index i, double* x) const {
    const Membership& Y = model_.Y;
    const std::size_t b = width();
    if (Y.is_hard()) {
      const double* s = model_.S.view().row(Y.cluster(i));
      for (std::size_t v = 0; v < b; ++v)
        x[v] = Y.weight(i) * s[v];
      return;
    }
    std::fill_n(x, b, 0.0);
    for (Index u = 0; u < Y.clusters(); ++u) {
      const double y = Y.row(i)[u];
      const double* s = model_.S.view().row(u);
      if (y != 0)
        for (std::size_t v = 0; v < b; ++v)
          x[v] += y * s[v];
    }
  }
  /// lambda_ij without the clamp and without forced loops.
  [[nodiscard]] double rate(const double* x, Index j) const {
    return model_.Z.dot(x, j) + model_.delta;
  }
  /// p_ij of a Bernoulli mask: min(lambda, 1), and 1 on forced loops.
  [[nodiscard]] double probability(const double* x, Index i, Index j) const {
    return model_.loops && i == j ? 1 : std::min(rate(x, j), 1.0);
  }
  /// A bound of every rate of the row. `rate` and `key_bound` add the same products in different
  /// orders and may round differently; the factor 1 + 2^-40 covers that difference.
  [[nodiscard]] double bound(const double* x) const {
    return key_bound(model_.Z, x, maxima_, most_) * (1 + 0x1p-40) + model_.delta;
  }

private:
  const Model& model_;
  std::vector<double> maxima_; ///< of Z's columns
  double most_;                ///< the largest row sum of Z
};

/// Tokens that a membership does not tell apart: one of each kind and how many there are. All
/// tokens of a plain cluster are alike; of other memberships every token stands alone.
struct DistinctTokens {
  explicit DistinctTokens(const Membership& Y);

  std::vector<Index> token;
  std::vector<double> count;
  std::vector<Index> of; ///< the kind of each token
};

} // namespace attnwalk::sbm
