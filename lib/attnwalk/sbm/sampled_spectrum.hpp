// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sbm/spectrum.hpp"

namespace attnwalk::sbm {

/// Predicts, without drawing, the second eigenvalue and singular values of a Bernoulli mask A from
/// its expectation P and the variances v_ij = p_ij (1 - p_ij), whatever the degrees.
///
/// The mask is P plus noise of mean 0. The eigenvalues of the noise D_r^{-1} (A - P) fill a disc of
/// radius sqrt(rho(v_ij / d_i^2)); an eigenvalue of D_r^{-1} P outside the disc remains nearly
/// where it was, one inside is lost in it.
///
/// For singular values of a A b, with a and b diagonal and w_ij = (a_i b_j)^2 v_ij, the noise ends
/// at the smallest E for which
///
///   1/x_i = E - sum_j w_ij y_j    and    1/y_j = E - sum_i w_ij x_i
///
/// have a solution x, y > 0. The second singular value of the mask lies above that edge if there is
/// an E above it at which the second singular value of sqrt(x) a P b sqrt(y), x and y being the
/// solution at E, equals 1; that E is the prediction. Otherwise the prediction is the edge. With
/// equal degrees the results are those of `sampled_second`.
///
/// NaN where it has no meaning: without entries; slem and walk_sigma_2 of a rectangular mask. slem is
/// NaN too where the expected one is not known.
struct SampledSpectrum {
  double slem = 0;
  double sigma_2 = 0;      ///< of D_r^{-1/2} A D_c^{-1/2}
  double walk_sigma_2 = 0; ///< of diag(pi)^{1/2} D_r^{-1} A diag(pi)^{-1/2}: the sigma_2 of gaps
};

/// On at most 1,024 tokens a side, evenly spaced, each standing for its neighbors.
///
/// @throws Error{shape, domain} as `check`; Error{domain} if loops are forced
/// @cost   O((n + m) k) beyond these tokens, whose pairs take 10^8 operations or so
/// @see    [lehner1999], [ajanki2019] for the edge, [benaych2012] for what stands out of it,
///         [alt2018] for the disc; docs/sbm.md has how near they come
[[nodiscard]] SampledSpectrum sampled_spectrum(const Model& model);
/// The same where the expected spectrum is known already.
[[nodiscard]] SampledSpectrum sampled_spectrum(const Model& model,
                                               const ExpectedSpectrum& expected);

} // namespace attnwalk::sbm
