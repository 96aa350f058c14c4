// SPDX-License-Identifier: Apache-2.0
// The passes of edge.hpp, one source compiled once per instruction set: ATTNWALK_KERNELS names the
// accessor that this compilation defines. Everything else has internal linkage.
//
// A pass walks the entries of a chunk row by row in tiles of at most `tile` entries. Dot products
// take `lanes` neighbours at a time: one accumulator each over the width, then one transposing sum.
// Weighted sums keep `block` vectors of the output row in registers while a tile's rows stream by.
#include "attnwalk/kernels/edge.hpp"
#include "attnwalk/kernels/lanes.hpp"

namespace attnwalk::kernels {
namespace {

constexpr Index tile = 64;
constexpr int block = 8;

// A stretch of one row's entries. A row comes in one stretch, or in one per column block: the rows
// of a chunk pass over a block together, so that the block's slice of K and V stays in the cache.
struct Stretch {
  Index row;
  Index begin;
  Index end;
  bool first; ///< of this row in this chunk: outputs are set, not added to
  bool last;
};

template <class Visit>
inline void for_stretches(const Side& side, const Chunk& chunk, Visit visit) {
  if (chunk.partial >= 0) {
    visit(Stretch{chunk.row, chunk.begin, chunk.end, true, true});
    return;
  }
  for (Index b = chunk.block; b < chunk.block_end; ++b)
    for (Index i = chunk.row; i < chunk.row_end; ++i) {
      const bool first = b == chunk.block;
      const bool last = b + 1 == chunk.block_end;
      const Index start = side.offsets[i];
      const Index begin = side.cuts == nullptr ? start : start + side.cuts[b * side.rows + i];
      const Index end =
          side.cuts == nullptr ? side.offsets[i + 1] : start + side.cuts[(b + 1) * side.rows + i];
      if (begin < end || first || last)
        visit(Stretch{i, begin, end, first, last});
    }
}

inline Index smaller(Index a, Index b) {
  return a < b ? a : b;
}

inline std::uint64_t original(const Side& side, Index e) {
  return side.original == nullptr ? static_cast<std::uint64_t>(e) : side.original[e];
}

// 32 well-mixed bits of an entry: the finaliser of SplitMix64 over key + entry.
inline std::uint32_t entry_bits(std::uint64_t key, std::uint64_t entry) {
  std::uint64_t x = key + (entry + 1) * 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return static_cast<std::uint32_t>((x ^ (x >> 31)) >> 32);
}

// The factor of an edge under dropout: 0 or 1 / (1 - rate).
template <class T>
inline T kept(const Dropout& dropout, std::uint64_t entry) {
  return entry_bits(dropout.key, entry) < dropout.threshold ? T{0}
                                                            : static_cast<T>(dropout.keep_scale);
}

// to[t] = x . rows[neighbour[t]] for t < count; to has room for a multiple of `lanes`.
template <class T>
inline void dots(const T* x, const RowsOf<const T>& rows, const std::uint32_t* neighbour,
                 Index count, Index width, T* to) {
  constexpr int n = lanes<T>;
  for (Index t = 0; t < count; t += n) {
    const T* row[n];
    for (int l = 0; l < n; ++l)
      row[l] = rows[neighbour[smaller(t + l, count - 1)]];
    Vector<T> sum[n] = {};
    for (Index c = 0; c < width; c += n) {
      const Vector<T> xc = load(x + c);
      for (int l = 0; l < n; ++l)
        sum[l] += xc * load(row[l] + c);
    }
    store(to + t, sums<T>(sum));
  }
}

// acc[0..W) += sum_t weight[t] rows[neighbour[t]] over W vectors from column c on.
template <class T, int W>
inline void add_block(T* acc, const T* weight, const RowsOf<const T>& rows,
                      const std::uint32_t* neighbour, Index count, Index c) {
  constexpr int n = lanes<T>;
  Vector<T> sum[W];
  for (int b = 0; b < W; ++b)
    sum[b] = load(acc + c + b * n);
  for (Index t = 0; t < count; ++t) {
    const T* row = rows[neighbour[t]] + c;
    const Vector<T> w = all(weight[t]);
    for (int b = 0; b < W; ++b)
      sum[b] += w * load(row + b * n);
  }
  for (int b = 0; b < W; ++b)
    store(acc + c + b * n, sum[b]);
}

// acc += sum_t weight[t] rows[neighbour[t]]; the width in blocks that fit the registers.
template <class T>
inline void add_rows(T* acc, const T* weight, const RowsOf<const T>& rows,
                     const std::uint32_t* neighbour, Index count, Index width) {
  constexpr Index n = lanes<T>;
  Index c = 0;
  for (; c + block * n <= width; c += block * n)
    add_block<T, block>(acc, weight, rows, neighbour, count, c);
  if (c + 4 * n <= width) {
    add_block<T, 4>(acc, weight, rows, neighbour, count, c);
    c += 4 * n;
  }
  if (c + 2 * n <= width) {
    add_block<T, 2>(acc, weight, rows, neighbour, count, c);
    c += 2 * n;
  }
  if (c < width)
    add_block<T, 1>(acc, weight, rows, neighbour, count, c);
}

template <class T>
inline void set_row(T* row, Index width, T x) {
  for (Index c = 0; c < width; ++c)
    row[c] = x;
}
template <class T>
inline void scale_row(T* row, Index width, T x) {
  for (Index c = 0; c < width; ++c)
    row[c] *= x;
}
template <class T>
inline void add_row(T* row, const T* other, Index width, T factor) {
  for (Index c = 0; c < width; ++c)
    row[c] += factor * other[c];
}

template <class T>
T* part(const Head<T>& head, Index number) {
  return head.partials + number * partial_size(head.width, head.value_width);
}

// s_t = scale q . k_t + bias_t for a tile.
template <class T>
inline void tile_scores(const Side& side, const Head<T>& head, const T* q, Index e, Index count,
                        T* s) {
  dots(q, head.K, side.neighbours + e, count, head.width, s);
  for (Index t = 0; t < count; ++t)
    s[t] = s[t] * head.scale + (head.bias == nullptr ? T{0} : head.bias[e + t]);
}

// s_t = exp(s_t - m) for t < count; returns the sum. Lanes past `count` are not counted.
template <class T>
inline T exponentials(T* s, Index count, T m) {
  constexpr Index n = lanes<T>;
  Vector<T> sum{};
  Index t = 0;
  for (; t + n <= count; t += n) {
    const Vector<T> p = exponential(load(s + t) - m);
    store(s + t, p);
    sum += p;
  }
  T total = sum_lanes<T>(sum);
  if (t < count) {
    T rest[n];
    for (Index l = 0; l < n; ++l)
      rest[l] = t + l < count ? s[t + l] - m : T{-1e30F};
    const Vector<T> p = exponential(load(rest));
    store(rest, p);
    for (Index l = 0; t + l < count; ++l) {
      s[t + l] = rest[l];
      total += rest[l];
    }
  }
  return total;
}

template <class T>
inline T exponential_of(T x) {
  return exponential(all(x))[0];
}

template <class T>
void scores(const Side& side, const Chunk& chunk, const Head<T>& head) {
  alignas(64) T s[tile];
  for_stretches(side, chunk, [&](const Stretch& row) {
    const Index i = row.row;
    for (Index e = row.begin; e < row.end; e += tile) {
      const Index count = smaller(tile, row.end - e);
      tile_scores(side, head, head.Q[i], e, count, s);
      for (Index t = 0; t < count; ++t)
        head.edge[e + t] = s[t];
    }
  });
}

template <class T>
void softmax(const Side& side, const Chunk& chunk, const Head<T>& head) {
  for (Index i = chunk.row; i < chunk.row_end; ++i) {
    T* s = head.edge + side.offsets[i];
    const Index count = side.offsets[i + 1] - side.offsets[i];
    if (count == 0) {
      head.lse[i] = -__builtin_huge_val();
      continue;
    }
    T m = s[0];
    for (Index t = 1; t < count; ++t)
      m = s[t] > m ? s[t] : m;
    const T sum = exponentials(s, count, m);
    scale_row(s, count, T{1} / sum);
    head.lse[i] = m + static_cast<T>(__builtin_log(sum));
  }
}

template <class T>
void neighbour_sum(const Side& side, const Chunk& chunk, const Head<T>& head) {
  T weight[tile];
  for_stretches(side, chunk, [&](const Stretch& row) {
    const Index i = row.row;
    T* acc = chunk.partial >= 0 ? part(head, chunk.partial) : head.out[i];
    if (row.first)
      set_row(acc, head.value_width, T{0});
    for (Index e = row.begin; e < row.end; e += tile) {
      const Index count = smaller(tile, row.end - e);
      for (Index t = 0; t < count; ++t)
        weight[t] = head.edge[original(side, e + t)] * head.scale;
      add_rows(acc, weight, head.V, side.neighbours + e, count, head.value_width);
    }
  });
}

template <class T>
void merge_sum(const SplitRow& split, const Head<T>& head) {
  T* out = head.out[split.row];
  set_row(out, head.value_width, T{0});
  for (Index p = 0; p < split.parts; ++p)
    add_row(out, part(head, split.first_partial + p), head.value_width, T{1});
}

// Online softmax: m is the maximum so far, l the sum of exp(s - m), acc the sum of exp(s - m) v.
template <class T>
void forward(const Side& side, const Chunk& chunk, const Head<T>& head) {
  alignas(64) T s[tile];
  for_stretches(side, chunk, [&](const Stretch& row) {
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
      tile_scores(side, head, head.Q[i], e, count, s);
      T top = m;
      for (Index t = 0; t < count; ++t)
        top = s[t] > top ? s[t] : top;
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
      add_rows(acc, s, head.V, side.neighbours + e, count, head.value_width);
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

// p_e = exp(s_e - lse_i); dL/dw_e = g_i . v_e; dL/ds_e = p_e (kept_e dL/dw_e - g_i . z_i);
// dQ_i = scale sum_e dL/ds_e k_e.
template <class T>
void backward_queries(const Side& side, const Chunk& chunk, const Head<T>& head) {
  alignas(64) T p[tile];
  alignas(64) T dw[tile];
  for_stretches(side, chunk, [&](const Stretch& row) {
    const Index i = row.row;
    T* acc = chunk.partial >= 0 ? part(head, chunk.partial) : head.out[i];
    if (row.first)
      set_row(acc, head.width, T{0});
    for (Index e = row.begin; e < row.end; e += tile) {
      const Index count = smaller(tile, row.end - e);
      tile_scores(side, head, head.Q[i], e, count, p);
      dots(head.G[i], head.V, side.neighbours + e, count, head.value_width, dw);
      exponentials(p, count, head.lse[i]);
      for (Index t = 0; t < count; ++t) {
        const T keep = head.dropout.threshold > 0
                           ? kept<T>(head.dropout, static_cast<std::uint64_t>(e + t))
                           : T{1};
        head.edge2[e + t] = p[t] * keep;
        p[t] *= keep * dw[t] - head.row_dot[i];
        head.edge[e + t] = p[t];
      }
      add_rows(acc, p, head.K, side.neighbours + e, count, head.width);
    }
    if (chunk.partial < 0 && row.last)
      scale_row(acc, head.width, head.scale);
  });
}

template <class T>
void merge_queries(const SplitRow& split, const Head<T>& head) {
  T* out = head.out[split.row];
  set_row(out, head.width, T{0});
  for (Index p = 0; p < split.parts; ++p)
    add_row(out, part(head, split.first_partial + p), head.width, head.scale);
}

template <class T>
void backward_keys(const Side& side, const Chunk& chunk, const Head<T>& head) {
  T ds[tile];
  T w[tile];
  for_stretches(side, chunk, [&](const Stretch& row) {
    const Index j = row.row;
    T* dv = chunk.partial >= 0 ? part(head, chunk.partial) : head.out[j];
    T* dk = chunk.partial >= 0 ? part(head, chunk.partial) + head.value_width : head.out2[j];
    if (row.first) {
      set_row(dv, head.value_width, T{0});
      set_row(dk, head.width, T{0});
    }
    for (Index e = row.begin; e < row.end; e += tile) {
      const Index count = smaller(tile, row.end - e);
      for (Index t = 0; t < count; ++t) {
        w[t] = head.edge2[original(side, e + t)];
        ds[t] = head.edge[original(side, e + t)] * head.scale;
      }
      add_rows(dv, w, head.G, side.neighbours + e, count, head.value_width);
      add_rows(dk, ds, head.Q, side.neighbours + e, count, head.width);
    }
  });
}

template <class T>
void merge_keys(const SplitRow& split, const Head<T>& head) {
  T* dv = head.out[split.row];
  T* dk = head.out2[split.row];
  set_row(dv, head.value_width, T{0});
  set_row(dk, head.width, T{0});
  for (Index p = 0; p < split.parts; ++p) {
    add_row(dv, part(head, split.first_partial + p), head.value_width, T{1});
    add_row(dk, part(head, split.first_partial + p) + head.value_width, head.width, T{1});
  }
}

template <class T>
void edge_dot(const Side& side, const Chunk& chunk, const Head<T>& head) {
  alignas(64) T s[tile];
  for_stretches(side, chunk, [&](const Stretch& row) {
    const Index i = row.row;
    for (Index e = row.begin; e < row.end; e += tile) {
      const Index count = smaller(tile, row.end - e);
      dots(head.G[i], head.V, side.neighbours + e, count, head.value_width, s);
      for (Index t = 0; t < count; ++t)
        head.edge[e + t] = s[t];
    }
  });
}

template <class T>
void gather(const Side& side, const Chunk& chunk, const Head<T>& head) {
  constexpr Index n = lanes<T>;
  for_stretches(side, chunk, [&](const Stretch& row) {
    const Index i = row.row;
    Vector<T> sum[4] = {};
    for (Index e = row.begin; e < row.end; ++e) {
      const T* v = head.V[side.neighbours[e]];
      Index c = 0;
      for (; c + 4 * n <= head.value_width; c += 4 * n)
        for (int b = 0; b < 4; ++b)
          sum[b] += load(v + c + b * n);
      for (; c < head.value_width; c += n)
        sum[0] += load(v + c);
    }
    if (row.first)
      *head.out[i] = 0;
    *head.out[i] += sum_lanes<T>(sum[0] + sum[1] + sum[2] + sum[3]);
  });
}

template <class T>
constexpr EdgeKernels<T> table{
    .lanes = lanes<T>,
    .scores = scores<T>,
    .softmax = softmax<T>,
    .neighbour_sum = neighbour_sum<T>,
    .forward = forward<T>,
    .backward_queries = backward_queries<T>,
    .backward_keys = backward_keys<T>,
    .edge_dot = edge_dot<T>,
    .merge_forward = merge_forward<T>,
    .merge_sum = merge_sum<T>,
    .merge_queries = merge_queries<T>,
    .merge_keys = merge_keys<T>,
    .gather = gather<T>,
};

} // namespace

extern const EdgeKernels<float> ATTNWALK_FLOAT_KERNELS;
extern const EdgeKernels<double> ATTNWALK_DOUBLE_KERNELS;
const EdgeKernels<float> ATTNWALK_FLOAT_KERNELS = table<float>;
const EdgeKernels<double> ATTNWALK_DOUBLE_KERNELS = table<double>;

} // namespace attnwalk::kernels
