// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

/// The causal report: exact, without an eigensolver. The spectrum of a triangular walk is its
/// diagonal, so slem = max_{i >= 1} A_ii; but every token ends on the first, and before n/w hops of
/// a window of w the SLEM says nothing. What says something are the bounds:
///
/// * `tv_max(k)`, `tv_mean(k)`, k = 1..steps: largest and mean over i of 1 - (A^k e_0)_i, the
/// distance
///   TV(e_i A^k, e_0); with several closed classes the mass not yet in one of them;
/// * `mixing_time`: the least k with tv_max(k) <= 1/4;
/// * `absorption_mean`, `absorption_max`: expected hops h = (I - A_TT)^-1 1 until a closed class;
/// * `hops_to_sink`: hops that the farthest token needs to put any mass there;
/// * `sink_mass`: mean attention to token 0; `closed_classes`; `transient_radius`, the largest A_ii
///   below 1; `norm_2` = ||A||_2, which may exceed 1 and is no measure of mixing.
///
/// @param A  row-stochastic, lower triangular, without empty rows
/// @throws Error{domain} naming an entry above the diagonal; Error{shape, index, domain} as
///         `require_walk`
/// @cost   O(steps m), and for mixing_time as many products as 2e9 entry visits allow
[[nodiscard]] GapReport gap_causal(const Csr<double>& A, const GapOptions& how);

} // namespace attnwalk::spectral
