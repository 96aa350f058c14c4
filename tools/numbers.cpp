// SPDX-License-Identifier: Apache-2.0
#include "numbers.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace attnwalk::tools {
namespace {

/// factor * x + more, absent beyond 2^64.
std::optional<std::uint64_t> grown(std::uint64_t x, std::uint64_t factor, std::uint64_t more = 0) {
  if (x > (std::numeric_limits<std::uint64_t>::max() - more) / factor)
    return std::nullopt;
  return factor * x + more;
}

struct Suffix {
  std::string_view text;
  int tens;
  std::uint64_t factor;
};
constexpr std::array<Suffix, 6> suffixes{{{"k", 3, 1},
                                          {"M", 6, 1},
                                          {"G", 9, 1},
                                          {"Ki", 0, 1ULL << 10U},
                                          {"Mi", 0, 1ULL << 20U},
                                          {"Gi", 0, 1ULL << 30U}}};

/// Takes the suffix off a text.
Suffix take_suffix(std::string_view& text) {
  for (const Suffix& suffix : suffixes) {
    if (!text.ends_with(suffix.text))
      continue;
    text.remove_suffix(suffix.text.size());
    return suffix;
  }
  return {"", 0, 1};
}

/// Takes "e4" or "E+4" off a text: the power of ten, absent where it is no number.
std::optional<int> take_exponent(std::string_view& text) {
  const std::size_t at = text.find_first_of("eE");
  if (at == std::string_view::npos)
    return 0;
  std::string_view digits = text.substr(at + 1);
  text = text.substr(0, at);
  if (digits.starts_with("+"))
    digits.remove_prefix(1);
  int power = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), power);
  if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || power < -40 ||
      power > 40)
    return std::nullopt;
  return power;
}

} // namespace

std::optional<std::uint64_t> whole_number(std::string_view text) {
  const Suffix suffix = take_suffix(text);
  const std::optional<int> exponent = take_exponent(text);
  if (!exponent || text.empty() || text.front() == '.' || text.back() == '.')
    return std::nullopt;
  int tens = *exponent + suffix.tens;
  bool fraction = false;
  std::optional<std::uint64_t> value = 0;
  for (const char c : text) {
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9')
      return std::nullopt;
    value = grown(*value, 10, static_cast<std::uint64_t>(c - '0'));
    tens -= fraction ? 1 : 0;
    if (!value)
      return std::nullopt;
  }
  value = grown(*value, suffix.factor);
  for (; value && tens > 0; --tens)
    value = grown(*value, 10);
  for (; value && tens < 0; ++tens) {
    if (*value % 10 != 0)
      return std::nullopt;
    *value /= 10;
  }
  return value;
}

} // namespace attnwalk::tools
