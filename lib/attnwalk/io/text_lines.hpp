// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/io/printable.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

namespace attnwalk::io {

/// One line of numbers, read from left to right; messages name the file and the line.
class Line {
public:
  Line(std::string_view text, std::string_view file, Index number)
      : at_(text.data()), end_(text.data() + text.size()), file_(file), number_(number) {
    skip();
  }

  /// Nothing (left) to read. Carriage returns count as blanks.
  [[nodiscard]] bool finished() const { return at_ == end_; }
  [[nodiscard]] bool blank_or_comment() const { return finished() || *at_ == '%'; }

  /// An integer of min .. max.
  Index integer(std::string_view what, Index min, Index max) {
    Index value = 0;
    const auto [stop, failure] = std::from_chars(unsigned_start(), end_, value);
    if (failure != std::errc{} || !ends(stop)) [[unlikely]]
      refuse(what, "is not a whole number of 63 bits");
    if (value < min || value > max) [[unlikely]]
      fail(what, " = ", value, " must be in ", min, " .. ", max);
    at_ = stop;
    skip();
    return value;
  }
  double real(std::string_view what) {
    double value = 0;
    const auto [stop, failure] = std::from_chars(unsigned_start(), end_, value);
    if (failure == std::errc::result_out_of_range) [[unlikely]]
      refuse(what,
             seen(at_).find("e-") != std::string::npos || seen(at_).find("E-") != std::string::npos
                 ? "is too close to 0 for double precision"
                 : "is beyond the range of double precision");
    if (failure != std::errc{} || !ends(stop)) [[unlikely]]
      refuse(what, stop != end_ && (*stop == 'd' || *stop == 'D')
                       ? "has a Fortran exponent; write E for D"
                       : "is not a number");
    if (!std::isfinite(value)) [[unlikely]]
      refuse(what, "is not finite");
    at_ = stop;
    skip();
    return value;
  }
  std::string_view word() {
    const char* start = at_;
    while (at_ != end_ && !blank(*at_))
      ++at_;
    const std::string_view out(start, static_cast<std::size_t>(at_ - start));
    skip();
    return out;
  }
  void finish() const {
    if (!finished()) [[unlikely]]
      fail("goes on with \"", seen(at_), "\"");
  }
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw Error(Code::io, message(file_, ", line ", number_, ": ", parts...));
  }

private:
  static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  [[nodiscard]] bool ends(const char* stop) const { return stop == end_ || blank(*stop); }
  void skip() {
    while (at_ != end_ && blank(*at_))
      ++at_;
  }
  /// from_chars takes no plus sign.
  [[nodiscard]] const char* unsigned_start() const {
    return end_ - at_ > 1 && *at_ == '+' && at_[1] != '-' ? at_ + 1 : at_;
  }
  /// The word at a place, cut and fit for a message.
  [[nodiscard]] std::string seen(const char* place) const {
    return printable({place, static_cast<std::size_t>(std::find_if(place, end_, blank) - place)});
  }
  [[noreturn]] void refuse(std::string_view what, std::string_view why) const {
    if (finished())
      fail("the ", what, " is missing");
    fail(what, " \"", seen(at_), "\" ", why);
  }

  const char* at_;
  const char* end_;
  std::string_view file_;
  Index number_;
};

/// Takes the next line, without its end, off the front of a text.
[[nodiscard]] inline std::string_view take_line(std::string_view& text) {
  const auto* end = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
  const std::size_t size =
      end == nullptr ? text.size() : static_cast<std::size_t>(end - text.data());
  const std::string_view line = text.substr(0, size);
  text.remove_prefix(end == nullptr ? size : size + 1);
  return line;
}

} // namespace attnwalk::io
