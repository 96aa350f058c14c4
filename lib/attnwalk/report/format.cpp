// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/format.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

namespace attnwalk::report {
namespace {

const int most_digits = 15; // every decimal of 15 digits survives a double

std::string chars(double x, std::chars_format form, int precision) {
  std::array<char, 512> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), x, form, precision);
  return {text.data(), end.ptr};
}

double parsed(const std::string& text) {
  double x = 0;
  std::from_chars(text.data(), text.data() + text.size(), x);
  return x;
}

/// The decimal exponent of x after rounding to so many digits.
int exponent(double x, int digits) {
  const std::string text = chars(x, std::chars_format::scientific, digits - 1);
  int e = 0;
  const std::size_t at = text.find('e') + (text[text.find('e') + 1] == '+' ? 2 : 1);
  std::from_chars(text.data() + at, text.data() + text.size(), e);
  return e;
}

/// "2.70e-08" -> "2.70e-8".
std::string short_exponent(std::string text) {
  const std::size_t e = text.find('e');
  std::size_t digit = e + 1;
  if (text[digit] == '+')
    text.erase(digit, 1);
  else
    ++digit;
  while (digit + 1 < text.size() && text[digit] == '0')
    text.erase(digit, 1);
  return text;
}

std::string without_trailing_zeros(const std::string& text) {
  const std::size_t e = text.find('e');
  const std::string tail = e == std::string::npos ? "" : text.substr(e);
  std::string head = text.substr(0, e);
  if (head.find('.') != std::string::npos) {
    head.erase(head.find_last_not_of('0') + 1);
    if (head.back() == '.')
      head.pop_back();
  }
  return head + tail;
}

/// Digits that reach down to `width` / 10.
int digits_for(double x, double width) {
  if (!(width > 0) || x == 0)
    return most_digits;
  const int reach = exponent(x, most_digits) - static_cast<int>(std::floor(std::log10(width))) + 2;
  return std::clamp(reach, 2, most_digits);
}

/// Digits that show two of the distance from 1: an end of 0.999995 must not read 1.000.
int digits_beside_one(double x) {
  const double distance = 1 - std::abs(x);
  return distance > 0 && distance < 0.1 ? 1 - exponent(distance, 2) : 2;
}

struct Range {
  char32_t first;
  char32_t last;
};
// Combining marks and joiners; characters that terminals draw two columns wide (Unicode 15,
// coarse).
constexpr std::array<Range, 7> zero_wide{{{0x300, 0x36F},
                                          {0x200B, 0x200F},
                                          {0x1AB0, 0x1AFF},
                                          {0x1DC0, 0x1DFF},
                                          {0x20D0, 0x20FF},
                                          {0xFE00, 0xFE0F},
                                          {0xFE20, 0xFE2F}}};
constexpr std::array<Range, 8> two_wide{{{0x1100, 0x115F},
                                         {0x2E80, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& r) { return r.first <= c && c <= r.last; });
}

} // namespace

std::string number(double x, int digits, Rounding rounding) {
  if (std::isnan(x))
    return "nan";
  if (std::isinf(x))
    return x > 0 ? "inf" : "-inf";
  if (x == 0)
    return "0";
  digits = std::clamp(digits, 1, 17);
  const double unit = std::pow(10.0, exponent(x, 17) - digits + 1);
  double shown = x;
  for (int step = 0; step < 3; ++step) { // rounding to nearest is at most one unit off
    const std::string text = chars(shown, std::chars_format::scientific, digits - 1);
    const double back = parsed(text);
    const bool fits =
        rounding == Rounding::nearest || (rounding == Rounding::down ? back <= x : back >= x);
    if (fits) {
      const int e = exponent(shown, digits);
      if (e < -3 || e > 6)
        return short_exponent(text);
      return chars(back, std::chars_format::fixed, std::max(0, digits - 1 - e));
    }
    shown = rounding == Rounding::down ? back - unit : back + unit;
    if (std::abs(shown) < unit / 2)
      return "0";
  }
  return number(x, 17);
}

std::string approximate(double x, int digits) {
  return without_trailing_zeros(number(x, digits));
}

std::string number_within(double x, double width) {
  if (std::isnan(width))
    return approximate(x);
  const std::string text = number(x, digits_for(x, width));
  return width > 0 ? text : without_trailing_zeros(text);
}

std::string interval(std::optional<double> lo, std::optional<double> hi, int digits) {
  if (!lo && !hi)
    return "";
  if (!lo)
    return "<= " + number(*hi, std::min(6, digits), Rounding::up);
  if (!hi)
    return ">= " + number(*lo, std::min(6, digits), Rounding::down);
  const double width = *hi - *lo;
  const auto end = [&](double x, Rounding rounding) {
    const int wanted = std::max(digits_for(x, width), digits_beside_one(x));
    const std::string text = number(x, std::min(wanted, digits), rounding);
    return width > 0 ? text : without_trailing_zeros(text);
  };
  return "[" + end(*lo, Rounding::down) + ", " + end(*hi, Rounding::up) + "]";
}

std::string count(Index number) {
  std::string digits = std::to_string(number);
  const std::size_t first = digits.front() == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3; at -= 3)
    digits.insert(at - 3, ",");
  return digits;
}

std::string duration(double seconds) {
  if (seconds < 1e-3)
    return number(seconds * 1e6, 2) + " us";
  if (seconds < 1)
    return number(seconds * 1e3, 3) + " ms";
  if (seconds < 100)
    return number(seconds, 3) + " s";
  const auto whole = static_cast<Index>(std::llround(seconds));
  return message(whole / 60, " min ", whole % 60, " s");
}

Index display_width(std::string_view text) {
  Index width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = bytes == 1 ? lead : lead & (0xFFU >> (bytes + 1));
    for (std::size_t k = 1; k < bytes && at + k < text.size(); ++k)
      c = (c << 6U) | (static_cast<unsigned char>(text[at + k]) & 0x3FU);
    at += bytes;
    width += within(zero_wide, c) ? 0 : within(two_wide, c) ? 2 : 1;
  }
  return width;
}

void Table::add(std::vector<std::string> cells) {
  require(cells.size() == columns_.size(), Code::shape, "a row of ", cells.size(),
          " cells does not fit ", columns_.size(), " columns");
  rows_.push_back(std::move(cells));
}

std::string listed(const std::vector<std::string>& names) {
  std::string words;
  for (const std::string& name : names)
    words += (words.empty() ? "" : ", ") + name;
  return words;
}

std::vector<std::string> broken(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() &&
        static_cast<std::size_t>(display_width(line) + 1 + display_width(word)) > columns)
      lines.push_back(std::exchange(line, {}));
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  if (!line.empty() || lines.empty())
    lines.push_back(line);
  return lines;
}

std::string Table::text(std::size_t columns) const {
  std::vector<Index> widths(columns_.size(), 0);
  bool titled = false;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    for (const auto& row : rows_)
      widths[c] = std::max(widths[c], display_width(row[c]));
    if (widths[c] > 0) // what is empty in every row is not shown
      widths[c] = std::max(widths[c], display_width(columns_[c].title));
    titled = titled || !columns_[c].title.empty();
  }
  std::string out;
  std::size_t last = 0;
  std::size_t before = 0; // columns left of the last one
  for (std::size_t c = 0; c < columns_.size(); ++c)
    if (widths[c] > 0)
      last = c;
  for (std::size_t c = 0; c < last; ++c)
    before += widths[c] > 0 ? static_cast<std::size_t>(widths[c]) + 2 : 0;
  const std::size_t narrowest = 12; // of a cell that is broken
  const bool breaks =
      columns > before + narrowest && before + static_cast<std::size_t>(widths[last]) > columns;
  const auto line = [&](const auto& cell) {
    std::string row;
    std::vector<std::string> more;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (widths[c] == 0)
        continue;
      const std::string& text = cell(c);
      if (breaks && c == last) {
        more = broken(text, columns - before);
        row += more.front();
        break;
      }
      const std::string pad(static_cast<std::size_t>(widths[c] - display_width(text)), ' ');
      row += columns_[c].align == Align::right ? pad + text : text + pad;
      row += "  ";
    }
    row.erase(row.find_last_not_of(' ') + 1);
    out += row + "\n";
    for (std::size_t k = 1; k < more.size(); ++k)
      out += std::string(before, ' ') + more[k] + "\n";
  };
  if (titled && !rows_.empty())
    line([&](std::size_t c) -> const std::string& { return columns_[c].title; });
  for (const auto& row : rows_)
    line([&](std::size_t c) -> const std::string& { return row[c]; });
  return out;
}

} // namespace attnwalk::report
