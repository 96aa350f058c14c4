// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"

namespace attnwalk::sparse {

/// A copy with arrays of its own. A is not checked. @cost O(m + n)
[[nodiscard]] Csr<double> owned(const CsrView<double>& A);

/// The one rule of what a matrix is as a pattern: an entry whose value is 0 is no entry. Such
/// entries are dropped with their values; a matrix without values, whose entries are ones, has none.
///
/// @param A  checked arrays, as many values as columns or none
/// @return   how many were dropped
/// @cost     O(m)
Index drop_zeros(Csr<double>& A);

} // namespace attnwalk::sparse
