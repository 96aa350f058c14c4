// SPDX-License-Identifier: Apache-2.0
// Private to the translation units of one instruction set (lanes.hpp): what every pass is made of.
// The way in is reference/attention.cpp, which computes the same in plain loops.
//
// A pass walks the entries of a chunk row by row, in tiles of at most `tile` entries of one row.
// With x (width) the row's own numbers, rows (neighbors x width) the gathered ones and s (tile):
//   dots       s_t = x . rows[neighbor_t]                `lanes` neighbors at a time: one
//                                                        accumulator each over the width, then one
//                                                        transposing sum (lanes.hpp)
//   add_rows   acc += sum_t weight_t rows[neighbor_t]    `registers` vectors of acc stay in
//                                                        registers while a tile's rows stream by
// Calls nest as dots -> dot_group -> dot_columns -> dot_tree -> lane_products.
#pragma once

#include "attnwalk/kernels/cpu/edge_table.hpp"
#include "attnwalk/kernels/cpu/lanes.hpp"

namespace attnwalk::kernels {
namespace {

constexpr Index tile = 128;
constexpr int registers = 8;

// Entries [begin, end) of one row. A row comes in one range, or in one per column block: the rows
// of a chunk pass over a block of columns together, so that the block's slice of K and V stays in
// the cache.
struct EntryRange {
  Index row;
  Index begin;
  Index end;
  bool first; ///< of this row in this chunk: outputs are set, not added to
  bool last;  ///< of this row in this chunk: outputs are finished
};

// Asks for p[begin] .. p[end - 1] ahead of their use, of being written if Write is 1.
template <int Write = 0, class T>
inline void prefetch(const T* p, Index begin, Index end) {
  constexpr Index line = 64 / sizeof(T);
  for (Index e = begin; e < end; e += line)
    __builtin_prefetch(p + e, Write);
}

// Calls visit for every range of a chunk, and soon(begin, end) beforehand for the entries of one
// that comes `rows_ahead` later: in column blocks entries do not follow one another in memory, so
// the processor does not fetch them by itself.
template <class Visit, class Soon>
inline void for_ranges(const PlanView& plan, const Chunk& chunk, Visit visit, Soon soon) {
  constexpr Index rows_ahead = 4;
  if (chunk.partial >= 0) {
    visit(EntryRange{chunk.row, chunk.begin, chunk.end, true, true});
    return;
  }
  if (plan.cuts == nullptr) {
    for (Index i = chunk.row; i < chunk.row_end; ++i)
      visit(EntryRange{i, plan.offsets[i], plan.offsets[i + 1], true, true});
    return;
  }
  for (Index b = chunk.block; b < chunk.block_end; ++b) {
    const std::uint32_t* from = plan.cuts + b * plan.rows;
    const std::uint32_t* to = from + plan.rows;
    for (Index i = chunk.row; i < chunk.row_end; ++i) {
      const bool first = b == chunk.block;
      const bool last = b + 1 == chunk.block_end;
      if (const Index a = i + rows_ahead; a < chunk.row_end) {
        prefetch(plan.neighbors, plan.offsets[a] + from[a], plan.offsets[a] + to[a]);
        soon(plan.offsets[a] + from[a], plan.offsets[a] + to[a]);
      }
      const Index begin = plan.offsets[i] + from[i];
      const Index end = plan.offsets[i] + to[i];
      if (begin < end || first || last)
        visit(EntryRange{i, begin, end, first, last});
    }
  }
}
template <class Visit>
inline void for_ranges(const PlanView& plan, const Chunk& chunk, Visit visit) {
  for_ranges(plan, chunk, visit, [](Index, Index) {});
}

inline Index min(Index a, Index b) {
  return a < b ? a : b;
}

inline std::uint64_t original(const PlanView& plan, Index e) {
  return plan.original == nullptr ? static_cast<std::uint64_t>(e) : plan.original[e];
}

// The factor of an edge under dropout: 0 or 1 / (1 - rate).
template <class T>
inline T kept(const Dropout& dropout, std::uint64_t entry) {
  return entry_bits(dropout.key, entry) < dropout.threshold ? T{0}
                                                            : static_cast<T>(dropout.keep_scale);
}

// sum_b xc[b] row[b] over W vectors, lane by lane: what the dot product of W * lanes numbers is
// before its lanes are added.
template <int W, class T, class S>
[[gnu::always_inline]] inline Vector<T> lane_products(const Vector<T>* xc, const S* row) {
  Vector<T> rc[vectors_per_load<S>];
  load_vectors(row, rc);
  Vector<T> sum = xc[0] * rc[0];
  for (int k = 1; k < vectors_per_load<S>; ++k)
    sum += xc[k] * rc[k];
  for (int b = vectors_per_load<S>; b < W; b += vectors_per_load<S>) {
    load_vectors(row + b * lanes<T>, rc);
    for (int k = 0; k < vectors_per_load<S>; ++k)
      sum += xc[b + k] * rc[k];
  }
  return sum;
}

// The dot products of x with the Count rows of neighbor[First] .. neighbor[First + Count - 1], over W
// vectors from column c on. If Count is the number of lanes, lane l of the result is the product
// with row First + l. If Count is smaller, lane l holds only one part of the product with row First
// + l % Count, and tile_lanes adds the parts.
//
// The products of two rows meet in a stage of the transposing sum (drawn in lanes.hpp) as soon as
// both are there, not after all of them: the additions run while later rows are still being loaded.
template <int W, int First, int Count, class T, class S>
[[gnu::always_inline]] inline Vector<T> dot_tree(const Vector<T>* xc, const RowsOf<const S>& rows,
                                                 const std::uint32_t* neighbor, Index c) {
  if constexpr (Count == 1) {
    return lane_products<W, T>(xc, rows[neighbor[First]] + c);
  } else {
    constexpr int half = Count / 2;
    return transpose_add<T, half>(dot_tree<W, First, half, T>(xc, rows, neighbor, c),
                                  dot_tree<W, First + half, half, T>(xc, rows, neighbor, c));
  }
}

template <int W, int R, class T, class S>
[[gnu::always_inline]] inline Vector<T> dot_columns(const T* x, const RowsOf<const S>& rows,
                                                    const std::uint32_t* neighbor, Index c) {
  Vector<T> xc[W];
  for (int b = 0; b < W; ++b)
    xc[b] = load(x + c + b * lanes<T>);
  return dot_tree<W, 0, R, T>(xc, rows, neighbor, c);
}

// Lane l of the result is x . rows[neighbor[l % R]].
template <int R, class T, class S>
[[gnu::always_inline]] inline Vector<T> dot_group(const T* x, const RowsOf<const S>& rows,
                                                  const std::uint32_t* neighbor, Index width) {
  constexpr Index n = lanes<T>;
  if (width == 4 * n) // in one piece: no row's address is needed twice
    return tile_lanes<T, R>(dot_columns<4, R>(x, rows, neighbor, 0));
  Vector<T> sum{};
  Index c = 0;
  for (; c + 4 * n <= width; c += 4 * n)
    sum += dot_columns<4, R>(x, rows, neighbor, c);
  if (c + 2 * n <= width) {
    sum += dot_columns<2, R>(x, rows, neighbor, c);
    c += 2 * n;
  }
  if constexpr (vectors_per_load<S> == 1)
    if (c < width)
      sum += dot_columns<1, R>(x, rows, neighbor, c);
  return tile_lanes<T, R>(sum);
}

// to[t] = x . rows[neighbor[t]] for t < count; to has room for a multiple of `lanes`, and past
// `count` it repeats the last. What is left after whole groups of `lanes` neighbors goes in half a
// group if it fits.
template <class T, class S>
inline void dots(const T* x, const RowsOf<const S>& rows, const std::uint32_t* neighbor,
                 Index count, Index width, T* to) {
  constexpr int n = lanes<T>;
  Index t = 0;
  for (; t + n <= count; t += n)
    store(to + t, dot_group<n>(x, rows, neighbor + t, width));
  if (t == count)
    return;
  std::uint32_t last[n];
  for (int l = 0; l < n; ++l)
    last[l] = neighbor[min(t + l, count - 1)];
  store(to + t, count - t > n / 2 ? dot_group<n>(x, rows, last, width)
                                  : dot_group<n / 2>(x, rows, last, width));
}

// acc[0..W) += scale sum_t weight[t] rows[neighbor[t]] over W vectors from column c on.
template <int W, class T, class S>
inline void add_columns(T* acc, const T* weight, T scale, const RowsOf<const S>& rows,
                        const std::uint32_t* neighbor, Index count, Index c) {
  constexpr int n = lanes<T>;
  Vector<T> sum[W];
  for (int b = 0; b < W; ++b)
    sum[b] = load(acc + c + b * n);
  for (Index t = 0; t < count; ++t) {
    const S* row = rows[neighbor[t]] + c;
    const Vector<T> w = broadcast(weight[t] * scale);
    for (int b = 0; b < W; b += vectors_per_load<S>) {
      Vector<T> rc[vectors_per_load<S>];
      load_vectors(row + b * n, rc);
      for (int k = 0; k < vectors_per_load<S>; ++k)
        sum[b + k] += w * rc[k];
    }
  }
  for (int b = 0; b < W; ++b)
    store(acc + c + b * n, sum[b]);
}

// acc += scale sum_t weight[t] rows[neighbor[t]]; the width in blocks that fit the registers.
template <class T, class S>
inline void add_rows(T* acc, const T* weight, T scale, const RowsOf<const S>& rows,
                     const std::uint32_t* neighbor, Index count, Index width) {
  constexpr Index n = lanes<T>;
  Index c = 0;
  for (; c + registers * n <= width; c += registers * n)
    add_columns<registers>(acc, weight, scale, rows, neighbor, count, c);
  if (c + 4 * n <= width) {
    add_columns<4>(acc, weight, scale, rows, neighbor, count, c);
    c += 4 * n;
  }
  if (c + 2 * n <= width) {
    add_columns<2>(acc, weight, scale, rows, neighbor, count, c);
    c += 2 * n;
  }
  if constexpr (vectors_per_load<S> == 1)
    if (c < width)
      add_columns<1>(acc, weight, scale, rows, neighbor, count, c);
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
T* part(const PassArgs<T>& args, Index number) {
  return args.partials + number * partial_size(args.width, args.value_width);
}

// s_t = scale x . rows_t + bias_t for t < count, at most `tile`; returns the largest. s has room
// for whole vectors: past `count` it repeats the last neighbor.
template <class T, class S>
inline T tile_scores(const PlanView& plan, const PassArgs<T>& args, const RowsOf<const S>& rows,
                     const T* x, Index e, Index count, T* s) {
  constexpr Index n = lanes<T>;
  dots(x, rows, plan.neighbors + e, count, args.width, s);
  if (args.bias != nullptr) {
    T top = -__builtin_huge_val();
    for (Index t = 0; t < count; ++t) {
      s[t] = s[t] * args.scale + args.bias[original(plan, e + t)];
      top = s[t] > top ? s[t] : top;
    }
    return top;
  }
  Vector<T> top = broadcast(static_cast<T>(-__builtin_huge_val()));
  for (Index t = 0; t < count; t += n) {
    const Vector<T> scaled = load(s + t) * args.scale;
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
    const Vector<T> p = mask_first<T>(exponential(load(s + t) - m), count - t);
    store(s + t, p);
    sum += p;
  }
  return sum_lanes<T>(sum);
}

template <class T>
inline T exponential_of(T x) {
  return exponential(broadcast(x))[0];
}

} // namespace
} // namespace attnwalk::kernels
