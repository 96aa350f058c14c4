// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array_file.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <functional>
#include <optional>

namespace attnwalk::io {

/// The non-zeros of a dense matrix.
///
/// @param row      writes row i, cols numbers; called twice a row, from several threads
/// @param pattern  drop the values
[[nodiscard]] Csr<double> from_dense(Index rows, Index cols,
                                     const std::function<void(Index i, double* out)>& row,
                                     bool pattern, int threads);

/// The array of a file of one dense matrix, which is an .npy as a rule; none if the file holds a
/// sparse matrix. @throws Error{io} naming the arrays if there are several, text, or other dimensions
[[nodiscard]] std::optional<Array> dense_matrix(const ArrayFile& file);

} // namespace attnwalk::io
