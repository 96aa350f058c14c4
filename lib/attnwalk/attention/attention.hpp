// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/pattern/pattern.hpp"

namespace attnwalk::attention {

/// What to do with a query that may attend no key.
enum class EmptyRows { error, zero };

struct WeightsOptions {
  double scale = 0; ///< of the scores; 0 means 1/sqrt(width)
  EmptyRows empty_rows = EmptyRows::zero;
};

/// Scores on a mask: S_ij = scale * q_i . k_j for (i, j) in P. GraphBLAS: S<P> = Q K'.
///
/// @param Q  queries x width;  @param K  keys x width;  @param P  queries x keys
/// @throws Error{shape}; Error{domain} if Q or K holds NaN or infinity (row and column named)
/// @cost   O(m width)
[[nodiscard]] pattern::Weights scores(View<const double> Q, View<const double> K,
                                      const pattern::Pattern& P, const WeightsOptions& how = {});

/// Attention weights: the row softmax of the scores, shifted by the row maximum.
/// A_ij = exp(S_ij - max_j S_ij) / sum_j exp(S_ij - max_j S_ij).
[[nodiscard]] pattern::Weights weights(View<const double> Q, View<const double> K,
                                       const pattern::Pattern& P, const WeightsOptions& how = {});

/// Row softmax of given scores: five GraphBLAS calls.
[[nodiscard]] pattern::Weights row_softmax(const pattern::Weights& S,
                                           EmptyRows empty_rows = EmptyRows::zero);

} // namespace attnwalk::attention
