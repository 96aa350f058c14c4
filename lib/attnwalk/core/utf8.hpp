// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace attnwalk {

/// Bytes of the UTF-8 character that begins at `at` < text.size(), 0 if none does: a stray or
/// missing continuation, a longer code than needed, a surrogate, beyond U+10FFFF.
/// @see RFC 3629, section 4
[[nodiscard]] inline std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[at + k]); };
  const unsigned lead = byte(0);
  if (lead < 0x80)
    return 1;
  const std::size_t bytes = lead >= 0xC2 && lead < 0xE0   ? 2
                            : lead >= 0xE0 && lead < 0xF0 ? 3
                            : lead >= 0xF0 && lead < 0xF5 ? 4
                                                          : 0;
  if (bytes == 0 || bytes > text.size() - at)
    return 0;
  for (std::size_t k = 1; k < bytes; ++k)
    if ((byte(k) & 0xC0U) != 0x80)
      return 0;
  const bool longer = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
  return longer || surrogate || beyond ? 0 : bytes;
}

} // namespace attnwalk
