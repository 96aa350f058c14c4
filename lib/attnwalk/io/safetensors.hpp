// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array.hpp"
#include "attnwalk/io/read_options.hpp"

#include <map>

namespace attnwalk::io {

/// A safetensors file: named tensors and string metadata.
struct SafeTensors {
  Arrays tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads a safetensors file: 8 bytes of header length, a JSON header, the tensors' bytes.
///
/// @param name  for messages
/// @throws Error{io} if the header is longer than 100 MB or than the file, is not the JSON it
/// should be,
///         names a key twice, has an element type beyond DType, or if the tensors' offsets do not
///         cover the rest of the file exactly, without holes or overlaps, each of the size of its
///         shape; or in a build without JSON. Error{memory} beyond `how.max_bytes`. All before
///         allocation
/// @see    [safetensors2022]
[[nodiscard]] SafeTensors read_safetensors(std::span<const std::byte> file, std::string_view name,
                                           const ReadOptions& how = {});
/// The file's bytes: tensors by falling element size, then by name, so that each is aligned.
/// @throws Error{domain} for text tensors; Error{io} in a build without JSON
[[nodiscard]] Buffer<std::byte> write_safetensors(const SafeTensors& content);

} // namespace attnwalk::io
