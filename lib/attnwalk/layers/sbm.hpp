// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/layers/sampled.hpp"
#include "attnwalk/sbm/head.hpp"

namespace attnwalk::layers {

/// What an SBM-Transformer layer learns beside its projections.
template <Real T>
struct SbmParameters {
  Dense<T> C;            ///< 1 x heads x clusters x width: each head's clusters
  sbm::TwoLayerMap<T> f; ///< the map that heads, queries and keys share
};

template <Real T>
struct SbmResult : SampledResult<T> {
  sbm::Heads<T> heads; ///< the block models and what their gradients need
};

template <Real T>
struct SbmGradients {
  Dense<T> dQ; ///< through the scores and through the models
  Dense<T> dK;
  Dense<T> dV;
  Dense<T> dC;            ///< summed over sequences
  sbm::TwoLayerMap<T> df; ///< summed over sequences and heads
};

/// The attention of an SBM-Transformer layer, whole: every head of every sequence draws its mask
/// from the block model of its own queries and keys,
///
///   Y = sigmoid(f(Q) C'),  Z = sigmoid(f(K) C'),  S = softmax(C C' over all entries),
///   M ~ min(Y S Z' + delta, 1),   softmax(scale Q K' on M) V,
///
/// forward and backward in O(|E| + (n + m) k) numbers, k clusters. Products are made in T; the
/// models that are drawn from are double whatever T is.
///
/// @see [cho2022]; docs/layers.md
template <Real T>
class SbmAttention {
public:
  /// With the released model's exploration mass, .01.
  SbmAttention() : SbmAttention(sbm::HeadOptions{.delta = .01}) {}
  /// @param model  its thread count is ignored
  explicit SbmAttention(const sbm::HeadOptions& model) : model_(model) {}

  /// @throws Error as sbm::heads and attend_sampled
  /// @cost   sbm::heads and attend_sampled
  [[nodiscard]] SbmResult<T> forward(View<const T> Q, View<const T> K, View<const T> V,
                                     const SbmParameters<T>& parameters,
                                     const SampledOptions& how = {}) const;

  /// Gradients for G = dL/dZ, of the regularizer too, from `forward`'s result with equal parameters
  /// and under its options: attend_sampled_backward, then sbm::heads_backward.
  /// @throws Error as attend_sampled_backward
  /// @cost   sbm::heads_backward and attend_sampled_backward
  [[nodiscard]] SbmGradients<T> backward(View<const T> Q, View<const T> K, View<const T> V,
                                         const SbmParameters<T>& parameters,
                                         const SbmResult<T>& result, View<const T> G) const;

private:
  sbm::HeadOptions model_;
};

extern template class SbmAttention<float>;
extern template class SbmAttention<double>;

} // namespace attnwalk::layers
