// SPDX-License-Identifier: Apache-2.0
// Inside `sbm`: keys of a cluster in proportion to their membership. Not installed.
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/sbm/bulk_draws.hpp"
#include "attnwalk/sbm/membership.hpp"

#include <bit>
#include <span>
#include <vector>

namespace attnwalk::sbm {

/// An alias table in 64-bit slots: the upper bits are the probability that a slot keeps itself, the
/// lower ones, as many as a slot number takes, the slot that it else gives way to. One word draws
/// slot and coin: at least 2^33 equally likely outcomes per slot.
/// @see [walker1977]
class AliasTable {
public:
  /// The bits that hold a slot's number.
  [[nodiscard]] static int alias_bits(Index size) {
    return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(size > 1 ? size - 1 : 1)));
  }
  /// Writes the table of `weights`, of sum > 0, to `slots`; bits >= alias_bits(size). @cost O(size)
  static void build(std::span<const double> weights, double sum, int bits, std::uint64_t* slots);

  [[nodiscard]] static std::uint64_t draw(const std::uint64_t* slots, Index size, int bits,
                                          std::uint64_t word) {
    const Wide product = static_cast<Wide>(word) * static_cast<std::uint64_t>(size);
    const auto slot = static_cast<std::uint64_t>(product >> 64);
    const std::uint64_t coin = static_cast<std::uint64_t>(product) >> bits;
    const std::uint64_t entry = slots[slot];
    const std::uint64_t other = entry & ((std::uint64_t{1} << bits) - 1);
    return coin < entry >> bits ? slot : other;
  }
};

/// A key that is drawn but not yet looked up: its slot is on its way from memory.
struct Proposal {
  std::uint64_t slot = 0; ///< among the slots of all clusters
  std::uint64_t coin = 0;
  std::uint64_t base = 0; ///< the first slot of its cluster
};

/// One table per cluster of Z; plain clusters need none.
class KeyTables {
public:
  /// @cost O(tokens clusters) for mixed Z, 8 bytes each; O(tokens) for hard Z
  KeyTables(const Membership& Z, int threads);

  /// Column sums of Z.
  [[nodiscard]] const std::vector<double>& sums() const { return sums_; }
  /// The tokens of a cluster of a hard membership, ascending.
  [[nodiscard]] std::span<const std::uint32_t> members(std::size_t v) const {
    return {members_.data() + starts_[v], static_cast<std::size_t>(starts_[v + 1] - starts_[v])};
  }

  /// The key of cluster v, sums()[v] > 0, that a random word stands for: asks for its slot.
  [[nodiscard]] Proposal propose(std::size_t v, std::uint64_t word) const {
    const auto base = static_cast<std::uint64_t>(starts_[v]);
    const Wide product =
        static_cast<Wide>(word) * (static_cast<std::uint64_t>(starts_[v + 1]) - base);
    const std::uint64_t slot = base + static_cast<std::uint64_t>(product >> 64);
    if (slots_.empty())
      __builtin_prefetch(members_.data() + slot);
    else
      __builtin_prefetch(slots_.data() + slot);
    return {slot, static_cast<std::uint64_t>(product) >> bits_, base};
  }
  /// The keys of proposals, in their order.
  void look_up(std::span<const Proposal> proposals, std::uint32_t* keys) const;

private:
  void build_mixed(const Membership& Z, int threads);
  void build_hard(const Membership& Z);

  Index tokens_ = 0;
  int bits_ = 1; ///< of a slot's number within its cluster
  std::vector<double> sums_;
  Buffer<std::uint64_t> slots_;        ///< empty for plain clusters
  std::vector<std::uint32_t> members_; ///< of hard clusters
  std::vector<Index> starts_;          ///< of a cluster's slots or members
};

} // namespace attnwalk::sbm
