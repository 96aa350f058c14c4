// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"

#include <bit>
#include <cmath>

namespace attnwalk {
inline namespace core {
namespace {

__extension__ using Wide =
    unsigned __int128; // g++ and clang++ have it; -Wpedantic wants it announced

std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
  return (static_cast<std::uint64_t>(high) << 32) | low;
}

} // namespace

std::uint64_t stream_of(std::string_view name, std::uint64_t ordinal) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  for (int byte = 0; byte < 8; ++byte)
    hash = (hash ^ ((ordinal >> (8 * byte)) & 0xff)) * 0x100000001b3U;
  return hash;
}

Key part_of(Key key, std::string_view name) {
  return {key.seed, key.stream ^ stream_of(name)};
}

RandomStream::RandomStream(Key key, std::uint64_t substream)
    : key_(philox_key(key)), substream_(substream) {}

void RandomStream::refill() {
  const auto words =
      philox({static_cast<std::uint32_t>(counter_), static_cast<std::uint32_t>(counter_ >> 32),
              static_cast<std::uint32_t>(substream_), static_cast<std::uint32_t>(substream_ >> 32)},
             key_);
  block_ = {joined(words[0], words[1]), joined(words[2], words[3])};
  ++counter_;
  used_ = 0;
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  // The high word of bits * bound is uniform once the low words that occur one time too often,
  // those below 2^64 mod bound, are rejected.
  Wide product = static_cast<Wide>(bits()) * bound;
  auto low = static_cast<std::uint64_t>(product);
  if (low < bound) {
    const std::uint64_t surplus = (0 - bound) % bound;
    while (low < surplus) {
      product = static_cast<Wide>(bits()) * bound;
      low = static_cast<std::uint64_t>(product);
    }
  }
  return static_cast<std::uint64_t>(product >> 64);
}

double RandomStream::normal() {
  for (;;) {
    const double u = 2 * unit() - 1;
    const double v = 2 * unit() - 1;
    const double s = u * u + v * v;
    if (s > 0 && s < 1)
      return u * std::sqrt(-2 * portable_log(s) / s); // sqrt is exact to the last bit by IEEE 754
  }
}

double portable_log(double x) {
  // x = 2^e m with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh(t), t = (m - 1)/(m + 1), |t| < .1716,
  // whose odd series falls below 2^-54 after eleven terms.
  const auto pattern = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>((pattern >> 52) & 0x7ff);
  if (exponent == 0) // subnormal: scale by 2^54 first
    return portable_log(x * 0x1.0p54) - 54 * 0.69314718055994530942;
  auto m = std::bit_cast<double>((pattern & 0x000fffffffffffffU) | 0x3ff0000000000000U);
  exponent -= 1023;
  if (m > 1.41421356237309504880) {
    m *= 0.5;
    ++exponent;
  }
  const double t = (m - 1) / (m + 1);
  const double t2 = t * t;
  double series = 0;
  for (int k = 21; k >= 3; k -= 2)
    series = (series + 1.0 / k) * t2;
  return exponent * 0.69314718055994530942 + (2 * t + 2 * t * series);
}

} // namespace core
} // namespace attnwalk
