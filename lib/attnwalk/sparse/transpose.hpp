// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"

namespace attnwalk::sparse {

/// A'. Rows come out with ascending columns; null values stay null. The arrays are the same for any
/// number of threads. A is not checked.
///
/// @param A        rows x cols
/// @param threads  0: all that OpenMP offers
/// @return         cols x rows
/// @cost           O(m + n), and one count of the columns per thread, of at most 8
[[nodiscard]] Csr<double> transposed(const CsrView<double>& A, int threads = 0);

/// The structure of A': values are left behind.
[[nodiscard]] Csr<double> transposed_structure(const CsrView<double>& A, int threads = 0);

} // namespace attnwalk::sparse
