// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/layers/diffuser.hpp"

#include "attnwalk/attention/checks.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/diffusion/tape.hpp"
#include "attnwalk/kernels/padded.hpp"
#include "attnwalk/layers/diffuser_passes.hpp"

#include <cmath>
#include <utility>

namespace attnwalk::layers {
namespace {

using attention::require_finite;
using attention::require_patterns;
using attention::require_shape;
using kernels::Input;
using kernels::Output;

void require_rate(const char* name, double rate) {
  require(rate >= 0 && rate < 1, Code::domain, name, " = ", rate, " must be in [0, 1)");
}

template <class T>
void require_inputs(const pattern::PatternBatch& P, View<const T> Q, View<const T> K,
                    View<const T> V, const DiffuserOptions& how) {
  const Shape& q = Q.shape;
  require_patterns(P, q);
  require_shape("K", K.shape, q);
  require_shape("V", V.shape, {q.batch, q.heads, q.tokens, V.shape.width});
  require(how.alpha >= 0 && how.alpha <= 1, Code::domain, "alpha = ", how.alpha,
          " must be in [0, 1]");
  require(how.hops >= 0, Code::domain, "hops = ", how.hops, " must be 0 or more");
  require(std::isfinite(how.scale), Code::domain, "scale = ", how.scale, " must be finite");
  require_rate("attention_dropout", how.attention_dropout);
  require_rate("hop_dropout", how.hop_dropout);
  if (how.empty_rows == attention::EmptyRows::error)
    attention::require_edges(P);
  if (how.assumed_valid)
    return;
  require_finite("Q", Q, how.threads);
  require_finite("K", K, how.threads);
  require_finite("V", V, how.threads);
}

// A padded copy of X, and the numbers of a padded array without the padding.
template <class T>
Dense<T> wide(const Passes<T>& passes, View<const T> X, int threads) {
  Dense<T> out = Dense<T>::unset(passes.wide_shape());
  kernels::pad_rows(X, out.data(), out.shape().width, threads);
  return out;
}
template <class T>
Dense<T> narrow(Dense<T> X, const Shape& shape, int threads) {
  if (X.shape() == shape)
    return X;
  Dense<T> out = Dense<T>::unset(shape);
  kernels::unpad_rows(X.data(), X.shape().width, out.view(), threads);
  return out;
}

} // namespace

template <Real T>
Diffuser<T>::Diffuser(pattern::PatternBatch P, Index value_width) : patterns_(std::move(P)) {
  require(patterns_.rows() == patterns_.cols(), Code::shape, "a pattern of ", patterns_.rows(),
          " x ", patterns_.cols(), " is not square: diffusion walks from tokens to tokens");
  for (const pattern::Pattern& pattern : patterns_.patterns())
    plans_.emplace_back(
        pattern.view(),
        kernels::PlanOptions{.transpose = true,
                             .row_bytes = value_width * static_cast<Index>(sizeof(T))});
}

template <Real T>
DiffuserResult<T> Diffuser<T>::forward(View<const T> Q, View<const T> K, View<const T> V,
                                       const DiffuserOptions& how) const {
  require_inputs(patterns_, Q, K, V, how);
  Passes<T> passes(patterns_, plans_, Q.shape, V.shape, how);
  require_memory("the attention weights of all heads",
                 2.0 * sizeof(T) * static_cast<double>(passes.entries()));
  const Index lanes = kernels::edge_kernels<T>(isa()).lanes;
  DiffuserResult<T> result;
  result.weights.resize(static_cast<std::size_t>(passes.entries()));
  poll(how.monitor, "diffuser: attention", 0);
  passes.weights(Input<T>(Q, lanes, how.threads).view(), Input<T>(K, lanes, how.threads).view(),
                 result.weights.data());
  Buffer<T> dropped;
  const T* A = result.weights.data();
  if (how.attention_dropout > 0) {
    dropped.resize(result.weights.size());
    passes.drop_edges(A, dropped.data());
    A = dropped.data();
  }
  // Z = (1-a) A Z + a V
  const Input<T> values(V, lanes, how.threads);
  Dense<T> Z = how.hops == 0 ? wide(passes, V, how.threads) : Dense<T>::unset(passes.wide_shape());
  Dense<T> next = Dense<T>::unset(Z.shape());
  for (Index k = 0; k < how.hops; ++k) {
    poll(how.monitor, "diffuser: hops", static_cast<double>(k) / static_cast<double>(how.hops));
    passes.hop(A, k == 0 ? values.view() : Z.view(), values.view(), k, next.view());
    std::swap(Z, next);
  }
  result.Z = narrow(std::move(Z), V.shape, how.threads);
  return result;
}

template <Real T>
DiffuserGradients<T> Diffuser<T>::backward(View<const T> Q, View<const T> K, View<const T> V,
                                           const DiffuserResult<T>& result, View<const T> G,
                                           const DiffuserOptions& how) const {
  require_inputs(patterns_, Q, K, V, how);
  require_shape("G", G.shape, V.shape);
  if (!how.assumed_valid)
    require_finite("G", G, how.threads);
  Passes<T> passes(patterns_, plans_, Q.shape, V.shape, how);
  require(static_cast<Index>(result.weights.size()) == passes.entries(), Code::shape,
          "the result holds ", result.weights.size(), " weights for ", passes.entries(),
          " entries");
  const Index lanes = kernels::edge_kernels<T>(isa()).lanes;
  Buffer<T> dropped;
  const T* A = result.weights.data();
  if (how.attention_dropout > 0) {
    dropped.resize(result.weights.size());
    passes.drop_edges(A, dropped.data());
    A = dropped.data();
  }
  const Dense<T> values = wide(passes, V, how.threads);
  diffusion::Tape<T> tape(values, how.hops, diffusion::tape_stride(how.memory, how.hops),
                          [&](const Dense<T>& Z, Index k, Dense<T>& next) {
                            passes.hop(A, Z.view(), values.view(), k, next.view());
                          });
  // Through the hops: with G_k before the dropout of hop k,
  // dV += a G_k,  dA_ij += (1-a) G_k,i . Z_(k-1),j,  G_(k-1) = (1-a) A' G_k
  DiffuserGradients<T> out;
  out.d_score.assign(result.weights.size(), T{0});
  Dense<T> upstream = wide(passes, G, how.threads);
  Dense<T> next = Dense<T>::unset(upstream.shape());
  Dense<T> dV(upstream.shape());
  for (Index k = how.hops - 1; k >= 0; --k) {
    poll(how.monitor, "diffuser_backward: hops",
         static_cast<double>(how.hops - 1 - k) / static_cast<double>(how.hops));
    passes.drop_numbers(upstream.view(), k);
    kernels::combine<T>(static_cast<T>(how.alpha), upstream.view(), 1, dV.view(), how.threads);
    passes.edge_gradient(upstream.view(), tape.at(k).view(), out.d_score.data());
    passes.hop_back(A, upstream.view(), next.view());
    std::swap(upstream, next);
  }
  kernels::combine<T>(1, upstream.view(), 1, dV.view(), how.threads);
  out.dV = narrow(std::move(dV), V.shape, how.threads);
  // Through the dropout and the softmax: dL/dw = kept dA, dL/ds = w (dL/dw - sum w dL/dw)
  poll(how.monitor, "diffuser_backward: attention", 1);
  if (how.attention_dropout > 0)
    passes.drop_edges(out.d_score.data(), out.d_score.data());
  passes.through_softmax(result.weights.data(), out.d_score.data());
  Output<T> dQ(Q.shape, lanes);
  Output<T> dK(K.shape, lanes);
  passes.score_gradients(out.d_score.data(), Input<T>(Q, lanes, how.threads).view(),
                         Input<T>(K, lanes, how.threads).view(), dQ.view(), dK.view());
  out.dQ = dQ.finish(how.threads);
  out.dK = dK.finish(how.threads);
  return out;
}

template class Diffuser<float>;
template class Diffuser<double>;

} // namespace attnwalk::layers
