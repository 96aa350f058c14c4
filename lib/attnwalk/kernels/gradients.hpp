// SPDX-License-Identifier: Apache-2.0
// Private to the translation units of one instruction set (lanes.hpp): the backward pass of
// attention, by query and by key.
//
// Both directions form the same two numbers an entry e = (i, j) from rows that they gather anyway,
// so that nothing is handed from one to the other:
//   w_e = kept_e p_e,  ds_e = p_e (kept_e g_i . v_j - D_i),  p_e = exp(s_e - lse_i),  D_i = g_i .
//   z_i
// By query: dq_i = scale sum_e ds_e k_j. By key: dk_j = scale sum_e ds_e q_i, dv_j = sum_e w_e g_i.
#pragma once

#include "attnwalk/kernels/tiles.hpp"

#include <type_traits>

namespace attnwalk::kernels {
namespace {

// A tile gathers its rows of two arrays twice, to form the numbers and to add them up: few enough
// that they stay in the L1 cache.
constexpr Index gradient_tile = 32;

// Which rows a direction owns and which it gathers: `x` for the scores, `y` for g . v.
template <class T>
struct Sides {
  RowsOf<const T> own_x, own_y, x, y;
};
template <bool by_key, class T>
inline Sides<T> sides(const Head<T>& head) {
  if constexpr (by_key)
    return {head.K, head.V, head.Q, head.G};
  else
    return {head.Q, head.G, head.K, head.V};
}

// Where a row's sums of ds_e x and, by key, of w_e y grow.
template <class T>
struct Sums {
  T* ds;
  T* w;
};
template <bool by_key, class T>
inline Sums<T> sums(const Chunk& chunk, const Head<T>& head, Index row) {
  if constexpr (by_key) {
    T* const w = chunk.partial >= 0 ? part(head, chunk.partial) : head.out[row];
    return {chunk.partial >= 0 ? w + head.value_width : head.out2[row], w};
  } else {
    return {chunk.partial >= 0 ? part(head, chunk.partial) : head.out[row], nullptr};
  }
}

// One number for each of `count` entries; lanes past `count` hold any.
template <class T, class Number>
[[gnu::always_inline]] inline Vector<T> per_entry(Index count, Number number) {
  alignas(64) T x[lanes<T>] = {};
  for (Index t = 0; t < count; ++t)
    x[t] = number(t);
  return load(x);
}

// lse and D of the queries of `count` entries, which are `row` or its neighbors.
template <class T>
struct Known {
  Vector<T> lse, mean;
};
template <bool by_key, class T>
[[gnu::always_inline]] inline Known<T> known(const T* lse, const T* mean, Index row,
                                             const std::uint32_t* neighbor, Index count) {
  if constexpr (by_key)
    return {per_entry<T>(count, [&](Index t) { return lse[neighbor[t]]; }),
            per_entry<T>(count, [&](Index t) { return mean[neighbor[t]]; })};
  else
    return {all(lse[row]), all(mean[row])};
}

template <bool by_key, class T>
inline void keep_scores(const Head<T>& head, Index e, Index count, const T* ds) {
  if constexpr (!by_key)
    if (head.edge != nullptr)
      __builtin_memcpy(head.edge + e, ds, static_cast<std::size_t>(count) * sizeof(T));
}

template <bool by_key, class T>
inline void prefetch_scores(const Head<T>& head, Index begin, Index end) {
  if constexpr (!by_key)
    if (head.edge != nullptr)
      prefetch<1>(head.edge, begin, end);
}

// Any widths: tile by tile, running sums in memory.
template <bool by_key, class T>
void gradients_by_tiles(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  const Sides<T> of = sides<by_key>(head);
  alignas(64) T w[gradient_tile];
  alignas(64) T ds[gradient_tile];
  const auto add_stretch = [&](const Stretch& row) {
    const Sums<T> to = sums<by_key>(chunk, head, row.row);
    if (row.first) {
      set_row(to.ds, head.width, T{0});
      if constexpr (by_key)
        set_row(to.w, head.value_width, T{0});
    }
    for (Index e = row.begin; e < row.end; e += gradient_tile) {
      const Index count = smaller(gradient_tile, row.end - e);
      const std::uint32_t* neighbor = layout.neighbors + e;
      dots(of.own_x[row.row], of.x, neighbor, count, head.width, w);
      dots(of.own_y[row.row], of.y, neighbor, count, head.value_width, ds);
      for (Index t = 0; t < count; t += lanes<T>) {
        const Index size = smaller(lanes<T>, count - t);
        const Known<T> of_query =
            known<by_key>(head.lse, head.row_dot, row.row, neighbor + t, size);
        const auto entry = [&](Index u) { return original(layout, e + t + u); };
        Vector<T> s = load(w + t) * head.scale;
        if (head.bias != nullptr)
          s += per_entry<T>(size, [&](Index u) { return head.bias[entry(u)]; });
        Vector<T> keep = all(T{1});
        if (head.dropout.threshold > 0)
          keep = per_entry<T>(size, [&](Index u) { return kept<T>(head.dropout, entry(u)); });
        const Vector<T> p = exponential(s - of_query.lse);
        store(w + t, p * keep);
        store(ds + t, p * (keep * load(ds + t) - of_query.mean));
      }
      keep_scores<by_key>(head, e, count, ds);
      if constexpr (by_key)
        add_rows(to.w, w, T{1}, of.y, neighbor, count, head.value_width);
      add_rows(to.ds, ds, T{1}, of.x, neighbor, count, head.width);
    }
    if (chunk.partial < 0 && row.last)
      scale_row(to.ds, head.width, head.scale);
  };
  for_stretches(layout, chunk, add_stretch,
                [&](Index begin, Index end) { prefetch_scores<by_key>(head, begin, end); });
}

// sum += sum_t weight[t] rows[neighbor[t]], in registers.
template <int W, class T>
[[gnu::always_inline]] inline void add_group(Vector<T>* sum, const T* weight,
                                             const RowsOf<const T>& rows,
                                             const std::uint32_t* neighbor, Index count) {
  for (Index t = 0; t < count; ++t) {
    const T* row = rows[neighbor[t]];
    const Vector<T> w = all(weight[t]);
    for (int b = 0; b < W; ++b)
      sum[b] += w * load(row + b * lanes<T>);
  }
}

// Widths of W vectors both, neither bias nor dropout: own rows and running sums stay in registers.
// Entries come in groups of `lanes`, what is left over first, and each group is added up one group
// late: its exponentials run while the next one's dot products do.
template <int W, bool by_key, class T>
void gradients_by_groups(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  constexpr int n = lanes<T>;
  const auto add_stretch = [&](const Stretch& row) {
    // Copies that no store can change, so that they stay in registers too.
    const Sides<T> of = sides<by_key>(head);
    const Sums<T> to = sums<by_key>(chunk, head, row.row);
    const std::uint32_t* neighbor = layout.neighbors + row.begin;
    const std::uint32_t* const end = layout.neighbors + row.end;
    const T* const lse = head.lse;
    const T* const mean = head.row_dot;
    const T scale = head.scale;
    T* edge = by_key || head.edge == nullptr ? nullptr : head.edge + row.begin;
    Vector<T> x[W];
    Vector<T> y[W];
    Vector<T> sum_ds[W] = {};
    Vector<T> sum_w[W] = {};
    for (int b = 0; b < W; ++b) {
      x[b] = load(of.own_x[row.row] + b * n);
      y[b] = load(of.own_y[row.row] + b * n);
      if (!row.first) {
        sum_ds[b] = load(to.ds + b * n);
        if constexpr (by_key)
          sum_w[b] = load(to.w + b * n);
      }
    }
    alignas(64) T w[2][n]; // of the group at hand and the one before
    alignas(64) T ds[2][n];
    int now = 0;
    Index before = 0; // entries of the group before
    Known<T> of_query{};
    if constexpr (!by_key)
      of_query = known<by_key>(lse, mean, row.row, neighbor, n);
    const auto add_before = [&]() __attribute__((always_inline)) {
      if constexpr (by_key)
        add_group<W>(sum_w, w[1 - now], of.y, neighbor - before, before);
      add_group<W>(sum_ds, ds[1 - now], of.x, neighbor - before, before);
    };
    // From q . k and g . v of the group at hand.
    const auto take = [&](Vector<T> score, Vector<T> slope, Index count)
        __attribute__((always_inline)) {
      const Vector<T> p = exponential(score * scale - of_query.lse);
      const Vector<T> gradient = p * (slope - of_query.mean);
      store(ds[now], gradient);
      if constexpr (by_key) {
        store(w[now], p);
      } else if (edge != nullptr) {
        for (Index t = 0; t < count; ++t)
          edge[t] = ds[now][t];
        edge += count;
      }
    };
    if (const Index rest = (row.end - row.begin) % n; rest > 0) {
      std::uint32_t some[n];
      for (int l = 0; l < n; ++l)
        some[l] = neighbor[smaller(l, rest - 1)];
      if constexpr (by_key)
        of_query = known<by_key>(lse, mean, row.row, some, n);
      Vector<T> score;
      Vector<T> slope;
      if (rest > n / 2) {
        score = folded<W, 0, n, T>(x, of.x, some, 0);
        slope = folded<W, 0, n, T>(y, of.y, some, 0);
      } else {
        score = repeated<T, n / 2>(folded<W, 0, n / 2, T>(x, of.x, some, 0));
        slope = repeated<T, n / 2>(folded<W, 0, n / 2, T>(y, of.y, some, 0));
      }
      take(score, slope, rest);
      before = rest;
      neighbor += rest;
      now = 1;
    }
    for (; neighbor < end; neighbor += n, before = n, now = 1 - now) {
      if constexpr (by_key)
        of_query = known<by_key>(lse, mean, row.row, neighbor, n);
      const Vector<T> score = folded<W, 0, n, T>(x, of.x, neighbor, 0);
      const Vector<T> slope = folded<W, 0, n, T>(y, of.y, neighbor, 0);
      take(score, slope, n);
      add_before();
    }
    add_before();
    const T factor = chunk.partial < 0 && row.last ? scale : T{1};
    for (int b = 0; b < W; ++b) {
      store(to.ds + b * n, sum_ds[b] * factor);
      if constexpr (by_key)
        store(to.w + b * n, sum_w[b]);
    }
  };
  for_stretches(layout, chunk, add_stretch,
                [&](Index begin, Index end) { prefetch_scores<by_key>(head, begin, end); });
}

template <bool by_key, class T>
void gradients(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  constexpr Index n = lanes<T>;
  const bool plain = head.bias == nullptr && head.dropout.threshold == 0;
  const Index width = plain && head.width == head.value_width ? head.width : 0;
  if (width == 4 * n)
    gradients_by_groups<4, by_key>(layout, chunk, head);
  else if (width == 2 * n)
    gradients_by_groups<2, by_key>(layout, chunk, head);
  else
    gradients_by_tiles<by_key>(layout, chunk, head);
}

template <class T>
void backward_queries(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  gradients<false>(layout, chunk, head);
}

template <class T>
void backward_keys(const Layout& layout, const Chunk& chunk, const Head<T>& head) {
  gradients<true>(layout, chunk, head);
}

template <class T>
void merge_queries(const SplitRow& split, const Head<T>& head) {
  T* out = head.out[split.row];
  set_row(out, head.width, T{0});
  for (Index p = 0; p < split.parts; ++p)
    add_row(out, part(head, split.first_partial + p), head.width, head.scale);
}

template <class T>
void merge_keys(const SplitRow& split, const Head<T>& head) {
  T* dv = head.out[split.row];
  T* dk = head.out2[split.row];
  set_row(dv, head.value_width, T{0});
  set_row(dk, head.width, T{0});
  for (Index p = 0; p < split.parts; ++p) {
    add_row(dv, part(head, split.first_partial + p), head.value_width, T{1});
    add_row(dk, part(head, split.first_partial + p) + head.value_width, head.width, head.scale);
  }
}

} // namespace
} // namespace attnwalk::kernels
