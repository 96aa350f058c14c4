// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

/// The gaps of one irreducible walk: slem sigma_2 additive chatterjee k_step pseudo_gap, and for
/// reversible walks lambda_2 lambda_n (refused otherwise, the eigenvalues being complex).
struct ChainGaps {
  std::vector<Gap> gaps;
  Stationary stationary;
  Spectrum spectrum;
};

/// All gaps of an irreducible walk with intervals.
///
/// n <= dense_below: dense singular values, and two-sided certified bounds on the SLEM by repeated
/// squaring, ( |tr D^k| / (n-1) )^{1/k} <= slem <= ||D^k||_F^{1/k}, k = 2, 4, 8, ...; its value by
/// the QR algorithm (n <= 256) or Arnoldi. Larger n: Lanczos with random-start certificates; the
/// SLEM's upper end from the norms, its lower end an estimate.
///
/// @param A        row-stochastic, irreducible (not checked), with values
/// @param weights  what A was normalized from where that is symmetric, else null
/// @param period   of A; 1 if it mixes
/// @return         what is hard is refused, by a gap with a reason
/// @cost   n <= dense_below: about 40 products of n x n matrices; else O(steps^2 100 m) at worst
/// @see    docs/spectral.md, directed
[[nodiscard]] ChainGaps chain_gaps(const CsrView<double>& A, const CsrView<double>* weights,
                                   Index period, const GapOptions& how);

/// The directed report: structure decides what exists. One closed class: its gaps (restricted to it
/// if some tokens are transient). Several: the global gap is 0; gaps per class "class 0: slem", the
/// spectral radius on the transient tokens and absorption probabilities among the bounds.
///
/// @param weights    n x n, without empty rows (not checked)
/// @param A          weights, row-normalized
/// @param structure  of the weights
[[nodiscard]] GapReport gap_directed(const CsrView<double>& weights, const CsrView<double>& A,
                                     const pattern::Structure& structure, const GapOptions& how);

} // namespace attnwalk::spectral
