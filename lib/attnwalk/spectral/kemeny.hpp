// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/spectral/ends.hpp"
#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

struct KemenyOptions {
  Index probes = 24;        ///< random sign vectors, one solve each
  double confidence = 0.99; ///< of the interval
  Key key = {};
  Monitor* monitor = nullptr;
};

/// Kemeny's constant by estimation.
struct Kemeny {
  double value = 0;
  double half_width = 0; ///< value +- half_width holds the truth with about `confidence`
  double confidence = 0;
  bool converged = true; ///< every solve did
  const char* method = "";
};

/// K = sum_{i >= 2} 1/(1 - l_i) = tr (I - N)^+, the expected number of steps to a token drawn from
/// pi (0 to the token itself). Hutchinson's estimator, with the known eigenvectors taken out
/// exactly: they carry most of the variance where the gap is small. Interval by Student's t.
///
/// @param ends  vectors and gaps of a connected walk; empty vectors are left in
/// @throws Error{domain} if probes < 2 or confidence is outside (0, 1)
/// @cost  one solve a probe
[[nodiscard]] Kemeny kemeny(const ReversibleWalk& walk, const Ends& ends,
                            const KemenyOptions& how = {});

/// Appends `kemeny` (and `kemeny_lo`, `kemeny_hi`): exact from a dense spectrum; estimated where
/// the whole spectrum was asked for; otherwise absent with that reason.
void append_kemeny(GapReport& report, const ReversibleWalk& walk,
                   const pattern::Structure& structure, const Ends& ends, const GapOptions& how);

} // namespace attnwalk::spectral
