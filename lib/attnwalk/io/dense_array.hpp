// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/io/array_file.hpp"

#include <string>

/// Stored arrays as dense batch x heads x tokens x width arrays, and back.
namespace attnwalk::io {

/// Sizes of a stored array as batch x heads x tokens x width: 4 dimensions, 3 (heads x tokens x
/// width), 2 (tokens x width) or 1 (tokens of width 1), and its element type.
struct DenseHeader {
  Shape shape;
  DType stored = DType::float64;
  int dimensions = 4; ///< as stored
};

/// @throws Error{io} if the file lacks the array, or it has no or more than 4 dimensions or is text
[[nodiscard]] DenseHeader dense_header(const ArrayFile& file, const std::string& array);

/// The array in C order, of any real type, converted to T. A file of one array gives that one,
/// whatever it is called.
///
/// @throws Error{io} as dense_header; Error{memory} beyond what the machine has left
/// @cost   one copy, beside the file's own bytes
template <Real T>
[[nodiscard]] Dense<T> read_dense(const ArrayFile& file, const std::string& array);

/// The numbers of an array of 1 to 4 dimensions, converted to T.
/// @throws Error{io} as dense_header, with `name` in the message
template <Real T>
[[nodiscard]] Dense<T> to_dense(const Array& array, const std::string& name = "array");

/// A dense array in the element type it was computed in.
/// @param dimensions  of batch, heads, tokens, width the last so many, at least; leading sides of 1
///                    are left out beyond them
template <Real T>
[[nodiscard]] Array to_array(const Dense<T>& X, int dimensions = 2);

} // namespace attnwalk::io
