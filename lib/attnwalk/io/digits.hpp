// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

/// Numbers of plain form, eight digits at a step. Whatever is not plain (a plus sign, many digits,
/// a large exponent, no number at all) is left to a general reader: the result is empty. Otherwise
/// `at` moves behind the number.
namespace attnwalk::io {

/// So many bytes must be readable from the beginning of a line of two integers and a real number.
constexpr std::ptrdiff_t longest_look = 128;

namespace digits {

__extension__ using Wide = unsigned __int128; // g++ and clang++ have it

template <std::size_t Size>
constexpr std::array<std::uint64_t, Size> powers(std::uint64_t base) {
  std::array<std::uint64_t, Size> out{1};
  for (std::size_t k = 1; k < Size; ++k)
    out.at(k) = out.at(k - 1) * base;
  return out;
}
inline constexpr auto fives = powers<28>(5); // 5^27 < 2^63
inline constexpr auto tens = powers<9>(10);
/// Below rooms[n], n more digits fit into 64 bits.
inline constexpr auto rooms = [] {
  auto out = tens;
  for (std::uint64_t& ten : out)
    ten = ~std::uint64_t{0} / ten;
  return out;
}();

inline std::uint64_t load(const char* at) {
  std::uint64_t text = 0;
  std::memcpy(&text, at, sizeof text);
  return text;
}

/// How many of eight characters, from the first, are digits.
inline int count(std::uint64_t text) {
  // c - '0' is above 9 iff its low seven bits plus 118, or it itself, reach the top bit.
  const std::uint64_t off = text ^ 0x3030303030303030U;
  const std::uint64_t other =
      (((off & 0x7f7f7f7f7f7f7f7fU) + 0x7676767676767676U) | off) & 0x8080808080808080U;
  return other == 0 ? 8 : std::countr_zero(other) / 8;
}

/// The number that the first n of eight characters spell, 0 <= n <= 8: neighboring digits, then
/// pairs, then quadruples are joined, all at once.
inline std::uint64_t value(std::uint64_t text, int n) {
  std::uint64_t word = (text ^ 0x3030303030303030U) << (32 - 4 * n) << (32 - 4 * n); // zeros first
  word = ((word & 0x0f0f0f0f0f0f0f0fU) * (10 * 0x100 + 1)) >> 8;
  word = ((word & 0x00ff00ff00ff00ffU) * (100 * 0x10000 + 1)) >> 16;
  return ((word & 0x0000ffff0000ffffU) * (10000 * 0x100000000 + 1)) >> 32;
}

/// w with n digits of `text` behind it.
inline std::uint64_t append(std::uint64_t w, std::uint64_t text, int n) {
  return w * tens[static_cast<std::size_t>(n)] + value(text, n);
}

/// w 10^q rounded once, to the nearest double, ties to even; |q| <= 27.
inline double scaled(std::uint64_t w, int q) {
  if (w == 0)
    return 0;
  const std::uint64_t five = fives[static_cast<std::size_t>(q < 0 ? -q : q)];
  const int up = std::countl_zero(w);
  const int down = std::countl_zero(five);
  // 5^q is exact, so the product or quotient is known to at least 61 bits and a remainder; whether
  // there is one goes into the last bit, far below the place where a double is rounded.
  std::uint64_t bits = 0;
  int exponent = q;
  if (q < 0) {
    const Wide numerator = static_cast<Wide>(w << up) << 62;
    const std::uint64_t divisor = five << down;
    const auto quotient = static_cast<std::uint64_t>(numerator / divisor);
    bits =
        quotient | static_cast<std::uint64_t>(static_cast<Wide>(quotient) * divisor != numerator);
    exponent += down - up - 62;
  } else {
    const Wide product = static_cast<Wide>(w << up) * (five << down);
    bits = static_cast<std::uint64_t>(product >> 65) |
           static_cast<std::uint64_t>(static_cast<Wide>(product << 63) != 0);
    exponent += 65 - up - down;
  }
  const auto scale = static_cast<std::uint64_t>(1023 + exponent) << 52; // 2^exponent
  return static_cast<double>(static_cast<std::int64_t>(bits)) * std::bit_cast<double>(scale);
}

} // namespace digits

/// Up to 15 digits.
inline std::optional<Index> scan_whole(const char*& at) {
  const std::uint64_t text = digits::load(at);
  int n = digits::count(text);
  std::uint64_t out = digits::value(text, n);
  if (n == 8) {
    const std::uint64_t more = digits::load(at + 8);
    const int m = digits::count(more);
    out = digits::append(out, more, m);
    n += m;
  }
  if (n == 0 || n == 16)
    return std::nullopt;
  at += n;
  return static_cast<Index>(out);
}

/// [-]digits, up to 15.
inline std::optional<double> scan_integer(const char*& at) {
  const bool negative = *at == '-';
  at += static_cast<std::ptrdiff_t>(negative);
  const std::optional<Index> magnitude = scan_whole(at);
  if (!magnitude)
    return std::nullopt;
  return static_cast<double>(negative ? -*magnitude : *magnitude);
}

/// [-]digits[.digits][e[+-]digits] with up to 7 digits before the point: an integer of 64 bits
/// times a power of ten of 10^-27 .. 10^27. So write those who print 17 digits, or as many as are
/// needed. Correctly rounded.
inline std::optional<double> scan_real(const char*& at) {
  const bool negative = *at == '-';
  at += static_cast<std::ptrdiff_t>(negative);
  const std::uint64_t before = digits::load(at);
  const int whole = digits::count(before);
  if (whole == 8)
    return std::nullopt;
  std::uint64_t w = digits::value(before, whole);
  at += whole;
  int fraction = 0;
  if (*at == '.') {
    // Numbers of digits vary, so asking how many there are is dear: 24 characters in any case.
    const std::array<std::uint64_t, 3> text{digits::load(at + 1), digits::load(at + 9),
                                            digits::load(at + 17)};
    const int n = digits::count(text[0]);
    const int m = n == 8 ? digits::count(text[1]) : 0;
    const int k = m == 8 ? digits::count(text[2]) : 0;
    w = digits::append(w, text[0], n);
    const std::uint64_t longer = digits::append(w, text[1], m);
    if (w >= digits::rooms[static_cast<std::size_t>(m)] ||
        longer >= digits::rooms[static_cast<std::size_t>(k)])
      return std::nullopt;
    w = digits::append(longer, text[2], k);
    fraction = n + m + k;
    at += 1 + fraction;
  }
  int power = -fraction;
  if (*at == 'e' || *at == 'E') {
    ++at;
    const bool down = *at == '-';
    at += down || *at == '+' ? 1 : 0;
    const std::uint64_t text = digits::load(at);
    const int n = digits::count(text);
    if (n == 0 || n > 3)
      return std::nullopt;
    const auto exponent = static_cast<int>(digits::value(text, n));
    power += down ? -exponent : exponent;
    at += n;
  }
  if (whole + fraction == 0 || power < -27 || power > 27)
    return std::nullopt;
  const double magnitude = digits::scaled(w, power);
  return negative ? -magnitude : magnitude;
}

} // namespace attnwalk::io
