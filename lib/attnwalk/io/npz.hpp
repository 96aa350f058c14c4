// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/io/options.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <cstddef>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attnwalk::io {

/// Element types that npy, npz and safetensors files share. `text` is NumPy's fixed-length byte
/// string 'S<k>': one byte an element, the last dimension counts the k bytes; safetensors has none.
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

/// Elements [first, first + count) converted to double (float16 and bfloat16 exactly).
/// @throws Error{index} if the range leaves the array; Error{domain} for text
[[nodiscard]] std::vector<double> to_doubles(const Array& array, Index first, Index count);
/// All of an integer array. @throws Error{io} if it is not of integer type or beyond 63 bits
[[nodiscard]] std::vector<Index> to_indices(const Array& array);
/// An array of that shape, its bytes copied from `data`. @throws Error{shape} if the sizes differ
[[nodiscard]] Array to_array(std::span<const double> data, std::vector<Index> shape);
[[nodiscard]] Array to_array(std::span<const Index> data, std::vector<Index> shape);

using Arrays = std::map<std::string, Array>;

/// Reads an .npy file, versions 1 to 3: little endian; C order, or Fortran order up to two
/// dimensions (converted). Nothing pickled is ever executed: object arrays are refused.
///
/// @param name  for messages
/// @throws Error{io} if the header is malformed, or claims a size that is not exactly the file's;
///         Error{memory} beyond `how.max_bytes`; both before allocation
/// @cost   one copy of the data
/// @see    [numpy2022]; docs/io.md
[[nodiscard]] Array read_npy(std::span<const std::byte> file, std::string_view name,
                             const ReadOptions& how = {});
/// An .npy file of version 1, C order, little endian; bfloat16, which NumPy lacks, is widened to
/// float32.
[[nodiscard]] Buffer<std::byte> write_npy(const Array& array);

/// Reads all arrays of an .npz archive, stored or deflated; members are decompressed in parallel.
/// Members that are not named *.npy are left alone.
///
/// @throws Error{io} if the archive is damaged, encrypted or names a member twice, if a member
///         claims more than its packed bytes can hold (deflate: 1032 to 1) or not what its own
///         header says, or in a build without libzip; Error{memory} beyond `how.max_bytes`; before
///         allocation
/// @see    [numpy2022], [pkware2022]
[[nodiscard]] Arrays read_npz(std::span<const std::byte> file, std::string_view name,
                              const ReadOptions& how = {});

enum class Packing { stored, deflate };

/// An .npz archive as NumPy's savez (stored) or savez_compressed writes it; equal arrays give equal
/// bytes.
///
/// @throws Error{domain} if a name is not UTF-8 or has control characters: it would be read back as
///         another, or not at all; Error{shape} if an array's bytes do not fill its shape;
///         Error{io} for deflate in a build without libzip
[[nodiscard]] Buffer<std::byte> write_npz(const Arrays& arrays, Packing packing = Packing::stored);
/// The same bytes, stored, without a copy of the arrays.
void write_npz(std::ostream& out, const Arrays& arrays);

/// Whether the arrays hold a sparse matrix: `indptr` and `indices`, or SciPy's `format`.
[[nodiscard]] bool holds_scipy_csr(const Arrays& arrays);

/// The sparse matrix of SciPy's `save_npz`: `indptr`, `indices`, `data`, `shape`, `format`. csr is
/// taken as it is, csc and coo are converted; 32- or 64-bit indices, any real type. Without `data`,
/// or with boolean data all true, the result is a pattern (empty values); without `shape` it is
/// square. Unsorted rows are sorted.
///
/// @throws Error{io} for another format, offsets that fall or do not fit, an index out of range, a
///         duplicate entry, or a value that is not finite
/// @cost   O(m + n), parallel; O(m log degree) where rows are unsorted
/// @see    [scipy2023]
[[nodiscard]] Csr<double> scipy_csr(const Arrays& arrays, std::string_view name,
                                    const ReadOptions& how = {});
/// The arrays that SciPy's `load_npz` wants: 32-bit indices where they suffice; a pattern's data
/// are boolean ones.
[[nodiscard]] Arrays to_scipy_csr(const CsrView<double>& A);
/// The same as an .npz archive, stored, the values straight from A; with further arrays.
/// @cost  O(m), parallel but for writing; 4 bytes an entry of memory where 32 bits suffice
void write_scipy_npz(std::ostream& out, const CsrView<double>& A, Arrays further = {});

} // namespace attnwalk::io
