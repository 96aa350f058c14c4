// SPDX-License-Identifier: Apache-2.0
// Inside `sbm`: loops over vector lanes, compiled per instruction set. Not installed.
#pragma once

#include "attnwalk/core/index.hpp"

#include <array>
#include <cstdint>

namespace attnwalk::sbm {

/// Keys that one panel of packed memberships holds.
constexpr Index panel_width = 16;

/// The same results on every instruction set: integers, or sums in the order of the clusters with
/// contraction off.
struct LaneKernels {
  /// Words 2 first .. 2 (first + blocks) - 1 of a substream: Philox blocks first, first + 1, ...
  void (*philox)(std::array<std::uint32_t, 2> key, std::uint64_t substream, std::uint64_t first,
                 Index blocks, std::uint64_t* out);
  /// out[r panels * 16 + j] = sum_v x[r clusters + v] z_j[v] for all rows r and
  /// keys j; panel p of Z holds keys 16 p .. 16 p + 15, cluster by cluster.
  void (*rates)(const double* x, Index rows, const double* Z, Index panels, Index clusters,
                double* out);
  /// For count pairs, a multiple of 64: rate becomes p = min(rate + delta, 1), and bit j says
  /// whether coin j < p, coin j being 32 bits of `words` as a fraction. Returns whether some coin
  /// and p tie: agree in these bits while p goes on.
  bool (*toss)(double* rate, Index count, double delta, const std::uint64_t* words,
               std::uint64_t* bits);
};

/// The kernels of the instruction set in use (core/isa.hpp).
[[nodiscard]] const LaneKernels& lane_kernels();

} // namespace attnwalk::sbm
