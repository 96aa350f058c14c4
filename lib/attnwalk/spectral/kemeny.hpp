// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/spectral/extremal_pairs.hpp"
#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

struct KemenyOptions {
  Index probes = 24;        ///< solves: a third each for the sketch, its trace and the rest
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
/// pi (0 to the token itself). Hutch++: with the known eigenvector taken out exactly, Q spans the
/// images of random signs under G = (I - N)^+, and tr G = tr Q'GQ + tr (I - QQ')G(I - QQ'), the
/// first exactly, the second by random signs (Hutchinson), with an interval by Student's t.
///
/// @param ends  vectors and gaps of a connected walk; empty vectors are left in
/// @throws Error{domain} if probes < 6 or confidence is outside (0, 1)
/// @cost  one solve a probe, and probes / 3 vectors of n numbers
/// @see [meyer2021]
[[nodiscard]] Kemeny kemeny(const ReversibleWalk& walk, const ExtremalPairs& ends,
                            const KemenyOptions& how = {});

/// Appends `kemeny` (and `kemeny_lo`, `kemeny_hi`): exact from a dense spectrum; estimated where
/// the whole spectrum was asked for; otherwise absent with that reason.
void append_kemeny(GapReport& report, const ReversibleWalk& walk,
                   const pattern::Structure& structure, const ExtremalPairs& ends,
                   const GapOptions& how);

} // namespace attnwalk::spectral
