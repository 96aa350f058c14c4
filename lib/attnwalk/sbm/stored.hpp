// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/pattern/rows.hpp"

namespace attnwalk::sbm {

/// A mixed-membership mask: (i, j) is an edge with probability p_ij = min(y_i' S z_j + delta, 1),
/// each ordered pair on its own, y_i and z_j being rows of Y and Z.
///
/// Row i bounds its probabilities by q = min(y_i' S max(Z) + delta, 1), column maxima of Z, draws a
/// binomial number of distinct uniform keys with probability q and keeps key j with probability
/// p_ij / q: exact, and no n x m array is formed.
///
/// @param Y      queries x a, entries >= 0;  @param S  a x b, entries >= 0
/// @param Z      keys x b, entries >= 0;  @param delta  exploration mass, in [0, 1]
/// @throws Error{shape} if the sizes do not fit; Error{domain} naming the first entry that is
///         negative or not finite, or if delta is outside [0, 1]; Error{index}; Error{memory}
/// @cost   O(n a b + b sum_i q_i m); q exceeds the mean of p by the spread of Z's rows
/// @see    [cho2022]; docs/sbm.md
[[nodiscard]] pattern::Pattern stored(View<const double> Y, View<const double> S,
                                      View<const double> Z, double delta, Key key,
                                      pattern::Rows rows = {}, int threads = 0);

/// The mean of p_ij, the clamp included; 0 for an empty shape.
///
/// @throws Error{shape, domain} as `stored`
/// @cost   O(n a b + m b), and O(m b) more for each row whose bound q reaches 1
[[nodiscard]] double expected_density(View<const double> Y, View<const double> S,
                                      View<const double> Z, double delta, int threads = 0);

} // namespace attnwalk::sbm
