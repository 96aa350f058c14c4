// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <limits>

namespace attnwalk::pattern {

struct PowerOptions {
  bool within = false; ///< walks of 1 .. hops steps instead of exactly `hops`
  Index max_entries = std::numeric_limits<Index>::max();      ///< refuse a hop with more
  double max_bytes = std::numeric_limits<double>::infinity(); ///< refuse a hop that takes more
  int threads = 0;
  Monitor* monitor = nullptr;
};

/// (i, j) is an edge iff A has a walk of exactly `hops` steps from i to j: the support of A^hops,
/// and the diagonal for hops = 0. With `within`, iff it has one of 1 .. hops steps: of A + ... +
/// A^hops, empty for hops = 0.
///
/// A hop is counted before it is made, so nothing beyond a limit is ever allocated; limits and
/// memory hold for every hop on the way. Stops early once a hop changes nothing.
///
/// @param A  square
/// @throws Error{shape} if A is rectangular; Error{domain} if hops or a limit is negative, or if a
/// hop
///         has more than max_entries entries or takes more than max_bytes bytes, naming both;
///         Error{memory} with the predicted bytes; Error{cancelled}
/// @cost   O(sum over hops of sum_ij X_ij degree(j)) for the hop's pattern X, twice; n bits a
/// thread
[[nodiscard]] Pattern power(const Pattern& A, Index hops, const PowerOptions& how = {});

} // namespace attnwalk::pattern
