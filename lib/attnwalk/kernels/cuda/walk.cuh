// SPDX-License-Identifier: Apache-2.0
// Private: how a group of lanes walks along the entries of an item.
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/cuda/interface.hpp"
#include "attnwalk/kernels/cuda/numbers.cuh"
#include "attnwalk/kernels/dropout.hpp"

namespace attnwalk::kernels::cuda {

constexpr int block_threads = 128;

/// The head that share y of a pattern is.
struct Head {
  int b, h;
  __device__ Head(const AttnwalkCudaPass& pass, int pattern, int share) {
    const int per_sequence = pass.heads / pass.pattern_heads;
    b = pattern / pass.pattern_heads + share / per_sequence;
    h = pattern % pass.pattern_heads + share % per_sequence;
  }
  [[nodiscard]] __device__ std::int64_t number(const AttnwalkCudaPass& pass) const {
    return static_cast<std::int64_t>(b) * pass.heads + h;
  }
};

/// Row `row` of a head that has an array of its own.
template <class T>
__device__ __forceinline__ T* row_of(const AttnwalkCudaArray& X, const Head& at, std::int64_t row) {
  return static_cast<T*>(X.data) + at.b * X.batch + at.h * X.head + row * X.row;
}
/// The same where consecutive query heads share a key head.
template <class T>
__device__ __forceinline__ const T* key_row_of(const AttnwalkCudaPass& pass,
                                               const AttnwalkCudaArray& X, const Head& at,
                                               std::int64_t row) {
  const int h = at.h / (pass.heads / pass.key_heads);
  return static_cast<const T*>(X.data) + at.b * X.batch + h * X.head + row * X.row;
}

/// Where a lane stands: its group's item, and the head.
template <int G>
struct Spot {
  int lane; ///< within the group
  bool live;
  AttnwalkCudaItem item;
  int share;
  Head head;

  __device__ explicit Spot(const AttnwalkCudaPass& pass)
      : lane(threadIdx.x & (G - 1)),
        live((std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / G < pass.item_count),
        item(live ? pass.items[(std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / G]
                  : AttnwalkCudaItem{0, 0, 0, 0, -1}),
        share(blockIdx.y), head(pass, item.pattern, share) {}

  /// The place of this item's partial result.
  [[nodiscard]] __device__ std::int64_t slot(const AttnwalkCudaPass& pass) const {
    return static_cast<std::int64_t>(item.slot) * gridDim.y + share;
  }
};

/// The key under which a head draws (kernels::head_dropout).
__device__ inline std::uint64_t dropout_key(const AttnwalkCudaPass& pass, std::int64_t number) {
  const auto substream = static_cast<std::uint64_t>(number * pass.number_step + pass.number_first);
  const auto words = philox(
      {0, 0, static_cast<std::uint32_t>(substream), static_cast<std::uint32_t>(substream >> 32)},
      philox_key({*pass.seed, pass.stream}));
  return (static_cast<std::uint64_t>(words[1]) << 32) | words[0];
}

/// What an entry's score and weight receive besides q . k.
struct Rule {
  float added = 0; ///< in powers of two; minus infinity for a padded key
  float kept = 1;  ///< 0, or 1 / (1 - rate)
};

/// Reads the rule of single entries: bias, padding and dropout, whichever are there.
class Rules {
public:
  __device__ Rules(const AttnwalkCudaPass& pass, int pattern, const Head& at)
      : pass_(pass), first_(pass.threshold == 0 ? 0 : pass.pattern_starts[pattern]),
        key_(pass.threshold == 0 ? 0 : dropout_key(pass, at.number(pass))),
        padding_(pass.padding == nullptr ? nullptr
                                         : pass.padding + std::int64_t{at.b} * pass.keys) {}

  [[nodiscard]] __device__ Rule at(std::int64_t e, std::uint32_t key) const {
    Rule rule;
    const std::int64_t entry = pass_.original == nullptr ? e : pass_.original[e];
    if (pass_.bias != nullptr)
      rule.added = pass_.bias[entry] * log2_e;
    if (padding_ != nullptr && padding_[key] != 0)
      rule.added = -INFINITY;
    if (pass_.threshold != 0)
      rule.kept = entry_bits(key_, static_cast<std::uint64_t>(entry - first_)) < pass_.threshold
                      ? 0
                      : pass_.keep_scale;
    return rule;
  }

private:
  const AttnwalkCudaPass& pass_;
  std::int64_t first_;
  std::uint64_t key_;
  const std::uint8_t* padding_;
};

/// Calls step(first, neighbors, lane_value) for U entries of the item at a time, all groups of the
/// warp in step; entries from item.count on repeat the last one and must count for nothing. Each
/// lane loads one neighbor of the next G ahead of its use.
/// @param value  value(e, neighbor), called by one lane for an entry of the item; the lane of entry
///               first + u is `from + u`, from which `step` shuffles it
template <int G, int U, class Value, class Step>
__device__ __forceinline__ void walk(const AttnwalkCudaPass& pass, const Spot<G>& at, Value value,
                                     Step step) {
  static_assert(U <= G);
  const std::uint32_t* const neighbors = pass.neighbors + at.item.begin;
  const int count = at.item.count;
  const int last = max(count - 1, 0);
  const auto most =
      static_cast<int>(__reduce_max_sync(all_lanes, static_cast<unsigned>(max(count, 0))));
  std::uint32_t next = count > 0 ? neighbors[min(at.lane, last)] : 0;
  for (int chunk = 0; chunk < most; chunk += G) {
    const std::uint32_t here = next;
    next = count > 0 ? neighbors[min(chunk + G + at.lane, last)] : 0;
    using Own = decltype(value(std::int64_t{}, here));
    const Own own = count > 0 ? value(at.item.begin + min(chunk + at.lane, last), here) : Own{};
#pragma unroll 1
    for (int from = 0; from < G; from += U) {
      if (chunk + from >= most)
        break;
      std::uint32_t some[U];
#pragma unroll
      for (int u = 0; u < U; ++u)
        some[u] = __shfl_sync(all_lanes, here, from + u, G);
      step(chunk + from, some, from, own);
    }
  }
}

/// For walks whose entries have no numbers of their own.
struct Nothing {
  __device__ __forceinline__ Nothing operator()(std::int64_t, std::uint32_t) const { return {}; }
};

} // namespace attnwalk::kernels::cuda
