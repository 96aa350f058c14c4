// SPDX-License-Identifier: Apache-2.0
// Private: attention forward by query, and the merge of split rows.
#pragma once

#include "attnwalk/kernels/cuda/walk.cuh"

#include <type_traits>

namespace attnwalk::kernels::cuda {

/// The rule of an entry, read by the lane that holds its neighbor.
template <bool Ruled>
struct ReadRule {
  const Rules* rules;
  bool by_key;
  std::uint32_t row; ///< by key: the key
  __device__ __forceinline__ Rule operator()(std::int64_t e, std::uint32_t neighbor) const {
    if constexpr (Ruled)
      return rules->at(e, by_key ? row : neighbor);
    else
      return {};
  }
};

/// z_i = (1 - a) o_i / l + a base_i and lse_i, from sums o and l of powers of two around m.
template <class T>
__device__ __forceinline__ float normalizer(const AttnwalkCudaPass& pass, float l) {
  return l > 0 ? (1 - pass.base_scale) / l : 0;
}
__device__ __forceinline__ void store_lse(const AttnwalkCudaPass& pass, const Head& at, int row,
                                          float m, float l) {
  if (pass.lse != nullptr)
    pass.lse[at.number(pass) * pass.queries + row] = l > 0 ? (m + log_two(l)) * ln_2 : -INFINITY;
}

/// G lanes own an item and keep U entries in flight. Sums are rescaled only once a score exceeds
/// the running maximum by a factor of 2^slack, which spares most steps the product.
template <class T, int D, int G, int U, bool Ruled>
__global__ void __launch_bounds__(block_threads) forward(const AttnwalkCudaPass pass) {
  using Row = Share<T, D, G>;
  const Spot<G> at(pass);
  const T* const K = key_row_of<T>(pass, pass.K, at.head, 0) + at.lane * Row::size;
  const T* const V = key_row_of<T>(pass, pass.V, at.head, 0) + at.lane * Row::size;
  Row q, o;
  q.load(row_of<T>(pass.Q, at.head, at.item.row), at.lane);
  q.scale(pass.scale * log2_e);
  o.clear();
  float m = no_maximum;
  float l = 0;
  const Rules rules(pass, at.item.pattern, at.head);
  const ReadRule<Ruled> read{&rules, false, 0};
  walk<G, U>(pass, at, read, [&](int first, const std::uint32_t(&j)[U], int from, Rule own) {
    uint4 k[U][Row::loads];
    uint4 v[U][Row::loads];
#pragma unroll
    for (int u = 0; u < U; ++u)
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        k[u][c] = load16(K + j[u] * pass.K.row + c * G * Row::size);
        v[u][c] = load16(V + j[u] * pass.V.row + c * G * Row::size);
      }
    float s[U];
    float top = no_maximum;
#pragma unroll
    for (int u = 0; u < U; ++u) {
      s[u] = 0;
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        float x[Row::size];
        unpack<T>(k[u][c], x);
        s[u] = q.dot(c, x, s[u]);
      }
    }
#pragma unroll
    for (int u = 0; u < U; ++u) {
      s[u] = group_sum<G>(s[u]);
      if constexpr (Ruled)
        s[u] += __shfl_sync(all_lanes, own.added, from + u, G);
      s[u] = first + u < at.item.count ? s[u] : -INFINITY;
      top = fmaxf(top, s[u]);
    }
    if (__any_sync(all_lanes, top > m + slack)) {
      const float now = top > m + slack ? top : m;
      const float shrink = power_of_two(m - now);
      m = now;
      l *= shrink;
      o.scale(shrink);
    }
#pragma unroll
    for (int u = 0; u < U; ++u) {
      float p = power_of_two(s[u] - m);
      l += p;
      if constexpr (Ruled)
        p *= __shfl_sync(all_lanes, own.kept, from + u, G);
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        float x[Row::size];
        unpack<T>(v[u][c], x);
        o.add(c, p, x);
      }
    }
  });
  if (!at.live)
    return;
  if (at.item.slot < 0) {
    o.scale(normalizer<T>(pass, l));
    if (pass.base.data != nullptr) {
      Row base;
      base.load(row_of<T>(pass.base, at.head, at.item.row), at.lane);
#pragma unroll
      for (int c = 0; c < Row::loads; ++c)
        o.add(c, pass.base_scale, base.numbers[c]);
    }
    o.store(row_of<T>(pass.out, at.head, at.item.row), at.lane);
    if (at.lane == 0)
      store_lse(pass, at.head, at.item.row, m, l);
  } else {
    float* const part = pass.partials + at.slot(pass) * (D + 4);
    o.store_floats(part, at.lane);
    if (at.lane == 0)
      *reinterpret_cast<float2*>(part + D) = {m, l};
  }
}

/// A block of D threads merges the parts of one row, in their order.
template <class T, int D>
__global__ void __launch_bounds__(D) merge_forward(const AttnwalkCudaPass pass) {
  const AttnwalkCudaMerge row = pass.merges[blockIdx.x];
  const Head at(pass, row.pattern, blockIdx.y);
  const std::int64_t step = std::int64_t{gridDim.y} * (D + 4);
  const float* const part =
      pass.partials + (static_cast<std::int64_t>(row.first) * gridDim.y + blockIdx.y) * (D + 4);
  float m = no_maximum;
#pragma unroll 4
  for (int s = 0; s < row.parts; ++s)
    m = fmaxf(m, part[s * step + D]);
  float l = 0;
  float o = 0;
#pragma unroll 4
  for (int s = 0; s < row.parts; ++s) {
    const float share = power_of_two(part[s * step + D] - m);
    l = fmaf(share, part[s * step + D + 1], l);
    o = fmaf(share, part[s * step + threadIdx.x], o);
  }
  o *= normalizer<T>(pass, l);
  if (pass.base.data != nullptr)
    o = fmaf(pass.base_scale, static_cast<float>(row_of<T>(pass.base, at, row.row)[threadIdx.x]),
             o);
  row_of<T>(pass.out, at, row.row)[threadIdx.x] = static_cast<T>(o);
  if (threadIdx.x == 0)
    store_lse(pass, at, row.row, m, l);
}

/// A block of D threads adds up the parts of one row, in their order: `Rows` rows of D numbers each,
/// the first to `out` and the second, times the scale, to `second`; a single one is scaled.
template <class T, int D, int Rows>
__global__ void __launch_bounds__(D) merge_sums(const AttnwalkCudaPass pass) {
  const AttnwalkCudaMerge row = pass.merges[blockIdx.x];
  const Head at(pass, row.pattern, blockIdx.y);
  const std::int64_t step = std::int64_t{gridDim.y} * Rows * D;
  const float* const part =
      pass.partials + (static_cast<std::int64_t>(row.first) * gridDim.y + blockIdx.y) * Rows * D +
      threadIdx.x;
#pragma unroll
  for (int r = 0; r < Rows; ++r) {
    float x = 0;
#pragma unroll 8
    for (int s = 0; s < row.parts; ++s)
      x += part[s * step + r * D];
    if (r == Rows - 1)
      x *= pass.scale;
    if (r == 0 && pass.base.data != nullptr)
      x = fmaf(pass.base_scale, static_cast<float>(row_of<T>(pass.base, at, row.row)[threadIdx.x]),
               x);
    row_of<T>(r == 0 ? pass.out : pass.second, at, row.row)[threadIdx.x] = static_cast<T>(x);
  }
}

} // namespace attnwalk::kernels::cuda
