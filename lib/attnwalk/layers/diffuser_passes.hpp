// SPDX-License-Identifier: Apache-2.0
// Private: the passes of a Diffuser layer over all heads at once.
#pragma once

#include "attnwalk/kernels/run.hpp"
#include "attnwalk/layers/diffuser.hpp"

namespace attnwalk::layers {

/// The inputs of one call after their checks, and what each pass of it needs: one Head per sequence
/// and head, numbered through. Dense arrays are padded to whole vectors.
template <Real T>
class Passes {
public:
  Passes(const pattern::PatternBatch& patterns, const std::vector<kernels::Plan>& plans,
         const Shape& queries, const Shape& values, const DiffuserOptions& how);

  /// Of values, padded.
  [[nodiscard]] Shape wide_shape() const;
  [[nodiscard]] Index entries() const { return starts_.back(); }

  /// edge = softmax(scale Q K').
  void weights(View<const T> Q, View<const T> K, T* edge);
  /// to = edge times its factors under dropout.
  void drop_edges(const T* edge, T* to);
  /// out = (1-a) A X + a V, then dropout of hop number `hop`.
  void hop(const T* A, View<const T> X, View<const T> V, Index hop, View<T> out);
  /// out = (1-a) A' G.
  void hop_back(const T* A, View<const T> G, View<T> out);
  /// G = G times the factors of hop number `hop`.
  void drop_numbers(View<T> G, Index hop);
  /// dA += (1-a) G_i . X_j on edges.
  void edge_gradient(View<const T> G, View<const T> X, T* dA);
  /// dA = dL/dscore, through the softmax whose weights are A.
  void through_softmax(const T* A, T* dA);
  /// dQ = scale dS K and dK = scale dS' Q.
  void score_gradients(const T* dS, View<const T> Q, View<const T> K, View<T> dQ, View<T> dK);

private:
  enum class By { query, key };
  /// One task per head; `fill` completes the head of sequence b and head h.
  template <class Fill>
  std::vector<kernels::Task<T>> tasks(By by, Index width, Fill fill);
  /// out = scale E X + base_scale base for the entries E of each head, or E' X by key.
  void sum(By by, T scale, const T* E, View<const T> X, View<T> out, View<const T> base = {},
           T base_scale = 0);

  const pattern::PatternBatch& patterns_;
  const std::vector<kernels::Plan>& plans_;
  Shape queries_;
  Index value_width_;
  DiffuserOptions how_;
  T keep_; ///< 1 - alpha
  T scale_;
  std::vector<Index> starts_; ///< entries before each head
  Buffer<T> partials_;
};

} // namespace attnwalk::layers
