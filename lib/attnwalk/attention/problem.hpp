// SPDX-License-Identifier: Apache-2.0
// Private: one call's checked inputs, shared by the two back ends.
#pragma once

#include "attnwalk/attention/attention.hpp"
#include "attnwalk/kernels/edge_ops.hpp"

namespace attnwalk::attention {

template <Real T>
struct Problem {
  View<const T> Q, K, V;
  const pattern::PatternBatch& patterns;
  const kernels::PlanBatch& plans;
  const AttendOptions& how;
  std::span<const T> bias;
  double scale = 1;

  [[nodiscard]] Index batch() const { return Q.shape.batch; }
  [[nodiscard]] Index heads() const { return Q.shape.heads; }
  /// Query heads that share one key head.
  [[nodiscard]] Index group() const { return heads() / K.shape.heads; }
  [[nodiscard]] kernels::ScoreRule<T> score_rule() const {
    return {.scale = static_cast<T>(scale),
            .bias = bias.empty() ? nullptr : bias.data(),
            .dropout = {how.dropout, how.key}};
  }
};

template <Real T>
[[nodiscard]] Attended<T> forward_fused(const Problem<T>& problem, Attended<T> reuse);
template <Real T>
[[nodiscard]] Attended<T> forward_graphblas(const Problem<T>& problem);
template <Real T>
[[nodiscard]] AttendGradients<T> backward_fused(const Problem<T>& problem,
                                                const Attended<T>& result, View<const T> G,
                                                AttendGradients<T> reuse);
template <Real T>
[[nodiscard]] AttendGradients<T> backward_graphblas(const Problem<T>& problem, View<const T> G);

} // namespace attnwalk::attention
