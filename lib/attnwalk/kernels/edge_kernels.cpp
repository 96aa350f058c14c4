// SPDX-License-Identifier: Apache-2.0
// The passes of edge.hpp, one source compiled once per instruction set: ATTNWALK_FLOAT_KERNELS and
// ATTNWALK_DOUBLE_KERNELS name the tables that this compilation defines. Everything else has
// internal linkage.
#include "attnwalk/kernels/gradients.hpp"
#include "attnwalk/kernels/tiles.hpp"

namespace attnwalk::kernels {
namespace {

template <class T>
void scores(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  alignas(64) T s[tile];
  for_stretches(
      layout, chunk,
      [&](const Stretch& row) {
        const Index i = row.row;
        for (Index e = row.begin; e < row.end; e += tile) {
          const Index count = smaller(tile, row.end - e);
          tile_scores(layout, head, head.K, head.Q[i], e, count, s);
          for (Index t = 0; t < count; ++t)
            head.edge[e + t] = s[t];
        }
      },
      [&](Index begin, Index end) { prefetch<1>(head.edge, begin, end); });
}

// Passes over whole rows: the first part of a split row stands for the row, the others for nothing.
template <class Visit>
inline void for_rows(const Layout& layout, const Chunk& chunk, Visit visit) {
  if (chunk.partial >= 0 && chunk.begin != layout.offsets[chunk.row])
    return;
  for (Index i = chunk.row; i < chunk.row_end; ++i)
    visit(i);
}

template <class T>
void softmax(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  for_rows(layout, chunk, [&](Index i) {
    T* s = head.edge + layout.offsets[i];
    const Index count = layout.offsets[i + 1] - layout.offsets[i];
    T m = -__builtin_huge_val();
    for (Index t = 0; t < count; ++t)
      m = s[t] > m ? s[t] : m;
    T sum = 0;
    alignas(64) T part[tile] = {};
    for (Index t = 0; t < count; t += tile) {
      const Index size = smaller(tile, count - t);
      __builtin_memcpy(part, s + t, static_cast<std::size_t>(size) * sizeof(T));
      sum += exponentials(part, size, m);
      __builtin_memcpy(s + t, part, static_cast<std::size_t>(size) * sizeof(T));
    }
    if (count > 0)
      scale_row(s, count, T{1} / sum);
    if (head.lse != nullptr)
      head.lse[i] = m + static_cast<T>(__builtin_log(sum));
  });
}

// out = base_scale * base_i, or 0: what a neighbor sum starts from.
template <class T>
inline void set_base(T* out, const Head<T>& head, Index i) {
  set_row(out, head.value_width, T{0});
  if (head.base.data != nullptr)
    add_row(out, head.base[i], head.value_width, head.base_scale);
}

template <class T>
void neighbor_sum(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  const auto acc_of = [&](const Stretch& row) {
    T* acc = chunk.partial >= 0 ? part(head, chunk.partial) : head.out[row.row];
    if (row.first)
      chunk.partial >= 0 ? set_row(acc, head.value_width, T{0}) : set_base(acc, head, row.row);
    return acc;
  };
  if (layout.original == nullptr) { // weights stand as they are read
    for_stretches(
        layout, chunk,
        [&](const Stretch& row) {
          add_rows(acc_of(row), head.edge + row.begin, head.scale, head.V,
                   layout.neighbors + row.begin, row.end - row.begin, head.value_width);
        },
        [&](Index begin, Index end) { prefetch(head.edge, begin, end); });
    return;
  }
  T weight[tile];
  for_stretches(
      layout, chunk,
      [&](const Stretch& row) {
        T* acc = acc_of(row);
        for (Index e = row.begin; e < row.end; e += tile) {
          const Index count = smaller(tile, row.end - e);
          for (Index t = 0; t < count; ++t)
            weight[t] = head.edge[layout.original[e + t]];
          add_rows(acc, weight, head.scale, head.V, layout.neighbors + e, count, head.value_width);
        }
      },
      [&](Index begin, Index end) { prefetch(layout.original, begin, end); });
}

template <class T>
void merge_sum(const SplitRow& split, const Head<T>& head) {
  T* out = head.out[split.row];
  set_base(out, head, split.row);
  for (Index p = 0; p < split.parts; ++p)
    add_row(out, part(head, split.first_partial + p), head.value_width, T{1});
}

// Online softmax: m is the maximum so far, l the sum of exp(s - m), acc the sum of exp(s - m) v.
template <class T, class S>
inline void forward_over(const Layout& layout, const Chunk& chunk, const Head<T>& head,
                         const RowsOf<const S>& K, const RowsOf<const S>& V) {
  alignas(64) T s[tile];
  for_stretches(layout, chunk, [&](const Stretch& row) {
    const Index i = row.row;
    T* partial = chunk.partial >= 0 ? part(head, chunk.partial) : nullptr;
    T* acc = partial != nullptr ? partial + 2 : head.out[i];
    T m = -__builtin_huge_val();
    T l = 0;
    if (row.first) {
      set_row(acc, head.value_width, T{0});
    } else {
      m = head.state[2 * i];
      l = head.state[2 * i + 1];
    }
    for (Index e = row.begin; e < row.end; e += tile) {
      const Index count = smaller(tile, row.end - e);
      const T top = tile_scores(layout, head, K, head.Q[i], e, count, s);
      if (top > m) {
        if (l > 0) {
          const T shrink = exponential_of(m - top);
          l *= shrink;
          scale_row(acc, head.value_width, shrink);
        }
        m = top;
      }
      l += exponentials(s, count, m);
      if (head.dropout.threshold > 0)
        for (Index t = 0; t < count; ++t)
          s[t] *= kept<T>(head.dropout, static_cast<std::uint64_t>(e + t));
      add_rows(acc, s, T{1}, V, layout.neighbors + e, count, head.value_width);
    }
    if (partial != nullptr) {
      partial[0] = m;
      partial[1] = l;
    } else if (!row.last) {
      head.state[2 * i] = m;
      head.state[2 * i + 1] = l;
    } else {
      if (l > 0)
        scale_row(acc, head.value_width, T{1} / l);
      if (head.lse != nullptr)
        head.lse[i] = m + static_cast<T>(__builtin_log(l));
    }
  });
}

template <class T>
void forward(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  forward_over(layout, chunk, head, head.K, head.V);
}

void forward_bfloat16(const Layout& layout, const Chunk& chunk, const Head<float>& head) {
  forward_over(layout, chunk, head, head.K16, head.V16);
}

template <class T>
void merge_forward(const SplitRow& split, const Head<T>& head) {
  T m = -__builtin_huge_val();
  for (Index p = 0; p < split.parts; ++p) {
    const T other = part(head, split.first_partial + p)[0];
    m = other > m ? other : m;
  }
  T* out = head.out[split.row];
  set_row(out, head.value_width, T{0});
  T l = 0;
  for (Index p = 0; p < split.parts; ++p) {
    const T* partial = part(head, split.first_partial + p);
    const T factor = exponential_of(partial[0] - m);
    l += factor * partial[1];
    add_row(out, partial + 2, head.value_width, factor);
  }
  scale_row(out, head.value_width, T{1} / l);
  if (head.lse != nullptr)
    head.lse[split.row] = m + static_cast<T>(__builtin_log(l));
}

template <class T>
void edge_dot(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  alignas(64) T s[tile];
  for_stretches(
      layout, chunk,
      [&](const Stretch& row) {
        const Index i = row.row;
        for (Index e = row.begin; e < row.end; e += tile) {
          const Index count = smaller(tile, row.end - e);
          dots(head.G[i], head.V, layout.neighbors + e, count, head.value_width, s);
          for (Index t = 0; t < count; ++t)
            head.edge[e + t] += head.scale * s[t];
        }
      },
      [&](Index begin, Index end) { prefetch<1>(head.edge, begin, end); });
}

template <class T>
void drop(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  for_rows(layout, chunk, [&](Index i) {
    for (Index e = layout.offsets[i]; e < layout.offsets[i + 1]; ++e)
      head.edge2[e] = head.edge[e] * kept<T>(head.dropout, static_cast<std::uint64_t>(e));
  });
}

template <class T>
void softmax_gradient(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  for_rows(layout, chunk, [&](Index i) {
    T mean = 0;
    for (Index e = layout.offsets[i]; e < layout.offsets[i + 1]; ++e)
      mean += head.edge2[e] * head.edge[e];
    for (Index e = layout.offsets[i]; e < layout.offsets[i + 1]; ++e)
      head.edge[e] = head.edge2[e] * (head.edge[e] - mean);
  });
}

template <class T>
void gather(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  constexpr Index n = lanes<T>;
  for_stretches(layout, chunk, [&](const Stretch& row) {
    const Index i = row.row;
    Vector<T> sum[4] = {};
    for (Index e = row.begin; e < row.end; ++e) {
      const T* v = head.V[layout.neighbors[e]];
      Index c = 0;
      for (; c + 4 * n <= head.value_width; c += 4 * n)
        for (int b = 0; b < 4; ++b)
          sum[b] += load(v + c + b * n);
      for (; c < head.value_width; c += n)
        sum[0] += load(v + c);
    }
    T* to = chunk.partial >= 0 ? part(head, chunk.partial) : head.out[i];
    if (row.first)
      *to = 0;
    *to += sum_lanes<T>(sum[0] + sum[1] + sum[2] + sum[3]);
  });
}

template <class T>
constexpr EdgeKernels<T> make_table() {
  EdgeKernels<T> table{
      .lanes = lanes<T>,
      .scores = scores<T>,
      .softmax = softmax<T>,
      .neighbor_sum = neighbor_sum<T>,
      .forward = forward<T>,
      .backward_queries = backward_queries<T>,
      .backward_keys = backward_keys<T>,
      .edge_dot = edge_dot<T>,
      .softmax_gradient = softmax_gradient<T>,
      .drop = drop<T>,
      .merge_forward = merge_forward<T>,
      .merge_sum = merge_sum<T>,
      .merge_queries = merge_queries<T>,
      .merge_keys = merge_keys<T>,
      .gather = gather<T>,
  };
  if constexpr (sizeof(T) == sizeof(float))
    table.forward_bfloat16 = forward_bfloat16;
  return table;
}

} // namespace

extern const EdgeKernels<float> ATTNWALK_FLOAT_KERNELS;
extern const EdgeKernels<double> ATTNWALK_DOUBLE_KERNELS;
const EdgeKernels<float> ATTNWALK_FLOAT_KERNELS = make_table<float>();
const EdgeKernels<double> ATTNWALK_DOUBLE_KERNELS = make_table<double>();

} // namespace attnwalk::kernels
