// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <array>

namespace attnwalk::attention {

/// What to do with a query that may attend no key.
enum class EmptyRows {
  error, ///< refuse, naming the first such query
  zero,  ///< keep it as a row without entries: its output is zero
};
[[nodiscard]] constexpr auto names_of(EmptyRows /*which*/) {
  return std::to_array<Name<EmptyRows>>({{EmptyRows::error, "error"}, {EmptyRows::zero, "zero"}});
}

struct WeightsOptions {
  double scale = 0; ///< of the scores; 0 means 1/sqrt(width)
  EmptyRows empty_rows = EmptyRows::zero;
};

/// Scores on a mask: S_ij = scale * q_i . k_j for (i, j) in P. GraphBLAS: S<P> = Q K'.
///
/// @param Q    queries x width, one batch and head
/// @param K    keys x width, one batch and head
/// @param P    queries x keys
/// @param how  .scale finite; .empty_rows
/// @return     one score per entry of P, in the order of its entries; all 0 where width is 0
/// @throws     Error{shape} if Q, K and P do not fit each other or hold several heads;
///             Error{domain} if Q or K holds NaN or infinity (row and column named), if the scores
///             could overflow a double, or if a query may attend no key and the policy is `error`
/// @cost       O(m width) time for m entries of P; copies of Q, K and S
/// @see        docs/attention.md
[[nodiscard]] pattern::Weights scores(View<const double> Q, View<const double> K,
                                      const pattern::Pattern& P, const WeightsOptions& how = {});

/// Attention weights: A_ij = exp(S_ij - max_j S_ij) / sum_j exp(S_ij - max_j S_ij), S as above.
///
/// @return  rows sum to 1, rows without entries excepted; what underflows is stored as 0
/// @throws  as `scores`
/// @cost    O(m width) time; copies of Q, K and two of S
/// @see     docs/attention.md
[[nodiscard]] pattern::Weights weights(View<const double> Q, View<const double> K,
                                       const pattern::Pattern& P, const WeightsOptions& how = {});

/// Row softmax of given scores: A_ij = exp(S_ij - max_j S_ij) / sum_j exp(S_ij - max_j S_ij).
///
/// @param S  finite scores on a pattern
/// @throws   Error{domain} if a score is NaN or infinite (query and key named), or if a query may
///           attend no key and the policy is `error`
/// @cost     O(m) time; two copies of S
/// @see      docs/attention.md
[[nodiscard]] pattern::Weights row_softmax(const pattern::Weights& S,
                                           EmptyRows empty_rows = EmptyRows::zero);

} // namespace attnwalk::attention
