// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

/// The causal report: exact, without an eigensolver. The spectrum of a triangular walk is its
/// diagonal, so slem = max_{i >= 1} A_ii. All mass ends on the first token, and until the first mass
/// can get there (n/w hops for a window of w) the SLEM tells nothing about the walk. The bounds do:
///
/// * `tv_max(k)`, `tv_mean(k)`, k = 1..steps: largest and mean over i of 1 - (A^k e_0)_i, which is
///   the distance TV(e_i A^k, e_0);
/// * `mixing_time`: the least k with tv_max(k) <= 1/4; absent with several closed classes, where the
///   limit depends on the start and tv_max(k) = 1 for every k;
/// * `absorption_mean`, `absorption_max`: expected hops h = (I - A_TT)^-1 1 until a closed class;
/// * `hops_to_sink`: hops that the farthest token needs to put any mass there;
/// * `sink_mass`: mean attention to token 0; `closed_classes`; `transient_radius`, the largest A_ii
///   below 1; `norm_2` = ||A||_2, which may exceed 1 and is no measure of mixing.
///
/// @param A  row-stochastic, lower triangular, without empty rows, with values
/// @throws Error{domain} naming an entry above the diagonal; nothing else is checked
/// @cost   O(steps m), and for mixing_time as many products as 2e9 entry visits allow
[[nodiscard]] GapReport gap_causal(const CsrView<double>& A, const GapOptions& how);

} // namespace attnwalk::spectral
