// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array.hpp"
#include "attnwalk/io/read_options.hpp"

#include <cstdint>
#include <functional>

/// What the readers of arrays share.
namespace attnwalk::io {

/// Bytes of product(shape) elements. @throws Error{io} if a size is negative or the product of the
/// sizes that are not 0 leaves 63 bits
[[nodiscard]] std::uint64_t data_bytes(const ArrayInfo& info, std::string_view name);

/// Refuses before an allocation. @throws Error{memory} naming the bytes and the bound
void require_room(double bytes, std::string_view name, const ReadOptions& how);

/// Elements [first, first + count) as doubles. The range is the caller's to check.
void convert(const Array& array, Index first, Index count, double* out);
/// Elements [first, first + count) of an integer array.
/// @throws Error{io} for another type or a number beyond 63 bits
void convert(const Array& array, Index first, Index count, Index* out, std::string_view name);
[[nodiscard]] bool is_integer(DType type);

/// An .npy header: what follows it, and how.
struct NpyHeader {
  ArrayInfo info;
  bool fortran = false; ///< stored by columns
  std::size_t header_bytes = 0;
};

/// Reads the next `count` bytes of a file or member into `out`, or passes over them where `out` is
/// null; throws where they end early.
using Read = std::function<void(std::byte* out, std::size_t count)>;

/// Reads an .npy header and checks that it accounts for all of `total` bytes.
[[nodiscard]] NpyHeader read_npy_header(const Read& read, std::uint64_t total,
                                        std::string_view name);
/// Reads the elements [first, first + count) behind a header just read.
[[nodiscard]] Array read_npy_data(const NpyHeader& header, const Read& read, Index first,
                                  Index count, std::string_view name, const ReadOptions& how);
/// Reads all elements in C order, piece by piece: calls visit(piece, number of its first element).
void visit_npy_data(const NpyHeader& header, const Read& read, std::string_view name,
                    const ReadOptions& how,
                    const std::function<void(const Array& piece, Index first)>& visit);
/// The header that write_npy puts before the bytes.
[[nodiscard]] std::string npy_header(const ArrayInfo& info);

} // namespace attnwalk::io
