// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

/// Refuses arrays from outside that are no weights of a walk: not square, no CSR, a value that is
/// negative or not finite. Row sums are not checked.
///
/// @throws Error{shape, index, domain} naming the first offender
/// @cost   O(m + n), parallel
void require_walk(const CsrView<double>& A);

/// Weights made fit for a walk: checked, without stored zeros (a weight of 0 is not an edge), and
/// with a self loop in empty rows if that is the policy. Values that are all 1 are null.
struct Prepared {
  Csr<double> changed;     ///< holds the arrays of `weights` where those of A would not do
  CsrView<double> weights; ///< A's own arrays where they are fit as they are
  Index looped = 0;        ///< empty rows that got a self loop of weight 1
};

/// Checks weights and cleans them; nothing is copied where nothing has to change. A rectangular
/// matrix keeps its empty rows: it has no loops to give.
///
/// @param A  rows x cols, entries finite and >= 0; null values: a pattern. Must outlive the result
/// @throws Error{shape, index, domain} as sparse::validate_weights; Error{domain} naming the first
///         empty row under EmptyRowStep::error
/// @cost   O(m + n)
[[nodiscard]] Prepared prepare(const CsrView<double>& A, EmptyRowStep policy);

} // namespace attnwalk::spectral
