// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/attention/weights.hpp"
#include "attnwalk/core/backend.hpp"
#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/batch.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace attnwalk::kernels {
class PlanBatch;
} // namespace attnwalk::kernels

#include <array>

namespace attnwalk::attention {

using attnwalk::Backend;

/// How K and V are held while rows are gathered: bfloat16 halves the bytes, sums stay in float. The
/// backward pass takes the rounded numbers for K and V.
enum class Storage { full, bfloat16 };

/// How often the entries of a drawn graph were drawn, and how often they were to be: ln copies - ln
/// rate is added to the score s_ij. One number per entry, counted as those of a bias.
///
/// `copies` alone: an edge drawn twice counts twice, as in a multigraph. With `rate` the graph is a
/// sample of every pair: numerator and denominator of *full* attention, sum_j e^{s_ij} v_j and
/// sum_j e^{s_ij}, are estimated without bias over all keys of positive rate, and lse_i estimates
/// the logarithm of the latter.
struct EdgeMultiplicity {
  std::span<const std::uint32_t> copies = {}; ///< empty: 1 each
  std::span<const double> rate = {}; ///< expected copies: lambda of a multigraph, p of a mask
};

struct AttendOptions {
  double scale = 0; ///< of the scores; 0 means 1/sqrt(width)
  EmptyRows empty_rows = EmptyRows::zero;
  double dropout = 0;   ///< probability that an edge is dropped, in [0, 1); the kept are scaled up
  Key key = {};         ///< which edges are dropped
  bool lse = false;     ///< return the log-sum-exp of each row; the backward pass needs it
  bool d_score = false; ///< the backward pass also returns dL/ds_ij, one number per entry and head
  Storage storage = Storage::full;
  Backend backend = Backend::fused;
  bool assumed_valid = false; ///< skip the scan of the inputs for NaN and infinity
  int threads = 0;
  Monitor* monitor = nullptr;
};

/// Z and, on request, lse_i = log sum_j exp(s_ij): batch x heads x queries x 1, -infinity for an
/// empty row. The backward pass runs under the options that are kept here.
template <Real T>
struct Attended {
  Dense<T> Z;
  Dense<T> lse;
  AttendOptions how;
};

/// Gradients of a scalar loss.
template <Real T>
struct AttendGradients {
  Dense<T> dQ;
  Dense<T> dK;
  Dense<T> dV;
  /// With .d_score = true dL/ds_ij for every entry of every head, batch x heads blocks in the order
  /// of the pattern's entries: what an edge bias and the straight-through estimator of a sampled
  /// mask need. Else empty.
  Buffer<T> d_score;
};

/// Sparse multi-head attention on fixed patterns, with the plans that the kernels need kept between
/// calls: Z = dropout(softmax(scale Q K' + bias on P)) V for each sequence and head.
///
/// Q is batch x heads x queries x width, K batch x key_heads x keys x width, V likewise with a
/// width of its own; key_heads divides heads (grouped-query attention). No n x n array is ever
/// formed.
template <Real T>
class Attention {
public:
  /// Fits no call; to be assigned to.
  Attention() = default;
  /// @param row_width  width of K plus width of V, for the speed of large patterns alone: how many
  ///                   bytes a gathered pair of rows takes decides on column blocks
  /// @param backward   also prepare the transposes that `backward` needs
  /// @throws Error{shape} for a negative row_width; Error{domain} for 2^32 rows or columns;
  ///         Error{memory} with the predicted bytes
  explicit Attention(pattern::PatternBatch P, Index row_width, bool backward = false,
                     int threads = 0);

  /// @param bias   one number per entry, added to its score: for each pattern of the batch in turn
  ///               if heads share them, else for each head; empty for none
  /// @param drawn  copies and rates of a sampled mask, counted alike
  /// @param reuse  an earlier result, whose memory is written into where shapes agree: a training
  ///               step then takes no fresh pages
  /// @throws Error{shape} for sizes that do not fit; Error{domain} for options out of range, NaN or
  ///         infinity in an input (the first is named), a rate or a number of copies that is not
  ///         positive, empty rows under the policy `error`
  /// @cost   O(m (width + value width)) per head; beyond inputs and result at most
  ///         16 heads queries max(width, value width) bytes for float
  [[nodiscard]] Attended<T> forward(View<const T> Q, View<const T> K, View<const T> V,
                                    const AttendOptions& how = {}, std::span<const T> bias = {},
                                    const EdgeMultiplicity& drawn = {},
                                    Attended<T> reuse = {}) const;

  /// Gradients for G = dL/dZ under the options of `forward`, from its result with .lse = true and
  /// the arguments that it had.
  ///
  /// @throws Error as `forward`; Error{shape} for a result without lse; Error{domain} if the
  ///         transposes were not asked for
  /// @cost   O(m (width + value width)) per head; beyond inputs and result one number per query and
  ///         the partial results of split rows
  [[nodiscard]] AttendGradients<T> backward(View<const T> Q, View<const T> K, View<const T> V,
                                            const Attended<T>& result, View<const T> G,
                                            std::span<const T> bias = {},
                                            const EdgeMultiplicity& drawn = {},
                                            AttendGradients<T> reuse = {}) const;

  [[nodiscard]] const pattern::PatternBatch& patterns() const;
  /// The plans of `patterns()`, for other passes on the same masks.
  [[nodiscard]] const kernels::PlanBatch& plans() const;

private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// One-off forms of Attention::forward and Attention::backward.
template <Real T>
[[nodiscard]] Attended<T> attend(View<const T> Q, View<const T> K, View<const T> V,
                                 const pattern::PatternBatch& P, const AttendOptions& how = {},
                                 std::span<const T> bias = {}, const EdgeMultiplicity& drawn = {}) {
  return Attention<T>(P, K.shape.width + V.shape.width, false, how.threads)
      .forward(Q, K, V, how, bias, drawn);
}
template <Real T>
[[nodiscard]] Attended<T> attend(const Dense<T>& Q, const Dense<T>& K, const Dense<T>& V,
                                 const pattern::PatternBatch& P, const AttendOptions& how = {}) {
  return attend<T>(Q.view(), K.view(), V.view(), P, how);
}

template <Real T>
[[nodiscard]] AttendGradients<T>
attend_backward(View<const T> Q, View<const T> K, View<const T> V, const pattern::PatternBatch& P,
                const Attended<T>& result, View<const T> G, std::span<const T> bias = {},
                const EdgeMultiplicity& drawn = {}) {
  return Attention<T>(P, K.shape.width + V.shape.width, true, result.how.threads)
      .backward(Q, K, V, result, G, bias, drawn);
}

extern template class Attention<float>;
extern template class Attention<double>;

} // namespace attnwalk::attention
