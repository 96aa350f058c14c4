// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array_file.hpp"
#include "attnwalk/io/head_arrays.hpp"

namespace attnwalk::io {

/// An array of matrices: layers x heads x rows x columns, or one sequence of layers x batch x heads
/// x rows x columns.
struct Stacked {
  std::string array;
  Index layers = 1;
  Index heads = 1;
  Index rows = 0;
  Index cols = 0;
  Index sequences = 1; ///< size of the batch
  Index sequence = 0;  ///< which of them
  HeadLayout layout = HeadLayout::heads_first;
};

/// What the file says of an array of 4 dimensions, or 5 with a batch.
/// @throws Error{io} for any other, or text; Error{index} if there is no such sequence, or several
///         and none is named
[[nodiscard]] Stacked stacked(const ArrayFile& file, const std::string& array,
                              const HeadArrays& which = {});

/// @throws Error{index} naming how many layers and heads there are
void check_choice(const ArrayFile& file, const Stacked& of, Index layer, Index head);

/// One of the matrices, rows x columns.
/// @throws Error{io} naming the first number that is not finite or below `least`
[[nodiscard]] Array matrix_of(const ArrayFile& file, const Stacked& of, Index layer, Index head,
                              double least);

} // namespace attnwalk::io
