// SPDX-License-Identifier: Apache-2.0
// Private: the passes of a Diffuser layer over all heads at once.
#pragma once

#include "attnwalk/kernels/padded.hpp"
#include "attnwalk/kernels/run.hpp"
#include "attnwalk/layers/diffuser.hpp"

namespace attnwalk::layers {

/// The inputs of one call after their checks, and what each pass of it needs: one Head per sequence
/// and head, numbered through. Dense arrays between passes are padded to `width()`.
template <Real T>
class Passes {
public:
  Passes(const pattern::PatternBatch& patterns, const std::vector<kernels::Plan>& plans,
         const Shape& queries, const Shape& values, const DiffuserOptions& how);

  [[nodiscard]] Index width() const { return width_; } ///< padded width of values
  [[nodiscard]] Index entries() const { return starts_.back(); }
  [[nodiscard]] Shape wide_shape() const;

  /// edge = softmax(scale Q K').
  void weights(const kernels::Input<T>& Q, const kernels::Input<T>& K, T* edge);
  /// to = edge times its factors under dropout.
  void drop_edges(const T* edge, T* to);
  /// out = (1-a) A X + a V, then dropout of hop number `hop`.
  void hop(const T* A, const Dense<T>& X, const Dense<T>& V, Index hop, Dense<T>& out);
  /// out = (1-a) A' G.
  void hop_back(const T* A, const Dense<T>& G, Dense<T>& out);
  /// G = G times the factors of hop number `hop`.
  void drop_numbers(Dense<T>& G, Index hop);
  /// dA += (1-a) G_i . X_j on edges.
  void edge_gradient(const Dense<T>& G, const Dense<T>& X, T* dA);
  /// dA = dL/dscore, through the softmax whose weights are A.
  void through_softmax(const T* A, T* dA);
  /// dQ = scale dS K and dK = scale dS' Q.
  void query_gradient(const T* dS, const kernels::Input<T>& K, kernels::Output<T>& dQ);
  void key_gradient(const T* dS, const kernels::Input<T>& Q, kernels::Output<T>& dK);

private:
  enum class By { query, key };
  /// One task per head; `fill` completes the head of sequence b and head h.
  template <class Fill>
  std::vector<kernels::Task<T>> tasks(By by, Index width, Fill fill);

  const pattern::PatternBatch& patterns_;
  const std::vector<kernels::Plan>& plans_;
  Shape queries_;
  DiffuserOptions how_;
  Index width_;
  T scale_;
  std::vector<Index> starts_; ///< entries before each head
  Buffer<T> partials_;
};

} // namespace attnwalk::layers
