// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/csr.hpp"
#include "attnwalk/core/index.hpp"

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attnwalk::io {

/// Element types that npy, npz and safetensors files share.
enum class DType { boolean, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64 };

[[nodiscard]] std::string_view to_string(DType type);
[[nodiscard]] Index bytes_of(DType type);

/// A dense array as stored, C order, little endian: the common currency of the array readers.
struct Array {
  DType dtype = DType::float64;
  std::vector<Index> shape;
  std::vector<std::byte> bytes; ///< product(shape) * bytes_of(dtype)

  [[nodiscard]] Index size() const; ///< product(shape); 1 for a scalar
};

/// Elements [first, first + count) converted to double (float16 and bfloat16 exactly).
[[nodiscard]] std::vector<double> to_doubles(const Array& array, Index first, Index count);
/// All of an integer array. @throws Error{io} if it is not of integer type
[[nodiscard]] std::vector<Index> to_indices(const Array& array);

using Arrays = std::map<std::string, Array>;

[[nodiscard]] Array read_npy(std::span<const std::byte> file, std::string_view name);
[[nodiscard]] Arrays read_npz(std::span<const std::byte> file, std::string_view name);
[[nodiscard]] std::vector<std::byte> write_npy(const Array& array);
[[nodiscard]] std::vector<std::byte> write_npz(const Arrays& arrays);

/// SciPy's `save_npz` CSR layout: indptr, indices, data, shape, format.
[[nodiscard]] bool holds_scipy_csr(const Arrays& arrays);
[[nodiscard]] Csr<double> scipy_csr(const Arrays& arrays, std::string_view name);
[[nodiscard]] Arrays to_scipy_csr(const CsrView<double>& A);

} // namespace attnwalk::io
