// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/edge_ops.hpp"

namespace attnwalk::kernels {

template <Real T>
EdgeOps<T>::EdgeOps(const PlanBatch& plans, Index batch, Index heads, int threads)
    : plans_(plans), batch_(batch), heads_(heads), threads_(threads), starts_{0} {
  for (Index b = 0; b < batch; ++b)
    for (Index h = 0; h < heads; ++h)
      starts_.push_back(starts_.back() + plans.at(b, h).entries());
}

template <Real T>
template <class Fill>
void EdgeOps<T>::run(Op op, By by, Index width, Index value_width, Fill fill) {
  std::vector<Task<T>> tasks;
  Index parts = 0;
  Index blocked_rows = 0;
  for (Index b = 0; b < batch_; ++b)
    for (Index h = 0; h < heads_; ++h) {
      const Plan& plan = plans_.at(b, h);
      Task<T>& task =
          tasks.emplace_back(Task<T>{by == By::query ? plan.by_query() : plan.by_key(), {}});
      task.args.width = width;
      task.args.value_width = value_width;
      fill(task.args, b, h);
      parts += task.plan.partials;
      blocked_rows += task.plan.blocks > 1 ? task.plan.rows : 0;
    }
  // Each head has a place of its own in the workspace, so that all heads run at once.
  const Index size = partial_size(width, value_width);
  const auto grow = [](Buffer<T>& buffer, Index wanted) {
    if (static_cast<Index>(buffer.size()) < wanted)
      buffer.resize(static_cast<std::size_t>(wanted));
    return buffer.data();
  };
  T* partials = grow(partials_, parts * size);
  const bool running_softmax = op == Op::forward || op == Op::forward_bfloat16;
  T* state = running_softmax ? grow(state_, 2 * blocked_rows) : nullptr;
  for (Task<T>& task : tasks) {
    task.args.partials = partials;
    partials += task.plan.partials * size;
    if (state != nullptr && task.plan.blocks > 1) {
      task.args.state = state;
      state += 2 * task.plan.rows;
    }
  }
  kernels::run<T>(op, tasks, threads_);
}

template <Real T>
void EdgeOps<T>::set_scores(PassArgs<T>& args, View<const T> Q, const ScoreRule<T>& rule, Index b,
                            Index h) const {
  args.Q = rows(Q, b, h);
  args.scale = rule.scale;
  if (rule.bias != nullptr)
    args.bias = rule.bias + plans_.entries_before(b, h);
  args.dropout = head_dropout(rule.dropout, b * heads_ + h);
}

template <Real T>
void EdgeOps<T>::scores(View<const T> Q, View<const T> K, const ScoreRule<T>& rule, T* s) {
  run(Op::scores, By::query, Q.shape.width, 0, [&](PassArgs<T>& args, Index b, Index h) {
    set_scores(args, Q, rule, b, h);
    args.K = rows(K, b, h);
    args.edge = s + entries_before(b, h);
  });
}

template <Real T>
void EdgeOps<T>::softmax(T* edge) {
  run(Op::softmax, By::query, 0, 0,
      [&](PassArgs<T>& args, Index b, Index h) { args.edge = edge + entries_before(b, h); });
}

template <Real T>
void EdgeOps<T>::sum(By by, T scale, const T* weight, View<const T> X, View<T> out,
                     View<const T> base, T base_scale) {
  run(Op::sum, by, 0, X.shape.width, [&](PassArgs<T>& args, Index b, Index h) {
    args.V = rows(X, b, h);
    args.out = rows(out, b, h);
    args.scale = scale;
    if (base_scale != 0)
      args.base = rows(base, b, h);
    args.base_scale = base_scale;
    args.weight = weight + entries_before(b, h);
  });
}

template <Real T>
void EdgeOps<T>::edge_dot(T scale, View<const T> G, View<const T> X, T* d_weight) {
  run(Op::edge_dot, By::query, 0, X.shape.width, [&](PassArgs<T>& args, Index b, Index h) {
    args.G = rows(G, b, h);
    args.V = rows(X, b, h);
    args.scale = scale;
    args.edge = d_weight + entries_before(b, h);
  });
}

template <Real T>
void EdgeOps<T>::softmax_gradient(const T* weight, T* edge) {
  run(Op::softmax_gradient, By::query, 0, 0, [&](PassArgs<T>& args, Index b, Index h) {
    args.weight = weight + entries_before(b, h);
    args.edge = edge + entries_before(b, h);
  });
}

template <Real T>
void EdgeOps<T>::drop(const T* weight, const EdgeDropout& dropout, T* out) {
  run(Op::drop, By::query, 0, 0, [&](PassArgs<T>& args, Index b, Index h) {
    args.weight = weight + entries_before(b, h);
    args.edge = out + entries_before(b, h);
    args.dropout = head_dropout(dropout, b * heads_ + h);
  });
}

template <Real T>
void EdgeOps<T>::forward(View<const T> Q, View<const T> K, View<const T> V,
                         const ScoreRule<T>& rule, View<T> Z, T* lse) {
  run(Op::forward, By::query, Q.shape.width, Z.shape.width,
      [&](PassArgs<T>& args, Index b, Index h) {
        set_scores(args, Q, rule, b, h);
        args.K = rows(K, b, h);
        args.V = rows(V, b, h);
        args.out = rows(Z, b, h);
        args.lse_out = per_query(lse, b, h);
      });
}

template <Real T>
void EdgeOps<T>::forward_bfloat16(View<const T> Q, const Bfloat16Input& K, const Bfloat16Input& V,
                                  const ScoreRule<T>& rule, View<T> Z, T* lse) {
  run(Op::forward_bfloat16, By::query, Q.shape.width, Z.shape.width,
      [&](PassArgs<T>& args, Index b, Index h) {
        const Index shared = h / (heads_ / K.heads());
        set_scores(args, Q, rule, b, h);
        args.K16 = K.head(b, shared);
        args.V16 = V.head(b, shared);
        args.out = rows(Z, b, h);
        args.lse_out = per_query(lse, b, h);
      });
}

template <Real T>
void EdgeOps<T>::backward_queries(View<const T> Q, View<const T> K, View<const T> V,
                                  View<const T> G, const ScoreRule<T>& rule, const T* lse,
                                  const T* delta, View<T> dQ, T* d_score) {
  run(Op::backward_queries, By::query, Q.shape.width, V.shape.width,
      [&](PassArgs<T>& args, Index b, Index h) {
        set_scores(args, Q, rule, b, h);
        args.K = rows(K, b, h);
        args.V = rows(V, b, h);
        args.G = rows(G, b, h);
        args.lse = per_query(lse, b, h);
        args.delta = per_query(delta, b, h);
        args.out = rows(dQ, b, h);
        args.edge = d_score == nullptr ? nullptr : d_score + entries_before(b, h);
      });
}

template <Real T>
void EdgeOps<T>::backward_keys(View<const T> Q, View<const T> K, View<const T> V, View<const T> G,
                               const ScoreRule<T>& rule, const T* lse, const T* delta, View<T> dK,
                               View<T> dV) {
  run(Op::backward_keys, By::key, Q.shape.width, V.shape.width,
      [&](PassArgs<T>& args, Index b, Index h) {
        set_scores(args, Q, rule, b, h);
        args.K = rows(K, b, h);
        args.V = rows(V, b, h);
        args.G = rows(G, b, h);
        args.lse = per_query(lse, b, h);
        args.delta = per_query(delta, b, h);
        args.out = rows(dV, b, h);
        args.dK = rows(dK, b, h);
      });
}

template <Real T>
void EdgeOps<T>::gather(View<const T> X, T* sink) {
  run(Op::gather, By::query, 0, X.shape.width, [&](PassArgs<T>& args, Index b, Index h) {
    args.V = rows(X, b, h);
    args.out = {per_query(sink, b, h), 1};
  });
}

template class EdgeOps<float>;
template class EdgeOps<double>;

} // namespace attnwalk::kernels
