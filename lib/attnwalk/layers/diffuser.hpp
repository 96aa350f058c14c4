// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/attention/weights.hpp"
#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/pattern/batch.hpp"

#include <memory>

namespace attnwalk::layers {

struct DiffuserOptions {
  double scale = 0; ///< of the scores; 0 means 1/sqrt(width)
  attention::EmptyRows empty_rows = attention::EmptyRows::zero;
  double alpha = 0.1;     ///< weight kept on V, in [0, 1]
  Index hops = 5;         ///< 0 or more
  double dropout = 0;     ///< of edges of A, once, in [0, 1)
  double hop_dropout = 0; ///< of numbers of Z after each hop, in [0, 1)
  Key key = {};           ///< which edges and numbers are dropped
  diffusion::Memory memory = diffusion::Memory::store;
  bool assumed_valid = false; ///< skip the scan of the inputs for NaN and infinity
  int threads = 0;
  Monitor* monitor = nullptr;
};

template <Real T>
struct DiffuserResult {
  Dense<T> Z;          ///< batch x heads x n x value width
  Buffer<T> weights;   ///< A before dropout, per entry of every head: what the backward pass reads
  DiffuserOptions how; ///< those of `forward`, which the backward pass runs under
};

template <Real T>
struct DiffuserGradients {
  Dense<T> dQ;
  Dense<T> dK;
  Dense<T> dV;
  Buffer<T> d_score; ///< dL/ds_ij per entry of every head
};

/// The attention of a Diffuser layer, whole: every head of every sequence diffuses its own V,
/// A = softmax(scale Q K' on P),  Z <- (1-a) A Z + a V, `hops` times from Z = V,
/// with dropout on A and on Z after each hop. Forward and backward on the fused kernels, no n x n
/// array.
///
/// Q, K: batch x heads x n x width; V: batch x heads x n x value width; P square.
///
/// @see [feng2023]; docs/layers.md
template <Real T>
class Diffuser {
public:
  /// Fits no call; to be assigned to.
  Diffuser() = default;
  /// @param value_width  of V, for the speed of large patterns alone: it decides on column blocks,
  ///                     and any V is taken
  /// @throws Error{shape} if the patterns are not square
  /// @cost   O(m + n) for the plans
  explicit Diffuser(pattern::PatternBatch P, Index value_width, int threads = 0);

  /// @param reuse  an earlier result, whose memory is written into where shapes agree
  /// @throws Error{shape, domain} for sizes that do not fit, options out of bounds, NaN or infinity
  /// @cost   O(m (width + hops value_width)) time a head; one number per entry and 3 n value_width
  [[nodiscard]] DiffuserResult<T> forward(View<const T> Q, View<const T> K, View<const T> V,
                                          const DiffuserOptions& how = {},
                                          DiffuserResult<T> reuse = {}) const;

  /// Gradients for G = dL/dZ, from `forward`'s result and under its options.
  /// @param reuse  earlier gradients, whose memory is written into where shapes agree
  /// @throws Error as `forward`
  /// @cost O(m (width + hops value_width)) time; `store`: O(hops n value_width) numbers a head
  [[nodiscard]] DiffuserGradients<T> backward(View<const T> Q, View<const T> K, View<const T> V,
                                              const DiffuserResult<T>& result, View<const T> G,
                                              DiffuserGradients<T> reuse = {}) const;

private:
  struct State;
  std::shared_ptr<const State> state_;
};

extern template class Diffuser<float>;
extern template class Diffuser<double>;

} // namespace attnwalk::layers
