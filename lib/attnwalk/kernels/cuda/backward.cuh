// SPDX-License-Identifier: Apache-2.0
// Private: attention backward, by query and by key. Both passes form the weights again from lse, so
// they exchange no arrays, and neither needs an atomic addition.
#pragma once

#include "attnwalk/kernels/cuda/forward.cuh"

namespace attnwalk::kernels::cuda {

/// statistics_i = (lse_i / ln 2, g_i . z_i) with z in `out`: a group of lanes for each query.
template <class T, int D, int G>
__global__ void __launch_bounds__(block_threads) statistics(const AttnwalkCudaPass pass) {
  using Row = Share<T, D, G>;
  const std::int64_t i = (std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x) / G;
  const int lane = threadIdx.x & (G - 1);
  const std::int64_t row = min(i, static_cast<std::int64_t>(pass.queries) - 1);
  const Head at(pass, 0, blockIdx.y);
  Row z;
  Row g;
  z.load(row_of<T>(pass.out, at, row), lane);
  g.load(row_of<T>(pass.G, at, row), lane);
  float sum = 0;
#pragma unroll
  for (int c = 0; c < Row::loads; ++c)
    sum = z.dot(c, g.numbers[c], sum);
  sum = group_sum<G>(sum);
  if (lane != 0 || i >= pass.queries)
    return;
  const std::int64_t to = at.number(pass) * pass.queries + row;
  reinterpret_cast<float2*>(pass.statistics)[to] = {pass.lse[to] * log2_e, sum};
}

/// The gradients of one item: its own row of q or k, whose product with a gathered row is the score,
/// its own row of g or v, and the sums that the pass is for.
///   by query: x = q_i, y = g_i, gathered k_j and v_j;  dx = sum_e ds_e k_j
///   by key:   x = k_j, y = v_j, gathered q_i and g_i;  dx = sum_e ds_e q_i, dy = sum_e kept w_e g_i
template <class T, int D, int G, bool ByKey>
struct Gradients {
  using Row = Share<T, D, G>;
  Row x, y, dx;
  Share<T, D, ByKey ? G : D / per_load<T>> dy; // by query unused
  const T* gathered_x;
  const T* gathered_y;
  std::int64_t step_x, step_y;
  const float2* statistics; ///< of the head
  float2 own = {0, 0};      ///< by query: of the row

  __device__ Gradients(const AttnwalkCudaPass& pass, const Spot<G>& at)
      : gathered_x(
            (ByKey ? row_of<T>(pass.Q, at.head, 0) : key_row_of<T>(pass, pass.K, at.head, 0)) +
            at.lane * Row::size),
        gathered_y(
            (ByKey ? row_of<T>(pass.G, at.head, 0) : key_row_of<T>(pass, pass.V, at.head, 0)) +
            at.lane * Row::size),
        step_x(ByKey ? pass.Q.row : pass.K.row), step_y(ByKey ? pass.G.row : pass.V.row),
        statistics(reinterpret_cast<const float2*>(pass.statistics) +
                   at.head.number(pass) * pass.queries) {
    if constexpr (ByKey) {
      x.load(key_row_of<T>(pass, pass.K, at.head, at.item.row), at.lane);
      y.load(key_row_of<T>(pass, pass.V, at.head, at.item.row), at.lane);
      dy.clear();
    } else {
      x.load(row_of<T>(pass.Q, at.head, at.item.row), at.lane);
      y.load(row_of<T>(pass.G, at.head, at.item.row), at.lane);
      own = statistics[at.item.row];
    }
    x.scale(pass.scale * log2_e);
    dx.clear();
  }

  /// Adds one entry, given this lane's parts of the two dot products and the gathered loads.
  /// @return  dL/ds_e
  template <class Load>
  __device__ __forceinline__ float add(float score, float product, bool counts, const Rule& rule,
                                       float2 of, Load load) {
    score = group_sum<G>(score) + rule.added;
    product = group_sum<G>(product) * rule.kept;
    // A row without keys left has lse = -inf, and score - lse would be no number.
    const float p = counts && score > no_maximum ? power_of_two(score - of.x) : 0;
    const float ds = p * (product - of.y);
#pragma unroll
    for (int c = 0; c < Row::loads; ++c) {
      float row[Row::size];
      unpack<T>(load(0, c), row);
      dx.add(c, ds, row);
      if constexpr (ByKey) {
        unpack<T>(load(1, c), row);
        dy.add(c, p * rule.kept, row);
      }
    }
    return ds;
  }

  __device__ void store(const AttnwalkCudaPass& pass, const Spot<G>& at) {
    if (!at.live)
      return;
    if (at.item.slot < 0) {
      dx.scale(pass.scale);
      dx.store(row_of<T>(ByKey ? pass.second : pass.out, at.head, at.item.row), at.lane);
      if constexpr (ByKey)
        dy.store(row_of<T>(pass.out, at.head, at.item.row), at.lane);
    } else {
      float* const part = pass.partials + at.slot(pass) * (ByKey ? 2 : 1) * D;
      dx.store_floats(part + (ByKey ? D : 0), at.lane);
      if constexpr (ByKey)
        dy.store_floats(part, at.lane);
    }
  }
};

/// The gathered rows pass through registers, U entries in flight.
template <class T, int D, int G, int U, bool ByKey, bool Ruled>
__global__ void __launch_bounds__(block_threads) backward(const AttnwalkCudaPass pass) {
  using Row = Share<T, D, G>;
  const Spot<G> at(pass);
  Gradients<T, D, G, ByKey> sums(pass, at);
  const Rules rules(pass, at.item.pattern, at.head);
  const ReadRule<Ruled> read{&rules, ByKey, static_cast<std::uint32_t>(at.item.row)};
  walk<G, U>(pass, at, read, [&](int first, const std::uint32_t(&j)[U], int from, Rule own) {
    uint4 a[U][Row::loads];
    uint4 b[U][Row::loads];
    float2 of[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      of[u] = ByKey ? __ldg(sums.statistics + j[u]) : sums.own;
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        a[u][c] = load16(sums.gathered_x + j[u] * sums.step_x + c * G * Row::size);
        b[u][c] = load16(sums.gathered_y + j[u] * sums.step_y + c * G * Row::size);
      }
    }
    float score[U];
    float product[U];
#pragma unroll
    for (int u = 0; u < U; ++u) {
      score[u] = product[u] = 0;
#pragma unroll
      for (int c = 0; c < Row::loads; ++c) {
        float row[Row::size];
        unpack<T>(a[u][c], row);
        score[u] = sums.x.dot(c, row, score[u]);
        unpack<T>(b[u][c], row);
        product[u] = sums.y.dot(c, row, product[u]);
      }
    }
#pragma unroll
    for (int u = 0; u < U; ++u) {
      Rule rule;
      if constexpr (Ruled) {
        rule.added = __shfl_sync(all_lanes, own.added, from + u, G);
        rule.kept = __shfl_sync(all_lanes, own.kept, from + u, G);
      }
      const bool counts = first + u < at.item.count;
      const float ds = sums.add(score[u], product[u], counts, rule, of[u],
                                [&](int which, int c) { return which == 0 ? a[u][c] : b[u][c]; });
      if constexpr (Ruled && !ByKey)
        if (pass.edge != nullptr && counts && at.lane == 0)
          pass.edge[at.share * pass.entries + at.item.begin + first + u] = ds;
    }
  });
  sums.store(pass, at);
}

} // namespace attnwalk::kernels::cuda
