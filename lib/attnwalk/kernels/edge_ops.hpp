// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/padded.hpp"
#include "attnwalk/kernels/passes.hpp"
#include "attnwalk/kernels/plan.hpp"

#include <vector>

namespace attnwalk::kernels {

/// Which edges are dropped: a pure function of rate, key and head.
struct EdgeDropout {
  double rate = 0;
  Key key = {};
};

/// Of head number b * heads + h.
[[nodiscard]] inline Dropout head_dropout(const EdgeDropout& dropout, Index number) {
  return dropout_of(dropout.rate,
                    RandomStream(dropout.key, static_cast<std::uint64_t>(number)).bits());
}

/// How scores are formed: s_e = scale q_i . k_j + bias_e, and which edges are dropped afterwards.
template <Real T>
struct ScoreRule {
  T scale = 1;
  const T* bias = nullptr; ///< one per entry of every pattern of the batch, or null
  EdgeDropout dropout = {};
};

/// The passes over every head of every sequence, each head on its own plan: what attention,
/// diffusion, layers and sbm run their loops with, whatever device runs them.
///
/// Dense arrays are batch x heads x tokens x width, padded to multiples of `row_lanes` columns
/// (padded.hpp). One with fewer heads is shared: `heads / its heads` consecutive heads read the
/// same one (grouped queries). Arrays of edges hold one number per entry of every head, head after
/// head; a bias holds one per entry of every pattern. Nothing is checked.
///
/// One object serves one call: it keeps the workspace of its passes (partial results of split
/// rows, running sums across column blocks) from one to the next.
template <Real T>
class EdgeOps {
public:
  /// @param plans    must outlive this; its sides are 1 or agree with batch and heads
  /// @param threads  as core::threads; results are the same for any number
  EdgeOps(const PlanBatch& plans, Index batch, Index heads, int threads);

  /// Entries of all heads.
  [[nodiscard]] Index entries() const { return starts_.back(); }
  /// Entries of the heads before.
  [[nodiscard]] Index entries_before(Index b, Index h) const { return starts_[b * heads_ + h]; }
  [[nodiscard]] int threads() const { return threads_; }

  /// s_e = scale q_i . k_j + bias_e (SDDMM).
  void scores(View<const T> Q, View<const T> K, const ScoreRule<T>& rule, T* s);
  /// In place: edge softmax over the entries of each query.
  void softmax(T* edge);
  /// out_i = scale sum_e weight_e x_j + base_scale base_i (SpMM); by key with the transposes. A
  /// base_scale of 0: no base. out is not X.
  void sum(By by, T scale, const T* weight, View<const T> X, View<T> out, View<const T> base = {},
           T base_scale = 0);
  /// d_weight_e += scale g_i . x_j (SDDMM): the gradient of the weights of `sum` by query.
  void edge_dot(T scale, View<const T> G, View<const T> X, T* d_weight);
  /// In place, from dL/dweight to dL/dscore: edge_e = weight_e (edge_e - sum_f weight_f edge_f).
  void softmax_gradient(const T* weight, T* edge);
  /// out_e = weight_e times its factor under dropout; out may be `weight`.
  void drop(const T* weight, const EdgeDropout& dropout, T* out);

  /// Z = dropout(softmax(scores)) V without a stored score.
  /// @param lse  batch x heads x queries numbers, or null
  void forward(View<const T> Q, View<const T> K, View<const T> V, const ScoreRule<T>& rule,
               View<T> Z, T* lse);
  /// The same from bfloat16 copies of K and V; float only, widths multiples of 2 row_lanes.
  void forward_bfloat16(View<const T> Q, const Bfloat16Input& K, const Bfloat16Input& V,
                        const ScoreRule<T>& rule, View<T> Z, T* lse);
  /// dQ from G = dL/dZ. @param delta    g_i . z_i, batch x heads x queries numbers
  /// @param d_score  dL/ds per entry of every head, or null
  void backward_queries(View<const T> Q, View<const T> K, View<const T> V, View<const T> G,
                        const ScoreRule<T>& rule, const T* lse, const T* delta, View<T> dQ,
                        T* d_score);
  /// dK and dV of every query head, for the caller to add up where heads share keys.
  void backward_keys(View<const T> Q, View<const T> K, View<const T> V, View<const T> G,
                     const ScoreRule<T>& rule, const T* lse, const T* delta, View<T> dK,
                     View<T> dV);

  /// Reads each gathered row of X once into registers: the limit of every pass, to measure against.
  /// @param sink  batch x heads x queries numbers
  void gather(View<const T> X, T* sink);

private:
  /// One task per head, its workspace set; `fill(args, b, h)` completes the arguments.
  template <class Fill>
  void run(Op op, By by, Index width, Index value_width, Fill fill);
  void set_scores(PassArgs<T>& args, View<const T> Q, const ScoreRule<T>& rule, Index b,
                  Index h) const;
  /// One head of X, which may be shared by several.
  template <class U>
  [[nodiscard]] RowsOf<U> rows(const View<U>& X, Index b, Index h) const {
    return {X.row(b, h / (heads_ / X.shape.heads), 0), X.strides[2]};
  }
  template <class U>
  [[nodiscard]] U* per_query(U* numbers, Index b, Index h) const {
    return numbers == nullptr ? nullptr : numbers + (b * heads_ + h) * queries(b, h);
  }
  [[nodiscard]] Index queries(Index b, Index h) const { return plans_.at(b, h).by_query().rows; }

  const PlanBatch& plans_;
  Index batch_;
  Index heads_;
  int threads_;
  std::vector<Index> starts_;
  Buffer<T> partials_;
  Buffer<T> state_;
};

} // namespace attnwalk::kernels
