// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/problem.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/kernels/dense_rows.hpp"
#include "attnwalk/kernels/padded.hpp"
#include "attnwalk/kernels/run.hpp"

#include <algorithm>
#include <type_traits>

namespace attnwalk::attention {
namespace {

using kernels::EdgeKernels;
using kernels::Head;
using kernels::Input;
using kernels::Layout;
using kernels::Output;
using kernels::padded;
using kernels::RowsOf;
using kernels::Task;

// Workspace of all heads: parts of split rows, and the running softmax of rows in column blocks.
template <class T>
struct Workspace {
  Workspace(const Problem<T>& problem, Index width, Index value_width, bool by_key) {
    Index parts = 0;
    for (Index b = 0; b < problem.batch(); ++b)
      for (Index h = 0; h < problem.heads(); ++h) {
        const kernels::Plan& plan = problem.plan(b, h);
        starts.push_back(parts);
        parts += std::max(plan.by_query().partials, by_key ? plan.by_key().partials : 0);
        blocked = blocked || plan.by_query().blocks > 1;
      }
    part_size = kernels::partial_size(width, value_width);
    partials.resize(static_cast<std::size_t>(parts * part_size));
    rows = problem.Q.shape.tokens;
    if (blocked)
      state.resize(2 * static_cast<std::size_t>(problem.batch() * problem.heads() * rows));
  }
  void give(Head<T>& head, Index number) {
    head.partials = partials.data() + starts[static_cast<std::size_t>(number)] * part_size;
    head.state = blocked ? state.data() + 2 * number * rows : nullptr;
  }

  std::vector<Index> starts;
  Index part_size = 0;
  Index rows = 0;
  bool blocked = false;
  Buffer<T> partials;
  Buffer<T> state;
};

// Calls visit(b, h, number of the head) for all heads in order.
template <class T, class Visit>
void for_heads(const Problem<T>& problem, Visit visit) {
  for (Index b = 0; b < problem.batch(); ++b)
    for (Index h = 0; h < problem.heads(); ++h)
      visit(b, h, b * problem.heads() + h);
}

// K and V as bfloat16, padded.
struct Halves {
  Halves(View<const float> X, Index lanes, int threads)
      : width(padded(X.shape.width, 2 * lanes)), shape(X.shape),
        data(static_cast<std::size_t>(X.shape.batch * X.shape.heads * X.shape.tokens * width)) {
    kernels::pad_rows_bfloat16(X, data.data(), width, lanes, threads);
  }
  [[nodiscard]] RowsOf<const std::uint16_t> head(Index b, Index h) const {
    return {data.data() + (b * shape.heads + h) * shape.tokens * width, width};
  }
  Index width;
  Shape shape;
  Buffer<std::uint16_t> data;
};

} // namespace

template <Real T>
Attended<T> forward_fused(const Problem<T>& problem) {
  const AttendOptions& how = problem.how;
  const EdgeKernels<T>& kernel = kernels::edge_kernels<T>(isa());
  const Shape out{problem.batch(), problem.heads(), problem.Q.shape.tokens, problem.V.shape.width};
  const bool halves = how.storage == Storage::bfloat16;

  poll(how.monitor, "attend: preparing rows", 0);
  const Index lanes = halves ? 2 * kernel.lanes : kernel.lanes; // an access to a stored row
  const Input<T> Q(problem.Q, lanes, how.threads);
  std::vector<Input<T>> KV; // none if bfloat16 copies take their place
  std::vector<Halves> KV16;
  if constexpr (std::is_same_v<T, float>)
    if (halves) {
      KV16.emplace_back(problem.K, kernel.lanes, how.threads);
      KV16.emplace_back(problem.V, kernel.lanes, how.threads);
    }
  if (!halves) {
    KV.emplace_back(problem.K, kernel.lanes, how.threads);
    KV.emplace_back(problem.V, kernel.lanes, how.threads);
  }
  Output<T> Z(out, lanes);
  Attended<T> result;
  if (how.lse)
    result.lse = Dense<T>::unset({out.batch, out.heads, out.tokens, 1});
  Workspace<T> workspace(problem, Q.width(), padded(out.width, lanes), false);

  std::vector<Task<T>> tasks;
  for_heads(problem, [&](Index b, Index h, Index number) {
    const Index shared = h / problem.group();
    Head<T> head;
    head.Q = Q.head(b, h);
    if (halves) {
      head.K16 = KV16[0].head(b, shared);
      head.V16 = KV16[1].head(b, shared);
    } else {
      head.K = KV[0].head(b, shared);
      head.V = KV[1].head(b, shared);
    }
    head.out = Z.head(b, h);
    head.width = Q.width();
    head.value_width = padded(out.width, lanes);
    head.scale = static_cast<T>(problem.scale);
    head.bias = problem.bias_of(b, h);
    head.lse = how.lse ? result.lse.data() + number * out.tokens : nullptr;
    head.dropout = problem.dropout(b, h);
    workspace.give(head, number);
    tasks.push_back({&problem.plan(b, h).by_query(), head});
  });
  poll(how.monitor, "attend", 0);
  kernels::run<T>(halves ? kernel.forward_bfloat16 : kernel.forward, kernel.merge_forward, tasks,
                  how.threads);
  result.Z = Z.finish(how.threads);
  return result;
}

template <Real T>
AttendGradients<T> backward_fused(const Problem<T>& problem, const Attended<T>& result,
                                  View<const T> upstream) {
  const AttendOptions& how = problem.how;
  const EdgeKernels<T>& kernel = kernels::edge_kernels<T>(isa());
  const Shape queries = problem.Q.shape;
  const Shape values{queries.batch, queries.heads, problem.V.shape.tokens, problem.V.shape.width};
  const std::vector<Index> starts = problem.entry_starts();
  const auto entries = static_cast<std::size_t>(how.d_score ? starts.back() : 0);
  require_memory("the gradient of the scores", sizeof(T) * static_cast<double>(entries));

  poll(how.monitor, "attend_backward: preparing rows", 0);
  const Input<T> Q(problem.Q, kernel.lanes, how.threads);
  const Input<T> K(problem.K, kernel.lanes, how.threads);
  const Input<T> V(problem.V, kernel.lanes, how.threads);
  const Input<T> G(upstream, kernel.lanes, how.threads);
  Output<T> dQ(queries, kernel.lanes);
  // One dK and dV per query head; heads that share keys are added up afterwards, in order.
  Output<T> dK({queries.batch, queries.heads, problem.K.shape.tokens, queries.width}, kernel.lanes);
  Output<T> dV(values, kernel.lanes);
  AttendGradients<T> gradients;
  gradients.d_score.resize(entries);
  Buffer<T> row_dot(static_cast<std::size_t>(queries.batch * queries.heads * queries.tokens));
  kernels::row_dots<T>(upstream, result.Z.view(), row_dot.data(), how.threads);
  Workspace<T> workspace(problem, Q.width(), V.width(), true);

  std::vector<Task<T>> by_query;
  std::vector<Task<T>> by_key;
  for_heads(problem, [&](Index b, Index h, Index number) {
    const Index shared = h / problem.group();
    const auto start = static_cast<std::size_t>(starts[static_cast<std::size_t>(number)]);
    Head<T> head;
    head.Q = Q.head(b, h);
    head.K = K.head(b, shared);
    head.V = V.head(b, shared);
    head.G = G.head(b, h);
    head.out = dQ.head(b, h);
    head.width = Q.width();
    head.value_width = V.width();
    head.scale = static_cast<T>(problem.scale);
    head.bias = problem.bias_of(b, h);
    head.lse = const_cast<T*>(result.lse.data()) + number * queries.tokens; // read by this pass
    head.row_dot = row_dot.data() + number * queries.tokens;
    head.edge = how.d_score ? gradients.d_score.data() + start : nullptr;
    head.dropout = problem.dropout(b, h);
    workspace.give(head, number);
    by_query.push_back({&problem.plan(b, h).by_query(), head});
    head.out = dV.head(b, h);
    head.out2 = dK.head(b, h);
    by_key.push_back({&problem.plan(b, h).by_key(), head});
  });
  poll(how.monitor, "attend_backward: queries", 0);
  kernels::run<T>(kernel.backward_queries, kernel.merge_queries, by_query, how.threads);
  poll(how.monitor, "attend_backward: keys", 0.5);
  kernels::run<T>(kernel.backward_keys, kernel.merge_keys, by_key, how.threads);

  gradients.dQ = dQ.finish(how.threads);
  const auto grouped = [&](Dense<T> each) {
    if (problem.group() == 1)
      return each;
    Shape shape = each.shape();
    shape.heads = problem.K.shape.heads;
    Dense<T> sum(shape);
    const Index block = shape.tokens * shape.width;
    for (Index b = 0; b < shape.batch; ++b)
      for (Index h = 0; h < queries.heads; ++h) {
        T* to = sum.view().row(b, h / problem.group(), 0);
        const T* from = each.view().row(b, h, 0);
        for (Index x = 0; x < block; ++x)
          to[x] += from[x];
      }
    return sum;
  };
  gradients.dK = grouped(dK.finish(how.threads));
  gradients.dV = grouped(dV.finish(how.threads));
  return gradients;
}

template Attended<float> forward_fused<float>(const Problem<float>&);
template Attended<double> forward_fused<double>(const Problem<double>&);
template AttendGradients<float> backward_fused<float>(const Problem<float>&, const Attended<float>&,
                                                      View<const float>);
template AttendGradients<double>
backward_fused<double>(const Problem<double>&, const Attended<double>&, View<const double>);

} // namespace attnwalk::attention
