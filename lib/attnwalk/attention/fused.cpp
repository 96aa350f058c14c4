// SPDX-License-Identifier: Apache-2.0
// Attention on the fused kernels, all heads at once; no score is stored.
#include "attnwalk/attention/problem.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/kernels/dense_rows.hpp"

#include <type_traits>
#include <utility>

namespace attnwalk::attention {
namespace {

using kernels::EdgeOps;
using kernels::PaddedInput;
using kernels::PaddedOutput;

// Gradients of every query head, those of heads that share a key head added up.
template <class T>
Dense<T> grouped(Dense<T> each, Index key_heads) {
  Shape shape = each.shape();
  if (shape.heads == key_heads)
    return each;
  const Index group = shape.heads / key_heads;
  shape.heads = key_heads;
  Dense<T> sum(shape);
  const Index numbers = shape.tokens * shape.width;
  for (Index b = 0; b < shape.batch; ++b)
    for (Index h = 0; h < each.shape().heads; ++h) {
      T* to = sum.view().row(b, h / group, 0);
      const T* from = each.view().row(b, h, 0);
      for (Index x = 0; x < numbers; ++x)
        to[x] += from[x];
    }
  return sum;
}

} // namespace

template <Real T>
Attended<T> forward_fused(const Problem<T>& problem, Attended<T> reuse) {
  const AttendOptions& how = problem.how;
  const Shape out{problem.batch(), problem.heads(), problem.Q.shape.tokens, problem.V.shape.width};
  const bool halves = how.storage == Storage::bfloat16;
  Attended<T> result = std::move(reuse);
  result.lse = how.lse
                   ? kernels::reused(std::move(result.lse), {out.batch, out.heads, out.tokens, 1})
                   : Dense<T>();
  T* const lse = how.lse ? result.lse.data() : nullptr;

  poll(how.monitor, "attend: preparing rows", 0);
  const Index lanes = kernels::row_lanes<T>();
  const Index step = halves ? 2 * lanes : lanes; // numbers that one access to a stored row takes
  EdgeOps<T> ops(problem.plans, out.batch, out.heads, how.threads);
  const PaddedInput<T> Q(problem.Q, step, how.threads);
  PaddedOutput<T> Z(out, step, std::move(result.Z));
  if constexpr (std::is_same_v<T, float>)
    if (halves) {
      const kernels::Bfloat16Input K(problem.K, lanes, how.threads);
      const kernels::Bfloat16Input V(problem.V, lanes, how.threads);
      poll(how.monitor, "attend", 0);
      ops.forward_bfloat16(Q.view(), K, V, problem.score_rule(), Z.view(), lse);
    }
  if (!halves) {
    const PaddedInput<T> K(problem.K, step, how.threads);
    const PaddedInput<T> V(problem.V, step, how.threads);
    poll(how.monitor, "attend", 0);
    ops.forward(Q.view(), K.view(), V.view(), problem.score_rule(), Z.view(), lse);
  }
  result.Z = Z.finish(how.threads);
  return result;
}

template <Real T>
AttendGradients<T> backward_fused(const Problem<T>& problem, const Attended<T>& result,
                                  View<const T> upstream, AttendGradients<T> reuse) {
  const AttendOptions& how = problem.how;
  const Shape queries = problem.Q.shape;
  const Index key_heads = problem.K.shape.heads;
  const Index keys = problem.K.shape.tokens;
  const Index lanes = kernels::row_lanes<T>();
  EdgeOps<T> ops(problem.plans, queries.batch, queries.heads, how.threads);
  AttendGradients<T> gradients = std::move(reuse);
  const Index entries = how.d_score ? ops.entries() : 0;
  require_memory("the gradient of the scores", sizeof(T) * static_cast<double>(entries));

  poll(how.monitor, "attend_backward: preparing rows", 0);
  const PaddedInput<T> Q(problem.Q, lanes, how.threads);
  const PaddedInput<T> K(problem.K, lanes, how.threads);
  const PaddedInput<T> V(problem.V, lanes, how.threads);
  const PaddedInput<T> G(upstream, lanes, how.threads);
  PaddedOutput<T> dQ(queries, lanes, std::move(gradients.dQ));
  // One dK and dV per query head; heads that share keys are added up afterwards, in order.
  PaddedOutput<T> dK({queries.batch, queries.heads, keys, queries.width}, lanes,
                     std::move(gradients.dK));
  PaddedOutput<T> dV({queries.batch, queries.heads, keys, problem.V.shape.width}, lanes,
                     std::move(gradients.dV));
  gradients.d_score.resize(static_cast<std::size_t>(entries));
  // delta_i = g_i . z_i
  Buffer<T> delta(static_cast<std::size_t>(queries.batch * queries.heads * queries.tokens));
  kernels::row_dots<T>(upstream, result.Z.view(), delta.data(), how.threads);

  poll(how.monitor, "attend_backward: queries", 0);
  ops.backward_queries(Q.view(), K.view(), V.view(), G.view(), problem.score_rule(),
                       result.lse.data(), delta.data(), dQ.view(),
                       how.d_score ? gradients.d_score.data() : nullptr);
  poll(how.monitor, "attend_backward: keys", 0.5);
  ops.backward_keys(Q.view(), K.view(), V.view(), G.view(), problem.score_rule(), result.lse.data(),
                    delta.data(), dK.view(), dV.view());
  gradients.dQ = dQ.finish(how.threads);
  gradients.dK = grouped(dK.finish(how.threads), key_heads);
  gradients.dV = grouped(dV.finish(how.threads), key_heads);
  return gradients;
}

template Attended<float> forward_fused(const Problem<float>&, Attended<float>);
template Attended<double> forward_fused(const Problem<double>&, Attended<double>);
template AttendGradients<float> backward_fused(const Problem<float>&, const Attended<float>&,
                                               View<const float>, AttendGradients<float>);
template AttendGradients<double> backward_fused(const Problem<double>&, const Attended<double>&,
                                                View<const double>, AttendGradients<double>);

} // namespace attnwalk::attention
