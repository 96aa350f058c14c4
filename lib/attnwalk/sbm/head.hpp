// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sbm/straight_through.hpp"

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
};

/// The block model of a head, with what its gradient needs:
///
///   Y = sigmoid(f(q) C'),  Z = sigmoid(f(k) C'),  S = softmax(C C' over all k x k entries).
struct Head {
  Model model;
  Dense<double> hidden_q; ///< relu(W1 q + b1), queries x hidden
  Dense<double> hidden_k;
  Dense<double> mapped_q; ///< f(q), queries x d
  Dense<double> mapped_k;
};

/// @param q  queries x d;  @param k  keys x d;  @param C  clusters x d
/// @throws Error{shape} for sizes that do not fit; Error{domain} for numbers that are not finite,
///         no clusters, or a delta outside [0, 1]
/// @cost   O((n + m) d (hidden + clusters) + clusters^2 d)
/// @see    [cho2022]; docs/sbm.md
[[nodiscard]] Head head(View<const double> q, View<const double> k, View<const double> C,
                        const TwoLayerMap& f, const HeadOptions& how = {});

/// Gradients of a loss with respect to everything that `head` read.
struct HeadGradients {
  Dense<double> dq;
  Dense<double> dk;
  Dense<double> dC;
  TwoLayerMap df;
};

/// The chain from the model's gradients (model_gradients, the sparsity's) to the head's inputs:
/// through the sigmoids Y (1 - Y), the softmax S (dS - <dS, S>), C and f.
///
/// @param result  of `head` with equal arguments
/// @throws Error{shape} for sizes that do not fit
/// @cost   as `head`
[[nodiscard]] HeadGradients head_backward(View<const double> q, View<const double> k,
                                          View<const double> C, const TwoLayerMap& f,
                                          const Head& result, const ModelGradients& g,
                                          const HeadOptions& how = {});

} // namespace attnwalk::sbm
