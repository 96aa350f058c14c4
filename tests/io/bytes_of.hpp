// SPDX-License-Identifier: Apache-2.0
// Files written by hand, right or wrong.
#pragma once

#include "attnwalk/core/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attnwalk {

/// Copies into memory of exactly that size, so that AddressSanitizer sees one byte too far.
inline Buffer<std::byte> bytes_of(std::string_view text) {
  Buffer<std::byte> out(text.size());
  if (!text.empty())
    std::memcpy(out.data(), text.data(), text.size());
  return out;
}

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The bytes of an unsigned number, lowest first.
inline std::string little_endian(std::uint64_t number, int bytes) {
  std::string out;
  for (int b = 0; b < bytes; ++b, number >>= 8)
    out += static_cast<char>(number & 255);
  return out;
}

inline std::string npy_text(std::string_view header, std::string_view data, int version = 1) {
  return std::string("\x93NUMPY") + static_cast<char>(version) + '\0' +
         little_endian(header.size(), version == 1 ? 2 : 4) + std::string(header) +
         std::string(data);
}

inline std::string tensors_text(std::string_view header, std::string_view data) {
  return little_endian(header.size(), 8) + std::string(header) + std::string(data);
}

} // namespace attnwalk
