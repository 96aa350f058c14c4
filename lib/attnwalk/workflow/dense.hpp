// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/io/dense_array.hpp"

#include <filesystem>
#include <string>

/// Dense arrays of verbs: into files with their origin, and in a few numbers.
namespace attnwalk::workflow {

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
