// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/index.hpp"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attnwalk::io {

/// Element types that npy, npz and safetensors files share. `text` is NumPy's fixed-length byte
/// string 'S<k>', the last dimension counts the k bytes, or its unicode string 'U<k>', 4 k bytes of
/// UTF-32; safetensors has none.
enum class DType {
  boolean,
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  uint64,
  int64,
  float16,
  bfloat16,
  float32,
  float64,
  text,
};

[[nodiscard]] std::string_view to_string(DType type);
/// Bytes of one element.
[[nodiscard]] Index bytes_of(DType type);

/// What a file says of an array before its data.
struct ArrayInfo {
  DType dtype = DType::float64;
  std::vector<Index> shape;

  [[nodiscard]] Index size() const; ///< product(shape); 1 for a scalar
};

/// A dense array as stored, C order, little endian: the common currency of the array readers.
struct Array {
  DType dtype = DType::float64;
  std::vector<Index> shape;
  Buffer<std::byte> bytes; ///< product(shape) * bytes_of(dtype)

  [[nodiscard]] Index size() const; ///< product(shape); 1 for a scalar
};

using Arrays = std::map<std::string, Array>;

/// Elements [first, first + count) converted to double (float16 and bfloat16 exactly).
/// @throws Error{index} if the range leaves the array; Error{domain} for text
[[nodiscard]] std::vector<double> to_doubles(const Array& array, Index first, Index count);
/// All of an integer array. @throws Error{io} if it is not of integer type or beyond 63 bits
[[nodiscard]] std::vector<Index> to_indices(const Array& array);
/// An array of that shape, its bytes copied from `data`. @throws Error{shape} if the sizes differ
[[nodiscard]] Array to_array(std::span<const double> data, std::vector<Index> shape);
[[nodiscard]] Array to_array(std::span<const Index> data, std::vector<Index> shape);

} // namespace attnwalk::io
