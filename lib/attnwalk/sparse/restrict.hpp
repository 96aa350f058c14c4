// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"

#include <span>

namespace attnwalk::sparse {

/// The rows and columns of a square matrix that `keep` names, renumbered 0, 1, ...; other entries
/// are dropped. Null values stay null. A is not checked.
///
/// @param keep  ascending
/// @throws Error{shape} if A is not square; Error{index} if the numbers of `keep` do not ascend or
///         are out of range
/// @cost   the entries of the rows kept, times log |keep| for parts below n / 32; O(n) more for larger ones
[[nodiscard]] Csr<double> restricted(const CsrView<double>& A, std::span<const Index> keep);

} // namespace attnwalk::sparse
