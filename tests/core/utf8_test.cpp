// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/utf8.hpp"

#include "catch.hpp"

#include <string>

using namespace attnwalk;

namespace {

/// RFC 3629's encoder: the slow obvious twin.
std::string encoded(unsigned c) {
  const auto byte = [](unsigned b) { return static_cast<char>(b); };
  if (c < 0x80)
    return {byte(c)};
  if (c < 0x800)
    return {byte(0xC0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000)
    return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)),
          byte(0x80 | (c & 63))};
}

} // namespace

TEST_CASE("utf8_length: every character of Unicode, none but those", "[core][utf8]") {
  std::size_t wrong = 0;
  for (unsigned c = 0; c < 0x200000; ++c) {
    const std::string text = "x" + encoded(c) + "x";
    const bool character = c < 0x110000 && (c < 0xD800 || c > 0xDFFF);
    wrong += utf8_length(text, 1) != (character ? text.size() - 2 : 0);
  }
  CHECK(wrong == 0);
}

TEST_CASE("utf8_length: 0 for strays, cut and overlong codes", "[core][utf8]") {
  for (const std::string text :
       {"\x80", "\xBF", "\xC3", "\xC3(", "\xE2\x82", "\xE2(\xAC", "\xC0\x80", "\xC1\xBF",
        "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xFF", "\xFE"}) {
    CAPTURE(text);
    CHECK(utf8_length(text, 0) == 0);
  }
}
