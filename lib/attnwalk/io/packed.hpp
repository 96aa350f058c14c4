// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array.hpp"
#include "attnwalk/io/zip.hpp"

namespace attnwalk::io {

/// Arrays as members of an archive to be written, which refer to them.
struct PackedArrays {
  std::vector<Buffer<std::byte>> widened; ///< bfloat16, which NumPy lacks, as float32
  std::vector<Packed> members;
};
/// @throws Error{shape} if an array's bytes do not fill its shape
/// @throws Error{domain} if a name is not UTF-8 or has control characters
[[nodiscard]] PackedArrays packed(const Arrays& arrays);

/// Writes the members to a stream, stored.
void write_stored(std::ostream& out, const std::vector<Packed>& members);

} // namespace attnwalk::io
