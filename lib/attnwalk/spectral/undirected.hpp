// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

/// Gaps of the walk P = D^-1 W on symmetric weights, from N = D^-1/2 W D^-1/2: lambda_2, lambda_n,
/// and what a reversible walk makes of them: slem = sigma_2 = k_step = max(|lambda_2|, |lambda_n|),
/// additive = lambda_2, chatterjee = 1 - lambda_2, pseudo_gap = 1 - slem^2. Components and
/// bipartite components come from `structure`, never from eigenvalues. n <= dense_below: one dense
/// tridiagonalization; above: Lanczos, shift-invert where the gap is too small for it, inertia or a
/// random start as certificate. Fills gaps, stationary, sweep, bounds (see `append_cut_bounds`),
/// multiplicity and spectrum; the caller adds the rest of the report.
///
/// @param W          n x n symmetric, entries >= 0, no zero rows (not checked)
/// @param structure  of W
/// @throws Error{shape} if W is not square; Error{domain} naming a row whose sum is 0
/// @cost   dense O(n^3); else O(1/sqrt(gap)) products, or one sparse factorization and a few more
[[nodiscard]] GapReport gap_undirected(const CsrView<double>& W,
                                       const pattern::Structure& structure,
                                       const GapOptions& how = {});

} // namespace attnwalk::spectral
