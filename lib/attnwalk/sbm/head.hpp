// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sbm/straight_through.hpp"

#include <span>
#include <vector>

namespace attnwalk::sbm {

/// The map f of an attention layer, shared by its heads and by queries and keys:
/// f(x) = W2 relu(W1 x + b1) + b2.
struct TwoLayerMap {
  Dense<double> W1; ///< hidden x d
  Dense<double> b1; ///< 1 x hidden
  Dense<double> W2; ///< d x hidden
  Dense<double> b2; ///< 1 x d
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
struct Activations {
  Dense<double> hidden_q; ///< relu(W1 q + b1), queries x hidden
  Dense<double> hidden_k;
  Dense<double> mapped_q; ///< f(q), queries x d
  Dense<double> mapped_k;
};

/// The block model of a head:
///
///   Y = sigmoid(f(q) C'),  Z = sigmoid(f(k) C'),  S = softmax(C C' over all k x k entries).
struct Head {
  Model model;
  Activations kept;
};

/// The block models of a layer, number b heads + h for sequence b and head h: what `sample_batch`
/// takes.
struct Heads {
  std::vector<Model> models;
  std::vector<Activations> kept;
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
[[nodiscard]] Heads heads(View<const double> q, View<const double> k, View<const double> C,
                          const TwoLayerMap& f, const HeadOptions& how = {});

/// One head: q queries x d, k keys x d, C clusters x d.
/// @throws Error as `heads`
[[nodiscard]] Head head(View<const double> q, View<const double> k, View<const double> C,
                        const TwoLayerMap& f, const HeadOptions& how = {});

/// Gradients of a loss with respect to everything that `heads` read, in its shapes.
struct HeadGradients {
  Dense<double> dq;
  Dense<double> dk;
  Dense<double> dC; ///< summed over sequences
  TwoLayerMap df;   ///< summed over sequences and heads
};

/// The chain from the models' gradients (model_gradients, the sparsity's) to the inputs: through
/// the sigmoids Y (1 - Y), the softmax S (dS - <dS, S>), C and f.
///
/// @param result  of `heads` with equal arguments
/// @param given   one per model
/// @throws Error{shape} for sizes that do not fit; Error{domain} for numbers that are not finite
/// @cost   as `heads`
[[nodiscard]] HeadGradients heads_backward(View<const double> q, View<const double> k,
                                           View<const double> C, const TwoLayerMap& f,
                                           const Heads& result,
                                           std::span<const ModelGradients> given,
                                           const HeadOptions& how = {});

/// One head.
/// @throws Error as `heads_backward`
[[nodiscard]] HeadGradients head_backward(View<const double> q, View<const double> k,
                                          View<const double> C, const TwoLayerMap& f,
                                          const Head& result, const ModelGradients& given,
                                          const HeadOptions& how = {});

} // namespace attnwalk::sbm
