// SPDX-License-Identifier: Apache-2.0
// Private: attention backward by key with the gathered rows on their way through shared memory.
#pragma once

#include "attnwalk/kernels/cuda/backward.cuh"

namespace attnwalk::kernels::cuda {

__device__ __forceinline__ void copy16(std::uint32_t to, const void* from) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 16;" ::"r"(to), "l"(from));
}
__device__ __forceinline__ uint4 shared16(std::uint32_t from) {
  uint4 x;
  asm volatile("ld.shared.v4.u32 {%0,%1,%2,%3}, [%4];"
               : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w)
               : "r"(from));
  return x;
}

/// Bytes of shared memory of `backward_ring`.
template <class T, int D, int G, int Stages>
constexpr int ring_bytes = Stages * 2 * Share<T, D, G>::loads* block_threads * 16;

/// Each lane copies and reads its own 16 bytes, so no barrier is needed, and the entries in flight,
/// Stages - 1 of them, cost no registers: of these the pass by key has too few, with two own rows
/// and two sums. No entry has a rule. A stage is read Stages entries after it was asked for.
template <class T, int D, int G, int Stages>
__global__ void __launch_bounds__(block_threads) backward_ring(const AttnwalkCudaPass pass) {
  using Row = Share<T, D, G>;
  static_assert(G % Stages == 0);
  extern __shared__ __align__(16) unsigned char ring[];
  const auto base = static_cast<std::uint32_t>(__cvta_generic_to_shared(ring)) + threadIdx.x * 16;
  const auto place = [&](int stage, int which, int c) {
    return base + ((stage * 2 + which) * Row::loads + c) * block_threads * 16;
  };
  const Spot<G> at(pass);
  Gradients<T, D, G, true> sums(pass, at);
  const std::uint32_t* const neighbors = pass.neighbors + at.item.begin;
  const int count = at.item.count;
  const int last = max(count - 1, 0);
  const auto most = static_cast<int>(__reduce_max_sync(all_lanes, static_cast<unsigned>(count)));
  const auto neighbor = [&](int e) { return count > 0 ? neighbors[min(e + at.lane, last)] : 0; };
  float2 of[Stages];
  const auto fetch = [&](std::uint32_t chunk, int entry, int stage) {
    const std::uint32_t i = __shfl_sync(all_lanes, chunk, entry, G);
    of[stage] = __ldg(sums.statistics + i);
#pragma unroll
    for (int c = 0; c < Row::loads; ++c) {
      copy16(place(stage, 0, c), sums.gathered_x + i * sums.step_x + c * G * Row::size);
      copy16(place(stage, 1, c), sums.gathered_y + i * sums.step_y + c * G * Row::size);
    }
  };
  std::uint32_t here = neighbor(0);
  std::uint32_t next = neighbor(G);
#pragma unroll
  for (int stage = 0; stage < Stages - 1; ++stage) {
    if (stage < most)
      fetch(here, stage, stage);
    asm volatile("cp.async.commit_group;");
  }
  for (int chunk = 0; chunk < most; chunk += G) {
#pragma unroll
    for (int step = 0; step < G; ++step) {
      if (chunk + step >= most)
        continue;
      constexpr int ahead = Stages - 1;
      if (chunk + step + ahead < most) {
        if (step + ahead < G)
          fetch(here, step + ahead, (step + ahead) % Stages);
        else
          fetch(next, step + ahead - G, (step + ahead) % Stages);
      }
      asm volatile("cp.async.commit_group;");
      asm volatile("cp.async.wait_group %0;" ::"n"(ahead));
      const int stage = step % Stages;
      float score = 0;
      float product = 0;
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        float row[Row::size];
        unpack<T>(shared16(place(stage, 0, c)), row);
        score = sums.x.dot(c, row, score);
        unpack<T>(shared16(place(stage, 1, c)), row);
        product = sums.y.dot(c, row, product);
      }
      sums.add(score, product, chunk + step < count, {}, of[stage],
               [&](int which, int c) { return shared16(place(stage, which, c)); });
    }
    here = next;
    next = neighbor(chunk + 2 * G);
  }
  sums.store(pass, at);
}

} // namespace attnwalk::kernels::cuda
