// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace attnwalk::io {

/// A word from a file, cut and without control characters, so that a message stays one line.
[[nodiscard]] inline std::string printable(std::string_view word, std::size_t longest = 48) {
  std::string out(word.substr(0, longest));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

} // namespace attnwalk::io
