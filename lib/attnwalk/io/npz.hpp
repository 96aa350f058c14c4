// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array.hpp"
#include "attnwalk/io/read_options.hpp"

#include <iosfwd>

namespace attnwalk::io {

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
///         Error{io} in a build without libzip
[[nodiscard]] Buffer<std::byte> write_npz(const Arrays& arrays, Packing packing = Packing::stored);
/// The same bytes, stored, without a copy of the arrays.
void write_npz(std::ostream& out, const Arrays& arrays);

} // namespace attnwalk::io
