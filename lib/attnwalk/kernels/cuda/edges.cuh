// SPDX-License-Identifier: Apache-2.0
// Private: passes over stored numbers of entries, and the sums that they weight.
#pragma once

#include "attnwalk/kernels/cuda/forward.cuh"

namespace attnwalk::kernels::cuda {

/// out_i = scale sum_e weight_e v_j + base_scale base_i.
template <class T, int D, int G, int U>
__global__ void __launch_bounds__(block_threads) sum(const AttnwalkCudaPass pass) {
  using Row = Share<T, D, G>;
  const Spot<G> at(pass);
  const T* const V = row_of<T>(pass.V, at.head, 0) + at.lane * Row::size;
  const float* const weight = pass.weight + at.share * pass.entries;
  Row o;
  o.clear();
  const auto read = [&](std::int64_t e, std::uint32_t) { return __ldg(weight + e); };
  walk<G, U>(pass, at, read, [&](int first, const std::uint32_t(&j)[U], int from, float own) {
    uint4 v[U][Row::loads];
#pragma unroll
    for (int u = 0; u < U; ++u)
#pragma unroll
      for (int c = 0; c < Row::loads; ++c)
        v[u][c] = load16(V + j[u] * pass.V.row + c * G * Row::size);
#pragma unroll
    for (int u = 0; u < U; ++u) {
      float w = __shfl_sync(all_lanes, own, from + u, G);
      w = first + u < at.item.count ? w : 0;
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        float row[Row::size];
        unpack<T>(v[u][c], row);
        o.add(c, w, row);
      }
    }
  });
  if (!at.live)
    return;
  if (at.item.slot >= 0) {
    o.store_floats(pass.partials + at.slot(pass) * D, at.lane);
    return;
  }
  o.scale(pass.scale);
  if (pass.base.data != nullptr) {
    Row base;
    base.load(row_of<T>(pass.base, at.head, at.item.row), at.lane);
#pragma unroll
    for (int c = 0; c < Row::loads; ++c)
      o.add(c, pass.base_scale, base.numbers[c]);
  }
  o.store(row_of<T>(pass.out, at.head, at.item.row), at.lane);
}

/// What `edge_products` does with scale q_i . k_j.
enum class Into { scores, added, weights };

/// edge_e from scale q_i . k_j, a sampled dense-dense product.
template <class T, int D, int G, int U, Into into>
__global__ void __launch_bounds__(block_threads) edge_products(const AttnwalkCudaPass pass) {
  using Row = Share<T, D, G>;
  const Spot<G> at(pass);
  const T* const K = key_row_of<T>(pass, pass.K, at.head, 0) + at.lane * Row::size;
  float* const edge = pass.edge + at.share * pass.entries + at.item.begin;
  Row q;
  q.load(row_of<T>(pass.Q, at.head, at.item.row), at.lane);
  q.scale(pass.scale);
  const Rules rules(pass, at.item.pattern, at.head);
  const ReadRule<into == Into::weights> read{&rules, false, 0};
  const float lse =
      into == Into::weights ? pass.lse[at.head.number(pass) * pass.queries + at.item.row] : 0;
  walk<G, U>(pass, at, read, [&](int first, const std::uint32_t(&j)[U], int from, Rule own) {
    uint4 k[U][Row::loads];
#pragma unroll
    for (int u = 0; u < U; ++u)
#pragma unroll
      for (int c = 0; c < Row::loads; ++c)
        k[u][c] = load16(K + j[u] * pass.K.row + c * G * Row::size);
#pragma unroll
    for (int u = 0; u < U; ++u) {
      float s = 0;
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        float row[Row::size];
        unpack<T>(k[u][c], row);
        s = q.dot(c, row, s);
      }
      s = group_sum<G>(s);
      if constexpr (into == Into::weights) {
        const float score = s * log2_e + __shfl_sync(all_lanes, own.added, from + u, G);
        s = score > no_maximum ? power_of_two(score - lse * log2_e) : 0;
      }
      if (at.lane == u && first + u < at.item.count)
        edge[first + u] = into == Into::added ? edge[first + u] + s : s;
    }
  });
}

constexpr int row_threads = 256;

/// The sum or maximum over a block of row_threads, in all threads, in a fixed order.
template <bool Maximum>
__device__ float over_block(float x) {
  __shared__ float parts[row_threads / 32];
  const auto joined = [](float a, float b) { return Maximum ? fmaxf(a, b) : a + b; };
#pragma unroll
  for (int offset = 16; offset > 0; offset >>= 1)
    x = joined(x, __shfl_xor_sync(all_lanes, x, offset));
  __syncthreads();
  if (threadIdx.x % 32 == 0)
    parts[threadIdx.x / 32] = x;
  __syncthreads();
  x = parts[0];
#pragma unroll
  for (int i = 1; i < row_threads / 32; ++i)
    x = joined(x, parts[i]);
  return x;
}

/// A block for each row of each pattern: its entries [begin, end), head and number.
struct WholeRow {
  std::int64_t begin, end;
  int pattern;
  std::int64_t row;
  Head head;
  std::int64_t first; ///< of the arrays of entries: share entries
  __device__ explicit WholeRow(const AttnwalkCudaPass& pass)
      : begin(pass.offsets[blockIdx.x]), end(pass.offsets[blockIdx.x + 1]),
        pattern(static_cast<int>(blockIdx.x / static_cast<unsigned>(pass.rows))),
        row(blockIdx.x % static_cast<unsigned>(pass.rows)), head(pass, pattern, blockIdx.y),
        first(blockIdx.y * pass.entries) {}
};

/// In place: edge_e = exp(edge_e + bias_e - lse_i).
static __global__ void __launch_bounds__(row_threads) softmax(const AttnwalkCudaPass pass) {
  const WholeRow at(pass);
  const Rules rules(pass, at.pattern, at.head);
  float* const edge = pass.edge + at.first;
  float m = no_maximum;
  for (std::int64_t e = at.begin + threadIdx.x; e < at.end; e += row_threads) {
    const float s = edge[e] * log2_e + rules.at(e, pass.neighbors[e]).added;
    edge[e] = s;
    m = fmaxf(m, s);
  }
  m = over_block<true>(m);
  float l = 0;
  for (std::int64_t e = at.begin + threadIdx.x; e < at.end; e += row_threads)
    l += power_of_two(edge[e] - m);
  l = over_block<false>(l);
  const float inverse = l > 0 ? 1 / l : 0;
  for (std::int64_t e = at.begin + threadIdx.x; e < at.end; e += row_threads)
    edge[e] = power_of_two(edge[e] - m) * inverse;
  if (threadIdx.x == 0)
    store_lse(pass, at.head, static_cast<int>(at.row), m, l);
}

/// In place, through the softmax: edge_e = weight_e (edge_e - sum_f weight_f edge_f).
static __global__ void __launch_bounds__(row_threads)
    softmax_gradient(const AttnwalkCudaPass pass) {
  const WholeRow at(pass);
  float* const edge = pass.edge + at.first;
  const float* const weight = pass.weight + at.first;
  float sum = 0;
  for (std::int64_t e = at.begin + threadIdx.x; e < at.end; e += row_threads)
    sum = fmaf(weight[e], edge[e], sum);
  sum = over_block<false>(sum);
  for (std::int64_t e = at.begin + threadIdx.x; e < at.end; e += row_threads)
    edge[e] = weight[e] * (edge[e] - sum);
}

/// edge_e = weight_e kept_e.
static __global__ void __launch_bounds__(row_threads) drop(const AttnwalkCudaPass pass) {
  const WholeRow at(pass);
  const Rules rules(pass, at.pattern, at.head);
  for (std::int64_t e = at.begin + threadIdx.x; e < at.end; e += row_threads)
    pass.edge[at.first + e] = pass.weight[at.first + e] * rules.at(e, pass.neighbors[e]).kept;
}

/// In place, the numbers of `out`; entry token width + column of each head.
template <class T>
__global__ void __launch_bounds__(row_threads) drop_numbers(const AttnwalkCudaPass pass) {
  const std::int64_t number = std::int64_t{blockIdx.x} * row_threads + threadIdx.x;
  if (number >= static_cast<std::int64_t>(pass.queries) * pass.width)
    return;
  const Head at(pass, 0, blockIdx.y);
  T& x = row_of<T>(pass.out, at, number / pass.width)[number % pass.width];
  const std::uint32_t bits =
      entry_bits(dropout_key(pass, at.number(pass)), static_cast<std::uint64_t>(number));
  x = bits < pass.threshold ? T(0.F) : static_cast<T>(static_cast<float>(x) * pass.keep_scale);
}

/// Reads the rows that `forward` reads, in its order, and keeps their bits from being optimized away.
template <class T, int D, int G, int U>
__global__ void __launch_bounds__(block_threads) gather(const AttnwalkCudaPass pass) {
  using Row = Share<T, D, G>;
  const Spot<G> at(pass);
  const T* const K = key_row_of<T>(pass, pass.K, at.head, 0) + at.lane * Row::size;
  const T* const V = key_row_of<T>(pass, pass.V, at.head, 0) + at.lane * Row::size;
  uint4 bits = load16(row_of<T>(pass.Q, at.head, at.item.row) + at.lane * Row::size);
  const auto mix = [&](uint4 x) {
    bits.x ^= x.x;
    bits.y ^= x.y;
    bits.z ^= x.z;
    bits.w ^= x.w;
  };
  walk<G, U>(pass, at, Nothing{}, [&](int, const std::uint32_t(&j)[U], int, Nothing) {
    uint4 k[U][Row::loads];
    uint4 v[U][Row::loads];
#pragma unroll
    for (int u = 0; u < U; ++u)
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        k[u][c] = load16(K + j[u] * pass.K.row + c * G * Row::size);
        v[u][c] = load16(V + j[u] * pass.V.row + c * G * Row::size);
      }
#pragma unroll
    for (int u = 0; u < U; ++u)
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        mix(k[u][c]);
        mix(v[u][c]);
      }
  });
  if (at.live)
    *reinterpret_cast<uint4*>(row_of<T>(pass.out, at.head, at.item.row) + at.lane * Row::size) =
        bits;
}

} // namespace attnwalk::kernels::cuda
