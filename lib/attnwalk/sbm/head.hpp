// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sbm/straight_through.hpp"

#include <span>
#include <vector>

namespace attnwalk::sbm {

/// The map f of an attention layer, shared by its heads and by queries and keys:
/// f(x) = W2 relu(W1 x + b1) + b2.
template <Real T>
struct TwoLayerMap {
  Dense<T> W1; ///< hidden x d
  Dense<T> b1; ///< 1 x hidden
  Dense<T> W2; ///< d x hidden
  Dense<T> b2; ///< 1 x d
};

/// How a head's logits become a model. The published layer scales neither; the block scale says how
/// far S may leave uniform.
struct HeadOptions {
  double block_scale = 1; ///< of C C' before its softmax
  double delta = 0;       ///< exploration mass of the model; clamped
  bool loops = false;
  int threads = 0; ///< the same bits for any number
};

/// What the gradient of a head needs of its forward pass.
template <Real T>
struct Activations {
  Dense<T> hidden_q; ///< relu(W1 q + b1), queries x hidden
  Dense<T> hidden_k;
  Dense<T> mapped_q; ///< f(q), queries x d
  Dense<T> mapped_k;
};

/// The block model of a head, in double whatever T is:
///
///   Y = sigmoid(f(q) C'),  Z = sigmoid(f(k) C'),  S = softmax(C C' over all k x k entries).
template <Real T>
struct Head {
  Model model;
  Activations<T> kept;
  HeadOptions how; ///< those of `head`; the backward pass runs under them
};

/// The block models of a layer, number b heads + h for sequence b and head h: what `sample_batch`
/// takes.
template <Real T>
struct Heads {
  std::vector<Model> models;
  std::vector<Activations<T>> kept;
  HeadOptions how; ///< those of `heads`; the backward pass runs under them
};

/// All heads of all sequences at once, in parallel over heads and rows. Each has the bits that
/// `head` gives it; S is made once per head.
///
/// @param q  batch x heads x queries x d;  @param k  batch x heads x keys x d
/// @param C  1 x heads x clusters x d, shared by the sequences
/// @throws Error{shape} for sizes that do not fit; Error{domain} for numbers that are not finite,
///         no clusters, or a delta outside [0, 1]
/// @cost   O((n + m) d (hidden + clusters) + clusters^2 d) a head
/// @see    [cho2022]; docs/sbm.md
template <Real T>
[[nodiscard]] Heads<T> heads(View<const T> q, View<const T> k, View<const T> C,
                             const TwoLayerMap<T>& f, const HeadOptions& how = {});

/// One head: q queries x d, k keys x d, C clusters x d.
/// @throws Error as `heads`
template <Real T>
[[nodiscard]] Head<T> head(View<const T> q, View<const T> k, View<const T> C,
                           const TwoLayerMap<T>& f, const HeadOptions& how = {});

/// Gradients of a loss with respect to everything that `heads` read, in its shapes.
template <Real T>
struct HeadGradients {
  Dense<T> dq;
  Dense<T> dk;
  Dense<T> dC;       ///< summed over sequences
  TwoLayerMap<T> df; ///< summed over sequences and heads
};

/// The chain from the models' gradients (model_gradients, the sparsity's) to the inputs: through
/// the sigmoids Y (1 - Y), the softmax S (dS - <dS, S>), C and f.
///
/// @param result  of `heads` with equal arguments; its options hold
/// @param given   one per model
/// @throws Error{shape} for sizes that do not fit; Error{domain} for numbers that are not finite
/// @cost   as `heads`
template <Real T>
[[nodiscard]] HeadGradients<T> heads_backward(View<const T> q, View<const T> k, View<const T> C,
                                              const TwoLayerMap<T>& f, const Heads<T>& result,
                                              std::span<const ModelGradients> given);

/// One head.
/// @throws Error as `heads_backward`
template <Real T>
[[nodiscard]] HeadGradients<T> head_backward(View<const T> q, View<const T> k, View<const T> C,
                                             const TwoLayerMap<T>& f, const Head<T>& result,
                                             const ModelGradients& given);

} // namespace attnwalk::sbm
