// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace attnwalk::io {

/// An element type and how the formats spell it.
struct DTypeRow {
  DType type;
  std::string_view name;
  Index bytes;
  std::string_view npy;         ///< descr; empty where NumPy has no such type
  std::string_view safetensors; ///< dtype; empty where the format has no such type
};
/// In the order of DType.
inline constexpr std::array<DTypeRow, 14> dtype_rows{{
    {DType::boolean, "boolean", 1, "|b1", "BOOL"},
    {DType::uint8, "uint8", 1, "|u1", "U8"},
    {DType::int8, "int8", 1, "|i1", "I8"},
    {DType::uint16, "uint16", 2, "<u2", "U16"},
    {DType::int16, "int16", 2, "<i2", "I16"},
    {DType::uint32, "uint32", 4, "<u4", "U32"},
    {DType::int32, "int32", 4, "<i4", "I32"},
    {DType::uint64, "uint64", 8, "<u8", "U64"},
    {DType::int64, "int64", 8, "<i8", "I64"},
    {DType::float16, "float16", 2, "<f2", "F16"},
    {DType::bfloat16, "bfloat16", 2, "", "BF16"},
    {DType::float32, "float32", 4, "<f4", "F32"},
    {DType::float64, "float64", 8, "<f8", "F64"},
    {DType::text, "text", 1, "", ""}, // npy writes its length: |S<k>
}};

[[nodiscard]] constexpr const DTypeRow& row_of(DType type) {
  return dtype_rows.at(static_cast<std::size_t>(type));
}

/// u: rounding to the type changes a number that it holds as a normal one by a factor of 1 + u at
/// most; 2^-53 for the types that are not floating point.
[[nodiscard]] constexpr double unit_roundoff(DType type) {
  return type == DType::float16    ? 0x1p-11
         : type == DType::bfloat16 ? 0x1p-8
         : type == DType::float32  ? 0x1p-24
                                   : 0x1p-53;
}

/// The type that a format spells so; `column` is &DTypeRow::npy or &DTypeRow::safetensors.
[[nodiscard]] constexpr std::optional<DType> dtype_spelled(std::string_view word,
                                                           std::string_view DTypeRow::*column) {
  for (const DTypeRow& row : dtype_rows)
    if (!word.empty() && row.*column == word)
      return row.type;
  return std::nullopt;
}

} // namespace attnwalk::io
