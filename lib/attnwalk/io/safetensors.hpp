// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/npz.hpp"

#include <map>

namespace attnwalk::io {

/// A safetensors file: named tensors and string metadata.
struct SafeTensors {
  Arrays tensors;
  std::map<std::string, std::string> metadata;
};

[[nodiscard]] SafeTensors read_safetensors(std::span<const std::byte> file, std::string_view name);
[[nodiscard]] std::vector<std::byte> write_safetensors(const SafeTensors& content);

} // namespace attnwalk::io
