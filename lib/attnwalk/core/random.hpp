// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace attnwalk {
inline namespace core {

/// Names a random sequence. Equal keys give equal draws on every machine, instruction set and
/// thread count; there is no generator state to share or to lock.
struct Key {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
};

/// The stream of the `ordinal`-th use of a name: a 64-bit hash (FNV-1a), so that two random terms
/// of one spec draw independently.
[[nodiscard]] std::uint64_t stream_of(std::string_view name, std::uint64_t ordinal = 0);

/// A key whose draws are independent of those of `key`: that of a named part of something that draws
/// several things.
[[nodiscard]] Key part_of(Key key, std::string_view name);

/// One step of SplitMix64 from state x: a bijection of 64-bit words that spreads every bit. Always
/// inlined, so that kernels compile their own for each instruction set.
[[gnu::always_inline]] constexpr std::uint64_t splitmix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// The Philox4x32-10 block function: 128 random bits for a 128-bit counter under a 64-bit key.
/// @see [salmon2011] section 3
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                            std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9E3779B9U, key[1] + 0xBB67AE85U};
  }
  return counter;
}

/// The key under which `RandomStream` calls the block function, for code that makes its words in
/// bulk.
[[nodiscard]] constexpr std::array<std::uint32_t, 2> philox_key(Key key) {
  const std::uint64_t joint = splitmix64(key.seed ^ splitmix64(key.stream));
  return {static_cast<std::uint32_t>(joint), static_cast<std::uint32_t>(joint >> 32)};
}

/// Reads the numbers of one substream of a key, in order. Substreams are independent of each other,
/// so a parallel loop gives every row (or chunk, or trial) its own, and no result depends on the
/// number of threads.
class RandomStream {
public:
  explicit RandomStream(Key key, std::uint64_t substream = 0);

  /// 64 uniform bits.
  [[nodiscard]] std::uint64_t bits() {
    if (used_ == 2)
      refill();
    return block_[used_++];
  }
  /// Uniform integer in [0, bound), exactly uniform by rejection; bound >= 1.
  /// @see [lemire2019]
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  /// Uniform multiple of 2^-53 in [0, 1).
  [[nodiscard]] double unit() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  /// Standard normal by the polar method with `portable_log`.
  [[nodiscard]] double normal();

private:
  void refill();

  std::array<std::uint32_t, 2> key_{};
  std::uint64_t substream_ = 0;
  std::uint64_t counter_ = 0;
  std::array<std::uint64_t, 2> block_{};
  unsigned used_ = 2;
};

/// ln x for finite x > 0 from +, -, * and / alone, within 2 ulp: the same bits everywhere, which
/// libm does not promise.
[[nodiscard]] double portable_log(double x);

} // namespace core
} // namespace attnwalk
