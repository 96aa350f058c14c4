// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"

#include <cstdint>

namespace attnwalk::kernels {

/// Which edges or numbers survive dropout: a pure function of key and entry number, so that the
/// backward pass sees the forward's choice without storing it.
struct Dropout {
  std::uint64_t key = 0;       ///< of seed, batch and head
  std::uint32_t threshold = 0; ///< dropped iff the entry's 32 bits fall below; 0 drops nothing
  double keep_scale = 1;       ///< 1 / (1 - rate)
};

/// 32 well-mixed bits of an entry: the upper half of number `entry` of the SplitMix64 sequence that
/// starts at `key`. Always inlined, so that each instruction set compiles its own.
[[gnu::always_inline]] constexpr std::uint32_t entry_bits(std::uint64_t key, std::uint64_t entry) {
  return static_cast<std::uint32_t>(splitmix64(key + entry * 0x9e3779b97f4a7c15U) >> 32);
}

/// Whether an entry survives.
[[nodiscard, gnu::always_inline]] inline bool survives(const Dropout& dropout,
                                                       std::uint64_t entry) {
  return entry_bits(dropout.key, entry) >= dropout.threshold;
}

/// The dropout of a rate in [0, 1) under a key.
[[nodiscard]] inline Dropout dropout_of(double rate, std::uint64_t key) {
  if (rate == 0)
    return {};
  return {key, static_cast<std::uint32_t>(rate * 0x1p32), 1 / (1 - rate)};
}

} // namespace attnwalk::kernels
