// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/sparse/csr.hpp"

namespace attnwalk::sparse {

/// Checks CSR arrays from outside: offsets start at 0 and never fall, columns strictly ascending
/// and in range.
/// @throws Error{shape, index, domain} naming the first offender
/// @cost   O(m + n), parallel
void validate(const CsrStructure& A);

/// Whether arrays that know their lengths have those that go together: rows + 1 offsets, as many
/// columns as the last of them says, as many values as columns or none.
/// @throws Error{shape} naming the first length that is wrong
void validate_lengths(const Csr<double>& A);

/// `validate` for arrays that know their lengths: rows + 1 offsets, as many columns as the last of
/// them says.
/// @throws Error{shape, index, domain} naming the first offender
/// @cost   O(m + n), parallel
void validate(const Csr<double>& A);

/// Row i alone: for a caller who reads few rows, or all of them one at a time.
/// @throws Error{shape, index, domain} naming the first offender
/// @cost   O(degree of i)
void validate_row(const CsrStructure& A, Index i);

/// The weights of a walk from outside: as `validate`, and every value finite and not negative; of a
/// Csr also as many values as columns, or none.
/// @throws Error{shape, index, domain} naming the first offender
/// @cost   O(m + n), parallel
template <Real T>
void validate_weights(const CsrView<T>& A);
void validate_weights(const Csr<double>& A);

} // namespace attnwalk::sparse
