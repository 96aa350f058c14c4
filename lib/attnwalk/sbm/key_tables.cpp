// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/key_tables.hpp"

#include "attnwalk/core/parallel.hpp"

#include <algorithm>
#include <utility>

namespace attnwalk::sbm {
namespace {

// Columns of a row-major array that are taken apart together: a cache line's worth.
constexpr Index columns_together = 8;

} // namespace

void AliasTable::build(std::span<const double> weights, double sum, int bits,
                       std::uint64_t* slots) {
  const auto size = static_cast<Index>(weights.size());
  const double scale = static_cast<double>(size) / sum;
  const std::uint64_t full = ~std::uint64_t{0} >> bits;
  const double most = static_cast<double>(std::uint64_t{1} << (63 - bits)) * 2;
  const auto share = [&](Index i) { return weights[i] * scale; };
  const auto set = [&](Index i, double keep, Index other) {
    const std::uint64_t threshold =
        keep >= 1 ? full : std::min(full, static_cast<std::uint64_t>(keep * most));
    slots[i] = threshold << bits | static_cast<std::uint64_t>(other);
  };
  // Small slots (share < 1) give way to the current large one until that is small itself.
  const auto next = [&](Index i, bool large) {
    while (i < size && (share(i) >= 1) != large)
      ++i;
    return i;
  };
  Index small = next(0, false);
  Index large = next(0, true);
  const Index heaviest = large < size ? large : 0;
  double left = large < size ? share(large) : 0;
  while (small < size && large < size) {
    set(small, share(small), large);
    left -= 1 - share(small);
    small = next(small + 1, false);
    while (left < 1 && large < size) {
      const Index after = next(large + 1, true);
      if (after == size) {
        set(large, 1, large); // what is missing from 1 is rounding
        large = size;
      } else {
        set(large, left, after);
        left += share(after) - 1;
        large = after;
      }
    }
  }
  for (; large < size; large = next(large + 1, true))
    set(large, 1, large);
  for (; small < size; small = next(small + 1, false)) // near 1 but for rounding
    set(small, weights[small] > 0 ? 1 : 0, weights[small] > 0 ? small : heaviest);
}

KeyTables::KeyTables(const Membership& Z, int threads)
    : tokens_(Z.tokens()), sums_(Z.column_sums()) {
  if (Z.is_hard())
    build_hard(Z);
  else
    build_mixed(Z, threads);
}

void KeyTables::build_mixed(const Membership& Z, int threads) {
  const Index k = Z.clusters();
  bits_ = AliasTable::alias_bits(tokens_);
  for (Index v = 0; v <= k; ++v)
    starts_.push_back(v * tokens_);
  slots_.resize(tokens_ * k);
  const Index groups = (k + columns_together - 1) / columns_together;
  in_pieces(
      groups,
      [&](Index first, Index last) {
        std::vector<double> columns(static_cast<std::size_t>(tokens_ * columns_together));
        for (Index g = first; g < last; ++g) {
          const Index begin = g * columns_together;
          const Index end = std::min(k, begin + columns_together);
          for (Index j = 0; j < tokens_; ++j)
            for (Index v = begin; v < end; ++v)
              columns[(v - begin) * tokens_ + j] = Z.row(j)[v];
          for (Index v = begin; v < end; ++v)
            if (sums_[v] > 0)
              AliasTable::build(
                  {columns.data() + (v - begin) * tokens_, static_cast<std::size_t>(tokens_)},
                  sums_[v], bits_, slots_.data() + v * tokens_);
        }
      },
      threads);
}

void KeyTables::build_hard(const Membership& Z) {
  const auto k = static_cast<std::size_t>(Z.clusters());
  starts_.assign(k + 1, 0);
  for (Index j = 0; j < tokens_; ++j)
    ++starts_[Z.cluster(j) + 1];
  for (std::size_t v = 0; v < k; ++v)
    starts_[v + 1] += starts_[v];
  members_.resize(tokens_);
  std::vector<Index> place(starts_.begin(), starts_.end() - 1);
  for (Index j = 0; j < tokens_; ++j)
    members_[place[Z.cluster(j)]++] = static_cast<std::uint32_t>(j);
  if (Z.is_plain())
    return;
  bits_ = AliasTable::alias_bits(tokens_);
  slots_.resize(tokens_);
  std::vector<double> weights;
  for (std::size_t v = 0; v < k; ++v) {
    weights.clear();
    for (const std::uint32_t j : members(v))
      weights.push_back(Z.weight(j));
    if (sums_[v] > 0)
      AliasTable::build(weights, sums_[v], bits_, slots_.data() + starts_[v]);
  }
}

void KeyTables::look_up(std::span<const Proposal> proposals, std::uint32_t* keys) const {
  if (slots_.empty()) {
    for (const Proposal& p : proposals)
      *keys++ = members_[p.slot];
    return;
  }
  const std::uint64_t mask = (std::uint64_t{1} << bits_) - 1;
  for (const Proposal& p : proposals) {
    const std::uint64_t entry = slots_[p.slot];
    const std::uint64_t own = p.slot - p.base;
    const std::uint64_t key = p.coin < entry >> bits_ ? own : entry & mask;
    *keys++ = members_.empty() ? static_cast<std::uint32_t>(key) : members_[p.base + key];
  }
}

} // namespace attnwalk::sbm
