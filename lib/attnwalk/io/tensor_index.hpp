// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace attnwalk::io {

/// What the header of a safetensors file says: where each tensor lies.
struct TensorIndex {
  struct Place {
    ArrayInfo info;
    std::uint64_t begin = 0; ///< from the beginning of the file
    std::uint64_t end = 0;
    std::string refusal; ///< why the tensor cannot be read; empty if it can
  };
  std::map<std::string, Place> tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads and checks the header. @throws Error{io} as read_safetensors
[[nodiscard]] TensorIndex index_safetensors(std::span<const std::byte> file, std::string_view name);

} // namespace attnwalk::io
