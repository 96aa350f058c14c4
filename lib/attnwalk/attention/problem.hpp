// SPDX-License-Identifier: Apache-2.0
// Private: one call's checked inputs, shared by the two back ends.
#pragma once

#include "attnwalk/attention/attend.hpp"

namespace attnwalk::attention {

template <Real T>
struct Problem {
  View<const T> Q, K, V;
  const pattern::PatternBatch& patterns;
  std::span<const kernels::Plan> plans;
  const AttendOptions& how;
  std::span<const T> bias;
  double scale = 1;

  [[nodiscard]] Index batch() const { return Q.shape.batch; }
  [[nodiscard]] Index heads() const { return Q.shape.heads; }
  /// Query heads that share one key head.
  [[nodiscard]] Index group() const { return heads() / K.shape.heads; }
  [[nodiscard]] const pattern::Pattern& pattern(Index b, Index h) const {
    return patterns.at(b, h);
  }
  [[nodiscard]] const kernels::Plan& plan(Index b, Index h) const {
    return plans[static_cast<std::size_t>(patterns.number(b, h))];
  }
  /// Entries before those of a head, counting every head of every sequence.
  [[nodiscard]] std::vector<Index> entry_starts() const;
  /// The biases of a head, or null.
  [[nodiscard]] const T* bias_of(Index b, Index h) const;
  /// The dropout of a head: a pure function of key, sequence and head.
  [[nodiscard]] kernels::Dropout dropout(Index b, Index h) const;
};

template <Real T>
[[nodiscard]] Attended<T> forward_fused(const Problem<T>& problem);
template <Real T>
[[nodiscard]] Attended<T> forward_graphblas(const Problem<T>& problem);
template <Real T>
[[nodiscard]] AttendGradients<T> backward_fused(const Problem<T>& problem,
                                                const Attended<T>& result, View<const T> G);
template <Real T>
[[nodiscard]] AttendGradients<T> backward_graphblas(const Problem<T>& problem,
                                                    const Attended<T>& result, View<const T> G);

} // namespace attnwalk::attention
