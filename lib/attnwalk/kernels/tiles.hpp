// SPDX-License-Identifier: Apache-2.0
// Private to the translation units of one instruction set (lanes.hpp): what every pass is made of.
//
// A pass walks the entries of a chunk row by row in tiles of at most `tile` entries. Dot products
// take `lanes` neighbours at a time: one accumulator each over the width, then one transposing sum.
// Weighted sums keep `block` vectors of the output row in registers while a tile's rows stream by.
#pragma once

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
inline void for_stretches(const Layout& layout, const Chunk& chunk, Visit visit) {
  if (chunk.partial >= 0) {
    visit(Stretch{chunk.row, chunk.begin, chunk.end, true, true});
    return;
  }
  for (Index b = chunk.block; b < chunk.block_end; ++b)
    for (Index i = chunk.row; i < chunk.row_end; ++i) {
      const bool first = b == chunk.block;
      const bool last = b + 1 == chunk.block_end;
      const Index start = layout.offsets[i];
      const Index begin = layout.cuts == nullptr ? start : start + layout.cuts[b * layout.rows + i];
      const Index end = layout.cuts == nullptr ? layout.offsets[i + 1]
                                               : start + layout.cuts[(b + 1) * layout.rows + i];
      if (begin < end || first || last)
        visit(Stretch{i, begin, end, first, last});
    }
}

inline Index smaller(Index a, Index b) {
  return a < b ? a : b;
}

inline std::uint64_t original(const Layout& layout, Index e) {
  return layout.original == nullptr ? static_cast<std::uint64_t>(e) : layout.original[e];
}

// The factor of an edge under dropout: 0 or 1 / (1 - rate).
template <class T>
inline T kept(const Dropout& dropout, std::uint64_t entry) {
  return entry_bits(dropout.key, entry) < dropout.threshold ? T{0}
                                                            : static_cast<T>(dropout.keep_scale);
}

// to[t] = x . rows[neighbour[t]] for t < count; to has room for a multiple of `lanes`.
template <class T, class S>
inline void dots(const T* x, const RowsOf<const S>& rows, const std::uint32_t* neighbour,
                 Index count, Index width, T* to) {
  constexpr int n = lanes<T>;
  for (Index t = 0; t < count; t += n) {
    const S* row[n];
    for (int l = 0; l < n; ++l)
      row[l] = rows[neighbour[smaller(t + l, count - 1)]];
    Vector<T> sum[n] = {};
    for (Index c = 0; c < width; c += wide<S> * n) {
      Vector<T> xc[wide<S>];
      for (int k = 0; k < wide<S>; ++k)
        xc[k] = load(x + c + k * n);
      for (int l = 0; l < n; ++l) {
        Vector<T> rc[wide<S>];
        load_wide(row[l] + c, rc);
        for (int k = 0; k < wide<S>; ++k)
          sum[l] += xc[k] * rc[k];
      }
    }
    store(to + t, sums<T>(sum));
  }
}

// acc[0..W) += sum_t weight[t] rows[neighbour[t]] over W vectors from column c on.
template <int W, class T, class S>
inline void add_block(T* acc, const T* weight, const RowsOf<const S>& rows,
                      const std::uint32_t* neighbour, Index count, Index c) {
  constexpr int n = lanes<T>;
  Vector<T> sum[W];
  for (int b = 0; b < W; ++b)
    sum[b] = load(acc + c + b * n);
  for (Index t = 0; t < count; ++t) {
    const S* row = rows[neighbour[t]] + c;
    const Vector<T> w = all(weight[t]);
    for (int b = 0; b < W; b += wide<S>) {
      Vector<T> rc[wide<S>];
      load_wide(row + b * n, rc);
      for (int k = 0; k < wide<S>; ++k)
        sum[b + k] += w * rc[k];
    }
  }
  for (int b = 0; b < W; ++b)
    store(acc + c + b * n, sum[b]);
}

// acc += sum_t weight[t] rows[neighbour[t]]; the width in blocks that fit the registers.
template <class T, class S>
inline void add_rows(T* acc, const T* weight, const RowsOf<const S>& rows,
                     const std::uint32_t* neighbour, Index count, Index width) {
  constexpr Index n = lanes<T>;
  Index c = 0;
  for (; c + block * n <= width; c += block * n)
    add_block<block>(acc, weight, rows, neighbour, count, c);
  if (c + 4 * n <= width) {
    add_block<4>(acc, weight, rows, neighbour, count, c);
    c += 4 * n;
  }
  if (c + 2 * n <= width) {
    add_block<2>(acc, weight, rows, neighbour, count, c);
    c += 2 * n;
  }
  if constexpr (wide<S> == 1)
    if (c < width)
      add_block<1>(acc, weight, rows, neighbour, count, c);
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

// s_t = scale q . k_t + bias_t for t < count, at most `tile`; returns the largest. s has room for
// whole vectors: past `count` it repeats the last neighbour.
template <class T, class S>
inline T tile_scores(const Layout& layout, const Head<T>& head, const RowsOf<const S>& K,
                     const T* q, Index e, Index count, T* s) {
  constexpr Index n = lanes<T>;
  dots(q, K, layout.neighbours + e, count, head.width, s);
  if (head.bias != nullptr) {
    T top = -__builtin_huge_val();
    for (Index t = 0; t < count; ++t) {
      s[t] = s[t] * head.scale + head.bias[e + t];
      top = s[t] > top ? s[t] : top;
    }
    return top;
  }
  Vector<T> top = all(static_cast<T>(-__builtin_huge_val()));
  for (Index t = 0; t < count; t += n) {
    const Vector<T> scaled = load(s + t) * head.scale;
    store(s + t, scaled);
    top = larger<T>(scaled, top);
  }
  return max_lanes<T>(top);
}

// s_t = exp(s_t - m) for a tile of `count` with room for whole vectors; returns the sum.
template <class T>
inline T exponentials(T* s, Index count, T m) {
  constexpr Index n = lanes<T>;
  Vector<T> sum{};
  for (Index t = 0; t < count; t += n) {
    const Vector<T> p = first_lanes<T>(exponential(load(s + t) - m), count - t);
    store(s + t, p);
    sum += p;
  }
  return sum_lanes<T>(sum);
}

template <class T>
inline T exponential_of(T x) {
  return exponential(all(x))[0];
}

} // namespace
} // namespace attnwalk::kernels
