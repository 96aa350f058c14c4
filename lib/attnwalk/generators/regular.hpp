// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"

namespace attnwalk::pattern {

struct RegularOptions {
  Key key = {};
  int threads = 0;            ///< 0: all that OpenMP offers
  Monitor* monitor = nullptr; ///< polled between passes and switches
};

/// A random simple undirected d-regular graph without loops, every row of d entries.
///
/// Law: for d <= 3 or d >= n - 4 exactly uniform (the configuration model, redrawn until simple, or
/// the complement of that). Otherwise loops and multiple edges of one draw are removed by uniform
/// random switches, (u, v) and (x, y) to (u, x) and (v, y), and 16 more switches per removed edge
/// are tried on the simple graph. The uniform law is stationary under these switches, so that they
/// can only bring the result closer to it.
/// The result is uniform up to a total variation that vanishes as n grows at fixed d; nothing is
/// proved here for d that grows with n. Above d = (n-1)/2 the complement is drawn.
///
/// @throws Error{domain} if d is outside [0, n-1] or n d is odd, with the nearest n that fits, or
///         if n > 2^31; Error{memory} with the predicted bytes; Error{cancelled}
/// @cost   O(n d log d), parallel but for about 17 d^2/4 switches; 12 n d bytes at the peak
/// @see    [bollobas1980] [janson2019]
[[nodiscard]] Pattern regular(Index n, Index d, const RegularOptions& how = {});

} // namespace attnwalk::pattern
