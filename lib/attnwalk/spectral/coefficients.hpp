// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

/// A is a row-stochastic n x n matrix in all of them, and is not checked.
namespace attnwalk::spectral {

/// delta = sum_j min_i A_ij of a row-stochastic matrix: tau <= 1 - delta, d(k) <= (1 - delta)^k.
/// Positive iff some key is attended by every query. @cost O(m + n)
[[nodiscard]] double doeblin(const CsrView<double>& A);

/// tau = max_ij TV(row i, row j): d(k) <= tau^k and slem <= tau. Exact while n m stays below 4e9
/// operations or as soon as two rows without a common key are met (then tau = 1); otherwise 65536
/// sampled pairs give `lo` alone.
///
/// @param A  row-stochastic, n x n
[[nodiscard]] Gap dobrushin(const CsrView<double>& A, const GapOptions& how);

/// s_u = ||(I - J/n) A||_2: ||(I - J/n) A^k||_2 <= s_u^k and slem <= s_u, for any row-stochastic A;
/// may exceed 1. Dense for n <= dense_below, else Lanczos with the random-start certificate.
[[nodiscard]] Gap consensus(const CsrView<double>& A, const GapOptions& how);

/// ||A||_2, by the same means. 1 iff A is doubly stochastic, at most the root of the largest column
/// sum: not a measure of mixing.
[[nodiscard]] Gap norm_of_walk(const CsrView<double>& A, const GapOptions& how);

} // namespace attnwalk::spectral
