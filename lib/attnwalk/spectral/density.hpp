// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/spectral/extremal_pairs.hpp"
#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

/// All eigenvalues, each with mass 1/n; the top one from theory.
[[nodiscard]] Spectrum whole_spectrum(const ReversibleWalk& walk, const ExtremalPairs& dense);

struct DensityOptions {
  Index moments = 128; ///< Chebyshev moments: resolution about pi/moments
  Index probes = 8;    ///< random sign vectors
  Index points = 256;
  Key key = {};
  Monitor* monitor = nullptr;
};

/// Density of eigenvalues per unit on [-1, 1] by the kernel polynomial method: Chebyshev moments
/// tr T_k(N)/n estimated with random signs (Hutchinson), damped by Jackson's kernel so that the
/// density is not negative. Its integral is 1. Qualitative: an isolated eigenvalue of mass 1/n is
/// below its noise.
///
/// @throws Error{domain} if a count is below 1
/// @cost   moments probes / 2 products: two moments come from each
/// @see    [weisse2006]
[[nodiscard]] Spectrum spectral_density(const ReversibleWalk& walk, const DensityOptions& how = {});

} // namespace attnwalk::spectral
