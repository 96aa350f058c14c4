// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/pattern/rows.hpp"

#include <string_view>

namespace attnwalk::pattern {

/// How `random` spreads its entries.
enum class RandomModel {
  row,          ///< d distinct uniform keys in every row
  edges,        ///< n d distinct uniform ordered pairs
  permutations, ///< the union of d uniform permutations
};

/// The name of a model as it is spelled above.
[[nodiscard]] std::string_view to_string(RandomModel model);
/// @throws Error{domain} listing the names
[[nodiscard]] RandomModel parse_random_model(std::string_view name);

struct RandomOptions {
  RandomModel model = RandomModel::row;
  Key key = {};
  RowRange rows = {}; ///< which rows to make; all of each permutation are drawn for any share
  int threads = 0;    ///< 0: all that OpenMP offers
};

/// n d random entries; self loops are as likely as any entry.
///
/// `row`: every query attends d distinct uniform keys. `edges`: a uniform set of n d of the n m
/// ordered pairs: the sizes of the rows are multivariate hypergeometric, drawn by halving the range
/// of rows, and given its size a row is a uniform subset. `permutations`: (i, s_1(i)), ..., (i,
/// s_d(i)) for independent uniform permutations s, coincidences merged.
///
/// @param n, m  queries, keys
/// @param d     entries per row (on average; at most, for `permutations`)
/// @throws Error{domain} if d is outside [0, m]; Error{shape} for permutations unless n = m;
///         Error{index} for a range outside the rows; Error{memory} with the predicted bytes
/// @cost   O(entries) draws, sorted row by row; `permutations` O(n d) time and 4 bytes
///         more per entry
[[nodiscard]] Pattern random(Index n, Index m, Index d, const RandomOptions& how = {});

/// How many of `total` distinct uniform cells of an n x m grid lie in each row of a range: the row
/// sizes of RandomModel::edges, for the same key; the options' model is not read.
///
/// @throws Error{domain} if total is outside [0, n m]; Error{index} for a range outside the rows
/// @cost   O(rows sqrt(total / n) + sqrt(total))
[[nodiscard]] Buffer<Index> edge_counts(Index n, Index m, Index total,
                                        const RandomOptions& how = {});

} // namespace attnwalk::pattern
