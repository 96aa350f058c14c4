// SPDX-License-Identifier: Apache-2.0
// Private to the translation units of one instruction set (lanes.hpp): the backward pass of
// attention, by query and by key.
//
// Shapes: q, dq (queries x width), k, dk (keys x width), g, z (queries x value_width), v, dv (keys x
// value_width); s, p, kept, w, ds one number per entry e = (i, j); lse, delta one per query.
//
// In the forward pass this was
//   s_e = scale q_i . k_j + bias_e,  p_e = exp(s_e - lse_i),  w_e = kept_e p_e,  z_i = sum_e w_e v_j
// so now, with g_i = dL/dz_i and delta_i = g_i . z_i = sum_e p_e dL/dp_e, we have
//   dL/dp_e = kept_e g_i . v_j,  ds_e = dL/ds_e = p_e (dL/dp_e - delta_i)
//   by query:  dq_i = scale sum_e ds_e k_j
//   by key:    dk_j = scale sum_e ds_e q_i,  dv_j = sum_e w_e g_i
//
// Each direction forms w_e and ds_e from the rows that it gathers anyway. Handing them from one
// direction to the other would mean reading them in the order of the transpose, number by number,
// which takes nearly as long as two gathers of whole rows.
#pragma once

#include "attnwalk/kernels/cpu/tiles.hpp"

#include <type_traits>

namespace attnwalk::kernels {
namespace {

// A tile gathers its rows of two arrays twice, to form the numbers and to add them up: few enough
// that they stay in the L1 cache.
constexpr Index gradient_tile = 32;

// The two dot products of an entry: own_x . x is q . k, own_y . y is g . v, each of a row that the
// direction owns and one that it gathers.
template <class T>
struct Sides {
  RowsOf<const T> own_x, own_y, x, y;
};
template <bool by_key, class T>
inline Sides<T> sides(const PassArgs<T>& args) {
  if constexpr (by_key)
    return {args.K, args.V, args.Q, args.G};
  else
    return {args.Q, args.G, args.K, args.V};
}

// Where a row's sums of ds_e x grow and, by key, those of w_e y.
template <class T>
struct Sums {
  T* ds;
  T* w;
};
template <bool by_key, class T>
inline Sums<T> sums(const Chunk& chunk, const PassArgs<T>& args, Index row) {
  if constexpr (by_key) {
    T* const w = chunk.partial >= 0 ? part(args, chunk.partial) : args.out[row];
    return {chunk.partial >= 0 ? w + args.value_width : args.dK[row], w};
  } else {
    return {chunk.partial >= 0 ? part(args, chunk.partial) : args.out[row], nullptr};
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

// lse and delta of the queries of `count` entries: by query that is one query, `row`; by key each
// entry has its own.
template <class T>
struct QueryTerms {
  Vector<T> lse, delta;
};
template <bool by_key, class T>
[[gnu::always_inline]] inline QueryTerms<T>
query_terms(const T* lse, const T* delta, Index row, const std::uint32_t* neighbor, Index count) {
  if constexpr (by_key)
    return {per_entry<T>(count, [&](Index t) { return lse[neighbor[t]]; }),
            per_entry<T>(count, [&](Index t) { return delta[neighbor[t]]; })};
  else
    return {broadcast(lse[row]), broadcast(delta[row])};
}

template <bool by_key, class T>
inline void keep_scores(const PassArgs<T>& args, Index e, Index count, const T* ds) {
  if constexpr (!by_key)
    if (args.edge != nullptr)
      __builtin_memcpy(args.edge + e, ds, static_cast<std::size_t>(count) * sizeof(T));
}

template <bool by_key, class T>
inline void prefetch_scores(const PassArgs<T>& args, Index begin, Index end) {
  if constexpr (!by_key)
    if (args.edge != nullptr)
      prefetch<1>(args.edge, begin, end);
}

// Any widths: tile by tile, running sums in memory.
template <bool by_key, class T>
void gradients_by_tiles(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  const Sides<T> of = sides<by_key>(args);
  alignas(64) T qk[gradient_tile];
  alignas(64) T gv[gradient_tile];
  alignas(64) T w[gradient_tile];
  alignas(64) T ds[gradient_tile];
  const auto add_range = [&](const EntryRange& row) {
    const Sums<T> to = sums<by_key>(chunk, args, row.row);
    if (row.first) {
      set_row(to.ds, args.width, T{0});
      if constexpr (by_key)
        set_row(to.w, args.value_width, T{0});
    }
    for (Index e = row.begin; e < row.end; e += gradient_tile) {
      const Index count = min(gradient_tile, row.end - e);
      const std::uint32_t* neighbor = plan.neighbors + e;
      // pass 1: q . k and g . v
      dots(of.own_x[row.row], of.x, neighbor, count, args.width, qk);
      dots(of.own_y[row.row], of.y, neighbor, count, args.value_width, gv);
      // pass 2: p = exp(scale q . k + bias - lse), w = kept p, ds = p (kept g . v - delta)
      for (Index t = 0; t < count; t += lanes<T>) {
        const Index size = min(lanes<T>, count - t);
        const QueryTerms<T> of_query =
            query_terms<by_key>(args.lse, args.delta, row.row, neighbor + t, size);
        const auto entry = [&](Index u) { return original(plan, e + t + u); };
        Vector<T> s = load(qk + t) * args.scale;
        if (args.bias != nullptr)
          s += per_entry<T>(size, [&](Index u) { return args.bias[entry(u)]; });
        Vector<T> keep = broadcast(T{1});
        if (args.dropout.threshold > 0)
          keep = per_entry<T>(size, [&](Index u) { return kept<T>(args.dropout, entry(u)); });
        const Vector<T> p = exponential(s - of_query.lse);
        store(w + t, p * keep);
        store(ds + t, p * (keep * load(gv + t) - of_query.delta));
      }
      keep_scores<by_key>(args, e, count, ds);
      // pass 3: by key dv += w g; dq += ds k or dk += ds q
      if constexpr (by_key)
        add_rows(to.w, w, T{1}, of.y, neighbor, count, args.value_width);
      add_rows(to.ds, ds, T{1}, of.x, neighbor, count, args.width);
    }
    if (chunk.partial < 0 && row.last)
      scale_row(to.ds, args.width, args.scale);
  };
  for_ranges(plan, chunk, add_range,
             [&](Index begin, Index end) { prefetch_scores<by_key>(args, begin, end); });
}

// sum += sum_t weight[t] rows[neighbor[t]], in registers.
template <int W, class T>
[[gnu::always_inline]] inline void add_group(Vector<T>* sum, const T* weight,
                                             const RowsOf<const T>& rows,
                                             const std::uint32_t* neighbor, Index count) {
  for (Index t = 0; t < count; ++t) {
    const T* row = rows[neighbor[t]];
    const Vector<T> w = broadcast(weight[t]);
    for (int b = 0; b < W; ++b)
      sum[b] += w * load(row + b * lanes<T>);
  }
}

// Widths of W vectors both, neither bias nor dropout: own rows and running sums stay in registers.
// Entries come in groups of `lanes`, what is left over first, and each group is added up one group
// late: its exponentials run while the next one's dot products do.
template <int W, bool by_key, class T>
void gradients_by_groups(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  constexpr int n = lanes<T>;
  const auto add_range = [&](const EntryRange& row) {
    // Copies that no store can change, so that they stay in registers too.
    const Sides<T> of = sides<by_key>(args);
    const Sums<T> to = sums<by_key>(chunk, args, row.row);
    const std::uint32_t* neighbor = plan.neighbors + row.begin;
    const std::uint32_t* const end = plan.neighbors + row.end;
    const T* const lse = args.lse;
    const T* const delta = args.delta;
    const T scale = args.scale;
    T* edge = by_key || args.edge == nullptr ? nullptr : args.edge + row.begin;
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
    QueryTerms<T> of_query{};
    if constexpr (!by_key)
      of_query = query_terms<by_key>(lse, delta, row.row, neighbor, n);
    const auto add_before = [&]() __attribute__((always_inline)) {
      if constexpr (by_key)
        add_group<W>(sum_w, w[1 - now], of.y, neighbor - before, before);
      add_group<W>(sum_ds, ds[1 - now], of.x, neighbor - before, before);
    };
    // From q . k and g . v of the group at hand: p = exp(scale q . k - lse), ds = p (g . v - delta).
    const auto take = [&](Vector<T> qk, Vector<T> gv, Index count) __attribute__((always_inline)) {
      const Vector<T> p = exponential(qk * scale - of_query.lse);
      const Vector<T> gradient = p * (gv - of_query.delta);
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
        some[l] = neighbor[min(l, rest - 1)];
      if constexpr (by_key)
        of_query = query_terms<by_key>(lse, delta, row.row, some, n);
      Vector<T> qk;
      Vector<T> gv;
      if (rest > n / 2) {
        qk = dot_tree<W, 0, n, T>(x, of.x, some, 0);
        gv = dot_tree<W, 0, n, T>(y, of.y, some, 0);
      } else {
        qk = tile_lanes<T, n / 2>(dot_tree<W, 0, n / 2, T>(x, of.x, some, 0));
        gv = tile_lanes<T, n / 2>(dot_tree<W, 0, n / 2, T>(y, of.y, some, 0));
      }
      take(qk, gv, rest);
      before = rest;
      neighbor += rest;
      now = 1;
    }
    for (; neighbor < end; neighbor += n, before = n, now = 1 - now) {
      if constexpr (by_key)
        of_query = query_terms<by_key>(lse, delta, row.row, neighbor, n);
      const Vector<T> qk = dot_tree<W, 0, n, T>(x, of.x, neighbor, 0);
      const Vector<T> gv = dot_tree<W, 0, n, T>(y, of.y, neighbor, 0);
      take(qk, gv, n);
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
  for_ranges(plan, chunk, add_range,
             [&](Index begin, Index end) { prefetch_scores<by_key>(args, begin, end); });
}

template <bool by_key, class T>
void gradients(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  constexpr Index n = lanes<T>;
  const bool plain = args.bias == nullptr && args.dropout.threshold == 0;
  const Index width = plain && args.width == args.value_width ? args.width : 0;
  if (width == 4 * n)
    gradients_by_groups<4, by_key>(plan, chunk, args);
  else if (width == 2 * n)
    gradients_by_groups<2, by_key>(plan, chunk, args);
  else
    gradients_by_tiles<by_key>(plan, chunk, args);
}

template <class T>
void backward_queries(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  gradients<false>(plan, chunk, args);
}

template <class T>
void backward_keys(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  gradients<true>(plan, chunk, args);
}

template <class T>
void merge_queries(const SplitRow& split, const PassArgs<T>& args) {
  T* out = args.out[split.row];
  set_row(out, args.width, T{0});
  for (Index p = 0; p < split.parts; ++p)
    add_row(out, part(args, split.first_partial + p), args.width, args.scale);
}

template <class T>
void merge_keys(const SplitRow& split, const PassArgs<T>& args) {
  T* dv = args.out[split.row];
  T* dk = args.dK[split.row];
  set_row(dv, args.value_width, T{0});
  set_row(dk, args.width, T{0});
  for (Index p = 0; p < split.parts; ++p) {
    add_row(dv, part(args, split.first_partial + p), args.value_width, T{1});
    add_row(dk, part(args, split.first_partial + p) + args.value_width, args.width, args.scale);
  }
}

} // namespace
} // namespace attnwalk::kernels
