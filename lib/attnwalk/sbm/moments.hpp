// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sbm/model.hpp"

#include <vector>

namespace attnwalk::sbm {

/// Expected row and column sums of a mask; they hold where the clamp bites and loops are forced.
struct ExpectedDegrees {
  std::vector<double> rows; ///< d_i = sum_j p_ij
  std::vector<double> cols; ///< sum_i p_ij
  bool clamped = false;     ///< some p_ij = 1 < lambda_ij: sums were taken entry by entry
};

/// Row and column sums of P, min(lambda, 1) if the model clamps, the diagonal 1 if loops are
/// forced.
/// @throws Error{shape, domain} as `check`
/// @cost   O((n + m) k + k^2); O(m k) more for each row whose bound exceeds 1 in a clamping model
[[nodiscard]] ExpectedDegrees expected_degrees(const Model& model, int threads = 0);

/// Expected entries of one Bernoulli mask, and that over n m (0 for an empty shape).
[[nodiscard]] double expected_edges(const Model& model, int threads = 0);
[[nodiscard]] double expected_density(const Model& model, int threads = 0);

/// sum_ij lambda_ij^2 = tr(S' (Y'Y) S (Z'Z)) for the rates with delta; half of it approximates the
/// copies that de-duplication merges when rates are small.
/// @cost O((n + m) k^2 + k^3)
[[nodiscard]] double squared_rates(const Model& model);

/// Expected queries without keys in a Poisson multigraph: sum_i e^{-d_i}; 0 with forced loops.
/// @cost O((n + m) k)
[[nodiscard]] double poisson_empty_rows(const Model& model);

/// Exact sums over all pairs, streamed in tiles: what the closed forms cannot say.
struct PairSums {
  double edges = 0;                ///< Bernoulli: sum p
  double edges_variance = 0;       ///< Bernoulli: sum p (1 - p)
  double copies = 0;               ///< Poisson: sum lambda, mean and variance alike
  double distinct = 0;             ///< Poisson, de-duplicated: sum 1 - e^{-lambda}
  double distinct_variance = 0;    ///< sum e^{-lambda} (1 - e^{-lambda})
  double duplicates = 0;           ///< sum lambda - 1 + e^{-lambda}: copies merged
  double empty_rows = 0;           ///< Bernoulli: sum_i prod_j (1 - p_ij)
  double log_loops = 0;            ///< Bernoulli: ln P(all loops) = sum_i ln p_ii; -inf if one is 0
  double largest_row_variance = 0; ///< max_i sum_j p_ij (1 - p_ij), Bernoulli
  double largest_col_variance = 0; ///< max_j sum_i p_ij (1 - p_ij)
  double largest_rate = 0;
};
/// @throws Error{shape, domain} as `check`; Error{domain} naming a rate above 1 if the model does
///         not clamp
/// @cost   O(n m k) time, O(n + m) memory
[[nodiscard]] PairSums pair_sums(const Model& model, int threads = 0);

/// What mixed memberships in [0, 1] with sum S = 1 can express at all (the SBM-Transformer's own
/// parameters): for any two queries and keys p_ij + p_i'j' <= 1 + p_ij' + p_i'j, and the mean
/// diagonal exceeds the density by 1/4 at most. So no sparse mask attends itself for certain.
struct FeasibleRegion {
  double density = 0;
  double mean_diagonal = 0;  ///< square models; NaN otherwise
  double diagonal_limit = 0; ///< density + 1/4
  bool applies = false;      ///< memberships in [0, 1] and sum S <= 1
};
[[nodiscard]] FeasibleRegion feasible_region(const Model& model);

} // namespace attnwalk::sbm
