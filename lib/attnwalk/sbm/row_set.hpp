// SPDX-License-Identifier: Apache-2.0
// Inside `sbm`: the keys of one row, ordered and without copies. Not installed.
#pragma once

#include "attnwalk/core/index.hpp"

#include <bit>
#include <cstdint>
#include <vector>

namespace attnwalk::sbm {

/// A set of numbers below `bound` as bits, with a bit per word of the level below that is not
/// empty: inserting and emptying in order cost O(1) a number wherever the numbers lie, which no
/// comparison sort and no bucket sort offers.
class RowSet {
public:
  /// @cost bound / 8 bytes, zeroed once
  explicit RowSet(Index bound)
      : leaves_(words(bound)), middle_(words(bound) / 64 + 1), upper_(middle_.size() / 64 + 1),
        top_(upper_.size() / 64 + 1) {}

  /// Whether the number was not there yet.
  bool insert(std::uint32_t x) {
    std::uint64_t& leaf = leaves_[x >> 6];
    const std::uint64_t bit = std::uint64_t{1} << (x & 63);
    if (leaf == 0) {
      middle_[x >> 12] |= std::uint64_t{1} << (x >> 6 & 63);
      upper_[x >> 18] |= std::uint64_t{1} << (x >> 12 & 63);
      top_[x >> 24] |= std::uint64_t{1} << (x >> 18 & 63);
    }
    const bool fresh = (leaf & bit) == 0;
    leaf |= bit;
    return fresh;
  }

  /// Writes the numbers to `out`, ascending, and empties the set. Returns one past the last.
  std::uint32_t* drain(std::uint32_t* out) {
    for (std::size_t t = 0; t < top_.size(); ++t)
      for (; top_[t] != 0; top_[t] &= top_[t] - 1) {
        const std::size_t u = t * 64 + lowest(top_[t]);
        for (; upper_[u] != 0; upper_[u] &= upper_[u] - 1) {
          const std::size_t m = u * 64 + lowest(upper_[u]);
          for (std::uint64_t left = middle_[m]; left != 0; left &= left - 1) {
            const std::size_t w = m * 64 + lowest(left);
            for (std::uint64_t leaf = leaves_[w]; leaf != 0; leaf &= leaf - 1)
              *out++ = static_cast<std::uint32_t>(w * 64 + lowest(leaf));
            leaves_[w] = 0;
          }
          middle_[m] = 0;
        }
      }
    return out;
  }

private:
  static std::size_t words(Index bound) { return static_cast<std::size_t>(bound) / 64 + 1; }
  static std::size_t lowest(std::uint64_t word) {
    return static_cast<std::size_t>(std::countr_zero(word));
  }

  std::vector<std::uint64_t> leaves_;
  std::vector<std::uint64_t> middle_;
  std::vector<std::uint64_t> upper_;
  std::vector<std::uint64_t> top_;
};

} // namespace attnwalk::sbm
