// SPDX-License-Identifier: Apache-2.0
// Inside `sbm`: the random words of a substream, made in bulk. Not installed.
#pragma once

#include "attnwalk/core/index.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/sbm/lane_kernels.hpp"

#include <array>
#include <cstdint>

namespace attnwalk::sbm {

__extension__ using Wide = unsigned __int128;

/// The same words in the same order as RandomStream(key, substream), for one substream after the
/// other.
class BulkDraws {
public:
  explicit BulkDraws(Key key) : key_(philox_key(key)), philox_(lane_kernels().philox) {}

  void start(std::uint64_t substream) {
    substream_ = substream;
    counter_ = 0;
    used_ = size;
  }
  [[nodiscard]] std::uint64_t bits() {
    if (used_ == size)
      refill();
    return block_[used_++];
  }
  /// Uniform multiple of 2^-53 in [0, 1).
  [[nodiscard]] double unit() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

private:
  static constexpr std::size_t size = 32;

  void refill() {
    philox_(key_, substream_, counter_, size / 2, block_.data());
    counter_ += size / 2;
    used_ = 0;
  }

  std::array<std::uint32_t, 2> key_;
  void (*philox_)(std::array<std::uint32_t, 2>, std::uint64_t, std::uint64_t, Index,
                  std::uint64_t*);
  std::uint64_t substream_ = 0;
  std::uint64_t counter_ = 0;
  std::size_t used_ = size;
  std::array<std::uint64_t, size> block_{};
};

/// A Poisson number: by inversion for means below 10, else by transformed rejection. Uses +, -, *,
/// / and square roots alone, so a key gives the same number everywhere.
///
/// @param mean  in [0, 2^52], assumed
/// @cost  O(min(mean, 10)), 2 words or a little more
/// @see   [hormann1993] algorithm PTRS
[[nodiscard]] Index poisson(BulkDraws& draw, double mean);

} // namespace attnwalk::sbm
