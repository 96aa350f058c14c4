// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

#include <span>
#include <vector>

namespace attnwalk::spectral {

/// Refuses arrays from outside that are no weights of a walk: not square, no CSR, a value that is
/// negative or not finite. Row sums are not checked.
///
/// @throws Error{shape, index, domain} naming the first offender
/// @cost   O(m + n), parallel
void require_walk(const CsrView<double>& A);
void require_walk(const Csr<double>& A);

/// Weights made fit for a walk: checked, without stored zeros (a weight of 0 is not an edge), and
/// with the empty-row policy applied.
struct Prepared {
  Csr<double> weights;
  Index looped = 0; ///< empty rows that got a self loop of weight 1
};

/// Checks and cleans weights. A rectangular matrix keeps its empty rows: it has no loops to give.
///
/// @param A  rows x cols, entries finite and >= 0; null values: a pattern
/// @throws Error{shape, index, domain} naming the first offset or column that is wrong;
///         Error{domain} naming the first entry that is negative or not finite, or the first empty
///         row under EmptyRows::error
/// @cost   O(m + n)
[[nodiscard]] Prepared prepare(const CsrView<double>& A, EmptyRows policy);

/// D^-1 W: every row divided by its sum, in double with compensated sums, so that float32 weights
/// whose rows sum to 1 + 3e-8 give the gap of the walk that they stand for. Empty rows stay empty.
/// @throws Error{shape, index, domain} as sparse::validate_weights
[[nodiscard]] Csr<double> row_normalized(const CsrView<double>& W);

/// The rows and columns named in `keep` (ascending), renumbered 0, 1, ...; other entries are
/// dropped.
/// @throws Error{shape, index, domain} for a matrix that is not square, a row of `keep` that is
///         wrong, or numbers that do not ascend or are out of range
[[nodiscard]] Csr<double> restricted(const CsrView<double>& A, std::span<const Index> keep);

/// Neumaier's compensated sum: the error does not grow with the number of terms.
[[nodiscard]] double careful_sum(std::span<const double> x);

} // namespace attnwalk::spectral
