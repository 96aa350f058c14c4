// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json_writer.hpp"

#include "attnwalk/core/utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace attnwalk::report {

void JsonText::begin(char bracket) {
  out_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonText::end(char bracket) {
  --depth_;
  if (!first_)
    line();
  out_ += bracket;
  first_ = false;
}

void JsonText::element() {
  if (!first_)
    out_ += ',';
  first_ = false;
  line();
}

void JsonText::key(std::string_view name) {
  element();
  text(name);
  out_ += indent_ < 0 ? ":" : ": ";
}

void JsonText::line() {
  if (indent_ < 0)
    return;
  out_ += '\n';
  out_.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(depth_), ' ');
}

void JsonText::real(double x) {
  if (!std::isfinite(x))
    return word("null");
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), x);
  const std::string_view shortest(digits.data(), static_cast<std::size_t>(end.ptr - digits.data()));
  out_ += shortest;
  if (shortest.find_first_of(".e") == std::string_view::npos)
    out_ += ".0"; // a reader sees from the text that the number is real
}

void JsonText::text(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  out_ += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = utf8_length(text, at);
    const char c = text[at];
    if (bytes == 0) {
      out_ += "\xEF\xBF\xBD";
    } else if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out_ += "\\u00";
      out_ += digits[static_cast<unsigned char>(c) >> 4];
      out_ += digits[static_cast<unsigned char>(c) & 15];
    } else {
      out_ += text.substr(at, bytes);
    }
    at += bytes == 0 ? 1 : bytes;
  }
  out_ += '"';
}

} // namespace attnwalk::report
