// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

/// What the gaps of an irreducible walk say of d(k) = max_i TV(e_i A^k, pi), appended as bounds:
///
/// * `distance_lo(k)` = slem^k / 2 and `distance_hi(k)`, the least of sqrt((1-pi_min)/pi_min)
///   sigma_2^k / 2, (1 - doeblin)^k and dobrushin^k, for k = 1..steps;
/// * `mixing_time_lo` = ln 2 / ln(1/slem) and `mixing_time_hi`, steps until d <= 1/4: the least of
///   the bounds by sigma_2, `mixing_time_pseudo_gap` (Paulin's) and `mixing_time_doeblin`, each
///   also alone;
/// * `hop_bound`: no two tokens are farther apart than this.
///
/// @param gaps  with slem, sigma_2, pseudo_gap, doeblin and dobrushin
/// @see [paulin2015]
void append_mixing_bounds(GapReport& report, Index steps);

} // namespace attnwalk::spectral
