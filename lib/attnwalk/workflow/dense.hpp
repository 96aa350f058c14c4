// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/io/array_file.hpp"

#include <filesystem>
#include <string>

/// Dense arrays of verbs: out of files, into files, and in a few numbers.
namespace attnwalk::workflow {

/// What reading one array out of a file needs to know.
struct DenseSource {
  std::filesystem::path file;
  std::string array; ///< in a file of several; a file of one array gives that one
};

/// Sizes of a stored array as batch x heads x tokens x width: 4 dimensions, 3 (heads x tokens x
/// width), 2 (tokens x width) or 1 (tokens of width 1), and its element type.
struct DenseHeader {
  Shape shape;
  io::DType stored = io::DType::float64;
  int dimensions = 4; ///< as stored
};

/// @throws Error{io} if the file lacks the array, or it has no or more than 4 dimensions or is text
[[nodiscard]] DenseHeader dense_header(const DenseSource& from);

/// The array in C order, of any real type, converted to T.
/// @throws Error{io}; Error{memory} beyond what the machine has left
/// @cost   one copy, beside the file's own bytes
template <Real T>
[[nodiscard]] Dense<T> read_dense(const DenseSource& from);

/// A dense array in the element type it was computed in.
/// @param dimensions  of batch, heads, tokens, width the last so many, at least; leading sides of 1
///                    are left out beyond them
template <Real T>
[[nodiscard]] io::Array to_array(const Dense<T>& X, int dimensions = 2);

/// Writes .npz or .safetensors, or the single array as .npy, each with `origin`, a text that says
/// where it came from (report::provenance_json): the bytes of an array `provenance`, a word of the
/// metadata, or file.npy.json; nothing of it if it is empty. As io::write_atomically.
/// @throws Error{io} with the system's reason; Error{domain} for several arrays in one .npy
void write_dense(const std::filesystem::path& file, io::Arrays arrays, const std::string& origin);

/// A dense array in a few numbers.
struct DenseSummary {
  Shape shape;
  double largest = 0;   ///< max |x|
  double frobenius = 0; ///< sqrt(sum x^2)
  double spread = 0;    ///< largest difference between two tokens in one column of one head
  std::string checksum; ///< FNV-1a of the bytes, 16 hexadecimal digits: equal arrays, equal words
};
template <Real T>
[[nodiscard]] DenseSummary summarize(const Dense<T>& X);

} // namespace attnwalk::workflow
