// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"
#include "attnwalk/core/random.hpp"

#include <vector>

namespace attnwalk::solvers {

/// n independent standard normal numbers: a direction without preference.
[[nodiscard]] std::vector<double> gaussian_vector(Index n, Key key, std::uint64_t substream = 0);

/// T_k(y), the Chebyshev polynomial, by its recurrence: +, - and * alone, the same bits everywhere.
[[nodiscard]] double chebyshev(Index k, double y);

/// The factor t with P(|c| < t) <= failure, c the component of a uniformly random unit vector of n
/// dimensions along any one direction: t = failure / sqrt(2n/pi).
/// @see [kuczynski1992] for the bounds that rest on it
[[nodiscard]] double smallest_component(Index n, double failure);

} // namespace attnwalk::solvers
