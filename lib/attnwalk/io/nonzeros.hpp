// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"

#include <functional>

namespace attnwalk::io {

/// The non-zeros of a dense matrix.
///
/// @param row      writes row i, cols numbers; called twice a row, from several threads
/// @param pattern  drop the values
[[nodiscard]] Csr<double> from_dense(Index rows, Index cols,
                                     const std::function<void(Index i, double* out)>& row,
                                     bool pattern, int threads);

} // namespace attnwalk::io
