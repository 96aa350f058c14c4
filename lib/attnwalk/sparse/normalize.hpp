// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/sparse/csr.hpp"

namespace attnwalk::sparse {

/// The values of D^-1 W, entry by entry of W: every row divided by its sum, in double with
/// compensated sums, so that float32 weights whose rows sum to 1 + 3e-8 give the gap of the walk
/// that they stand for. A row whose weights are all 0 stays 0.
///
/// @param W  rows x cols, values finite and not negative (not checked)
/// @cost     O(m)
[[nodiscard]] Buffer<double> normalized_values(const CsrView<double>& W);

/// D^-1 W with arrays of its own. W is not checked. @cost O(m + n)
[[nodiscard]] Csr<double> row_normalized(const CsrView<double>& W);

} // namespace attnwalk::sparse
