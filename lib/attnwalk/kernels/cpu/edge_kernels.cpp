// SPDX-License-Identifier: Apache-2.0
// The passes of passes.hpp, one source compiled once per instruction set: ATTNWALK_FLOAT_KERNELS
// and ATTNWALK_DOUBLE_KERNELS name the tables that this compilation defines. Everything else has
// internal linkage.
//
// Shapes, for one head: q, g and z are rows of queries x width (or value_width), k and v of keys x
// width (or value_width), padded to whole vectors. s, weight and edge hold one number per entry e =
// (i, j) of the pattern; i is the row of an entry and plan.neighbors[e] its j.
#include "attnwalk/kernels/cpu/gradients.hpp"
#include "attnwalk/kernels/cpu/tiles.hpp"

namespace attnwalk::kernels {
namespace {

// edge_e = scale q_i . k_j + bias_e
template <class T>
void scores(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  alignas(64) T s[tile];
  for_ranges(
      plan, chunk,
      [&](const EntryRange& row) {
        const Index i = row.row;
        for (Index e = row.begin; e < row.end; e += tile) {
          const Index count = min(tile, row.end - e);
          tile_scores(plan, args, args.K, args.Q[i], e, count, s);
          for (Index t = 0; t < count; ++t)
            args.edge[e + t] = s[t];
        }
      },
      [&](Index begin, Index end) { prefetch<1>(args.edge, begin, end); });
}

// Calls visit(i) for the rows of a chunk, of a split row once: by the chunk that holds its first
// entries, for the whole row. For passes that are cheap and need the row in one piece.
template <class Visit>
inline void for_rows(const PlanView& plan, const Chunk& chunk, Visit visit) {
  if (chunk.partial >= 0 && chunk.begin != plan.offsets[chunk.row])
    return;
  for (Index i = chunk.row; i < chunk.row_end; ++i)
    visit(i);
}

// edge_e = exp(edge_e - m) / sum_f exp(edge_f - m) with m = max_f edge_f, f over the row of e
template <class T>
void softmax(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  for_rows(plan, chunk, [&](Index i) {
    T* s = args.edge + plan.offsets[i];
    const Index count = plan.offsets[i + 1] - plan.offsets[i];
    // pass 1: m = max s
    T m = -__builtin_huge_val();
    for (Index t = 0; t < count; ++t)
      m = s[t] > m ? s[t] : m;
    // pass 2: s = exp(s - m) and its sum
    T sum = 0;
    alignas(64) T part[tile] = {};
    for (Index t = 0; t < count; t += tile) {
      const Index size = min(tile, count - t);
      __builtin_memcpy(part, s + t, static_cast<std::size_t>(size) * sizeof(T));
      sum += exponentials(part, size, m);
      __builtin_memcpy(s + t, part, static_cast<std::size_t>(size) * sizeof(T));
    }
    // pass 3: weights
    if (count > 0)
      scale_row(s, count, T{1} / sum);
    if (args.lse_out != nullptr)
      args.lse_out[i] = m + static_cast<T>(__builtin_log(sum));
  });
}

// out = base_scale base_i, or 0: what a sum starts from.
template <class T>
inline void set_base(T* out, const PassArgs<T>& args, Index i) {
  set_row(out, args.value_width, T{0});
  if (args.base.data != nullptr)
    add_row(out, args.base[i], args.value_width, args.base_scale);
}

// out_i = scale sum_e weight_e v_j + base_scale base_i
template <class T>
void weighted_sum(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  const auto acc_of = [&](const EntryRange& row) {
    T* acc = chunk.partial >= 0 ? part(args, chunk.partial) : args.out[row.row];
    if (row.first)
      chunk.partial >= 0 ? set_row(acc, args.value_width, T{0}) : set_base(acc, args, row.row);
    return acc;
  };
  if (plan.original == nullptr) { // weights stand in the order in which they are read
    for_ranges(
        plan, chunk,
        [&](const EntryRange& row) {
          add_rows(acc_of(row), args.weight + row.begin, args.scale, args.V,
                   plan.neighbors + row.begin, row.end - row.begin, args.value_width);
        },
        [&](Index begin, Index end) { prefetch(args.weight, begin, end); });
    return;
  }
  T weight[tile];
  for_ranges(
      plan, chunk,
      [&](const EntryRange& row) {
        T* acc = acc_of(row);
        for (Index e = row.begin; e < row.end; e += tile) {
          const Index count = min(tile, row.end - e);
          for (Index t = 0; t < count; ++t)
            weight[t] = args.weight[plan.original[e + t]];
          add_rows(acc, weight, args.scale, args.V, plan.neighbors + e, count, args.value_width);
        }
      },
      [&](Index begin, Index end) { prefetch(plan.original, begin, end); });
}

template <class T>
void merge_sum(const SplitRow& split, const PassArgs<T>& args) {
  T* out = args.out[split.row];
  set_base(out, args, split.row);
  for (Index p = 0; p < split.parts; ++p)
    add_row(out, part(args, split.first_partial + p), args.value_width, T{1});
}

// Online softmax, tile by tile: m is the maximum so far, l the sum of exp(s - m) and acc the sum of
// exp(s - m) kept v. A larger m shrinks both by exp(m_old - m).
//   z_i = acc / l,  lse_i = m + log l
template <class T, class S>
inline void forward_over(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args,
                         const RowsOf<const S>& K, const RowsOf<const S>& V) {
  alignas(64) T s[tile];
  for_ranges(plan, chunk, [&](const EntryRange& row) {
    const Index i = row.row;
    T* partial = chunk.partial >= 0 ? part(args, chunk.partial) : nullptr;
    T* acc = partial != nullptr ? partial + 2 : args.out[i];
    T m = -__builtin_huge_val();
    T l = 0;
    if (row.first) {
      set_row(acc, args.value_width, T{0});
    } else {
      m = args.state[2 * i];
      l = args.state[2 * i + 1];
    }
    for (Index e = row.begin; e < row.end; e += tile) {
      const Index count = min(tile, row.end - e);
      // pass 1: s = scale q . k + bias, and the tile's maximum
      const T top = tile_scores(plan, args, K, args.Q[i], e, count, s);
      if (top > m) {
        if (l > 0) {
          const T shrink = exponential_of(m - top);
          l *= shrink;
          scale_row(acc, args.value_width, shrink);
        }
        m = top;
      }
      // pass 2: s = exp(s - m), l += sum s; then dropout, which l does not see
      l += exponentials(s, count, m);
      if (args.dropout.threshold > 0)
        for (Index t = 0; t < count; ++t)
          s[t] *= kept<T>(args.dropout, static_cast<std::uint64_t>(e + t));
      // pass 3: acc += s v
      add_rows(acc, s, T{1}, V, plan.neighbors + e, count, args.value_width);
    }
    if (partial != nullptr) {
      partial[0] = m;
      partial[1] = l;
    } else if (!row.last) {
      args.state[2 * i] = m;
      args.state[2 * i + 1] = l;
    } else {
      if (l > 0)
        scale_row(acc, args.value_width, T{1} / l);
      if (args.lse_out != nullptr)
        args.lse_out[i] = m + static_cast<T>(__builtin_log(l));
    }
  });
}

template <class T>
void forward(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  forward_over(plan, chunk, args, args.K, args.V);
}

void forward_bfloat16(const PlanView& plan, const Chunk& chunk, const PassArgs<float>& args) {
  forward_over(plan, chunk, args, args.K16, args.V16);
}

// Parts p of a split row hold m_p, l_p, acc_p. With m = max m_p and f_p = exp(m_p - m):
//   l = sum f_p l_p,  z_i = sum f_p acc_p / l
template <class T>
void merge_forward(const SplitRow& split, const PassArgs<T>& args) {
  T m = -__builtin_huge_val();
  for (Index p = 0; p < split.parts; ++p) {
    const T other = part(args, split.first_partial + p)[0];
    m = other > m ? other : m;
  }
  T* out = args.out[split.row];
  set_row(out, args.value_width, T{0});
  T l = 0;
  for (Index p = 0; p < split.parts; ++p) {
    const T* partial = part(args, split.first_partial + p);
    const T factor = exponential_of(partial[0] - m);
    l += factor * partial[1];
    add_row(out, partial + 2, args.value_width, factor);
  }
  scale_row(out, args.value_width, T{1} / l);
  if (args.lse_out != nullptr)
    args.lse_out[split.row] = m + static_cast<T>(__builtin_log(l));
}

// In the forward pass this was z_i = sum_e weight_e v_j; so dL/dweight_e = g_i . v_j:
//   edge_e += scale g_i . v_j
template <class T>
void edge_dot(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  alignas(64) T s[tile];
  for_ranges(
      plan, chunk,
      [&](const EntryRange& row) {
        const Index i = row.row;
        for (Index e = row.begin; e < row.end; e += tile) {
          const Index count = min(tile, row.end - e);
          dots(args.G[i], args.V, plan.neighbors + e, count, args.value_width, s);
          for (Index t = 0; t < count; ++t)
            args.edge[e + t] += args.scale * s[t];
        }
      },
      [&](Index begin, Index end) { prefetch<1>(args.edge, begin, end); });
}

// edge_e = weight_e kept_e
template <class T>
void drop(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  for_rows(plan, chunk, [&](Index i) {
    for (Index e = plan.offsets[i]; e < plan.offsets[i + 1]; ++e)
      args.edge[e] = args.weight[e] * kept<T>(args.dropout, static_cast<std::uint64_t>(e));
  });
}

// In the forward pass this was weight_e = exp(s_e) / sum_f exp(s_f); so with edge_e = dL/dweight_e
//   dL/ds_e = weight_e (edge_e - sum_f weight_f edge_f)
template <class T>
void softmax_gradient(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  for_rows(plan, chunk, [&](Index i) {
    T mean = 0;
    for (Index e = plan.offsets[i]; e < plan.offsets[i + 1]; ++e)
      mean += args.weight[e] * args.edge[e];
    for (Index e = plan.offsets[i]; e < plan.offsets[i + 1]; ++e)
      args.edge[e] = args.weight[e] * (args.edge[e] - mean);
  });
}

// Loads every row that `weighted_sum` would, and keeps one number so that no load is optimized away
template <class T>
void gather(const PlanView& plan, const Chunk& chunk, const PassArgs<T>& args) {
  constexpr Index n = lanes<T>;
  for_ranges(plan, chunk, [&](const EntryRange& row) {
    const Index i = row.row;
    Vector<T> sum[4] = {};
    for (Index e = row.begin; e < row.end; ++e) {
      const T* v = args.V[plan.neighbors[e]];
      Index c = 0;
      for (; c + 4 * n <= args.value_width; c += 4 * n)
        for (int b = 0; b < 4; ++b)
          sum[b] += load(v + c + b * n);
      for (; c < args.value_width; c += n)
        sum[0] += load(v + c);
    }
    T* to = chunk.partial >= 0 ? part(args, chunk.partial) : args.out[i];
    if (row.first)
      *to = 0;
    *to += sum_lanes<T>(sum[0] + sum[1] + sum[2] + sum[3]);
  });
}

template <class T>
constexpr EdgeTable<T> make_table() {
  EdgeTable<T> table;
  table.lanes = lanes<T>;
  const auto set = [&](Op op, Pass<T> pass, Merge<T> merge = nullptr) {
    table.pass[static_cast<int>(op)] = pass;
    table.merge[static_cast<int>(op)] = merge;
  };
  set(Op::scores, scores<T>);
  set(Op::softmax, softmax<T>);
  set(Op::sum, weighted_sum<T>, merge_sum<T>);
  set(Op::forward, forward<T>, merge_forward<T>);
  if constexpr (sizeof(T) == sizeof(float))
    set(Op::forward_bfloat16, forward_bfloat16, merge_forward<float>);
  set(Op::backward_queries, backward_queries<T>, merge_queries<T>);
  set(Op::backward_keys, backward_keys<T>, merge_keys<T>);
  set(Op::edge_dot, edge_dot<T>);
  set(Op::softmax_gradient, softmax_gradient<T>);
  set(Op::drop, drop<T>);
  set(Op::gather, gather<T>);
  return table;
}

} // namespace

extern const EdgeTable<float> ATTNWALK_FLOAT_KERNELS;
extern const EdgeTable<double> ATTNWALK_DOUBLE_KERNELS;
constinit const EdgeTable<float> ATTNWALK_FLOAT_KERNELS = make_table<float>();
constinit const EdgeTable<double> ATTNWALK_DOUBLE_KERNELS = make_table<double>();

} // namespace attnwalk::kernels
