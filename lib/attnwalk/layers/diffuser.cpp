// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/layers/diffuser.hpp"

#include "attnwalk/attention/checks.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/diffusion/recurrence.hpp"

#include <utility>

namespace attnwalk::layers {
namespace {

using attention::require_rate;
using diffusion::Recurrence;
using diffusion::WalkProducts;
using kernels::EdgeOps;
using kernels::PaddedInput;
using kernels::PaddedOutput;
using kernels::require_finite;
using kernels::require_shape;

template <class T>
void require_inputs(const pattern::PatternBatch& P, View<const T> Q, View<const T> K,
                    View<const T> V, const DiffuserOptions& how) {
  const Shape& q = Q.shape;
  attention::require_patterns(P, q);
  require_shape("K", K.shape, q);
  require_shape("V", V.shape, {q.batch, q.heads, q.tokens, V.shape.width});
  require(how.alpha >= 0 && how.alpha <= 1, Code::domain, "alpha = ", how.alpha,
          " must be in [0, 1]");
  require(how.hops >= 0, Code::domain, "hops = ", how.hops, " must be 0 or more");
  require_rate("dropout", how.dropout);
  require_rate("hop_dropout", how.hop_dropout);
  attention::require_keys(P, how.empty_rows);
  if (how.assumed_valid)
    return;
  require_finite("Q", Q, how.threads);
  require_finite("K", K, how.threads);
  require_finite("V", V, how.threads);
}

// What a forward and a backward pass of one call share.
template <class T>
struct Call {
  Call(const kernels::PlanBatch& plans, const Shape& queries, View<const T> V,
       const DiffuserOptions& options)
      : how(options), lanes(kernels::row_lanes<T>()),
        scale(static_cast<T>(attention::score_scale(how.scale, queries.width))),
        ops(plans, queries.batch, queries.heads, how.threads), values(V, lanes, how.threads) {}

  // The weights after dropout: `weights` themselves without.
  const T* dropped(const Buffer<T>& weights) {
    if (how.dropout == 0)
      return weights.data();
    dropped_.resize(weights.size());
    ops.drop(weights.data(), {how.dropout, how.key}, dropped_.data());
    return dropped_.data();
  }
  // Z <- (1-a) A Z + a V from Z = V, dropout after each hop.
  Recurrence<T> recurrence(WalkProducts<T>& A, Index value_width) const {
    return {A,
            values.view(),
            static_cast<T>(1 - how.alpha),
            static_cast<T>(how.alpha),
            how.threads,
            {how.hop_dropout, how.key, how.hops, value_width}};
  }

  const DiffuserOptions& how;
  Index lanes;
  T scale;
  EdgeOps<T> ops;
  PaddedInput<T> values;

private:
  Buffer<T> dropped_;
};

} // namespace

template <Real T>
struct Diffuser<T>::State {
  pattern::PatternBatch patterns;
  kernels::PlanBatch plans;
};

template <Real T>
Diffuser<T>::Diffuser(pattern::PatternBatch P, Index value_width, int threads) {
  require(P.rows() == P.cols(), Code::shape, "a pattern of ", P.rows(), " x ", P.cols(),
          " is not square: diffusion walks from tokens to tokens");
  require(value_width >= 0, Code::shape, "value_width = ", value_width, " must not be negative");
  auto plans = kernels::PlanBatch::of(P, {.transpose = true,
                                          .row_bytes = value_width * static_cast<Index>(sizeof(T)),
                                          .threads = threads});
  state_ = std::make_shared<const State>(State{std::move(P), std::move(plans)});
}

template <Real T>
DiffuserResult<T> Diffuser<T>::forward(View<const T> Q, View<const T> K, View<const T> V,
                                       const DiffuserOptions& how, DiffuserResult<T> reuse) const {
  require(state_ != nullptr, Code::domain, "this Diffuser has no patterns: assign one that has");
  require_inputs(state_->patterns, Q, K, V, how);
  Call<T> call(state_->plans, Q.shape, V, how);
  require_memory("the attention weights of all heads",
                 2.0 * sizeof(T) * static_cast<double>(call.ops.entries()));
  DiffuserResult<T> result = std::move(reuse);
  result.how = how;
  result.weights.resize(static_cast<std::size_t>(call.ops.entries()));
  // A = softmax(scale Q K')
  poll(how.monitor, "diffuser: attention", 0);
  call.ops.scores(PaddedInput<T>(Q, call.lanes, how.threads).view(),
                  PaddedInput<T>(K, call.lanes, how.threads).view(), {.scale = call.scale},
                  result.weights.data());
  call.ops.softmax(result.weights.data());
  WalkProducts<T> A(state_->plans, Q.shape.batch, Q.shape.heads, call.dropped(result.weights),
                    how.threads);
  result.Z = kernels::unpadded(
      call.recurrence(A, V.shape.width).forward(how.hops, how.monitor, "diffuser: hops"),
      V.shape.width, how.threads);
  return result;
}

template <Real T>
DiffuserGradients<T> Diffuser<T>::backward(View<const T> Q, View<const T> K, View<const T> V,
                                           const DiffuserResult<T>& result, View<const T> G,
                                           DiffuserGradients<T> reuse) const {
  require(state_ != nullptr, Code::domain, "this Diffuser has no patterns: assign one that has");
  const DiffuserOptions& how = result.how;
  require_inputs(state_->patterns, Q, K, V, how);
  require_shape("G", G.shape, V.shape);
  if (!how.assumed_valid)
    require_finite("G", G, how.threads);
  Call<T> call(state_->plans, Q.shape, V, how);
  require(static_cast<Index>(result.weights.size()) == call.ops.entries(), Code::shape,
          "the result holds ", result.weights.size(), " weights for ", call.ops.entries(),
          " entries");
  DiffuserGradients<T> out = std::move(reuse);
  out.d_score.assign(result.weights.size(), T{0});
  T* const d_edge = out.d_score.data();
  // Through the hops to V and to the weights after dropout
  WalkProducts<T> A(state_->plans, Q.shape.batch, Q.shape.heads, call.dropped(result.weights),
                    how.threads);
  out.dV =
      kernels::unpadded(call.recurrence(A, V.shape.width)
                            .backward(kernels::padded_copy(G, call.lanes, how.threads), how.hops,
                                      how.memory, d_edge, how.monitor, "diffuser_backward: hops"),
                        V.shape.width, how.threads);
  // Through the dropout and the softmax: dL/dw = kept dA, dL/ds = w (dL/dw - sum w dL/dw)
  poll(how.monitor, "diffuser_backward: attention", 1);
  if (how.dropout > 0)
    call.ops.drop(d_edge, {how.dropout, how.key}, d_edge);
  call.ops.softmax_gradient(result.weights.data(), d_edge);
  // dQ = scale dS K,  dK = scale dS' Q
  PaddedOutput<T> dQ(Q.shape, call.lanes, std::move(out.dQ));
  PaddedOutput<T> dK(K.shape, call.lanes, std::move(out.dK));
  call.ops.sum(kernels::By::query, call.scale, d_edge,
               PaddedInput<T>(K, call.lanes, how.threads).view(), dQ.view());
  call.ops.sum(kernels::By::key, call.scale, d_edge,
               PaddedInput<T>(Q, call.lanes, how.threads).view(), dK.view());
  out.dQ = dQ.finish(how.threads);
  out.dK = dK.finish(how.threads);
  return out;
}

template class Diffuser<float>;
template class Diffuser<double>;

} // namespace attnwalk::layers
