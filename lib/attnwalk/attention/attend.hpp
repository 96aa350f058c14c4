// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/attention/attention.hpp"
#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/plan.hpp"
#include "attnwalk/pattern/batch.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace attnwalk::attention {

/// Who computes: the fused kernels, or the GraphBLAS program that specifies them.
enum class Backend { fused, graphblas };
[[nodiscard]] constexpr auto names_of(Backend /*which*/) {
  return std::to_array<Name<Backend>>(
      {{Backend::fused, "fused"}, {Backend::graphblas, "graphblas"}});
}
[[nodiscard]] constexpr std::string_view to_string(Backend x) {
  return name_of(x);
}

/// How K and V are held while rows are gathered: bfloat16 halves the bytes, sums stay in float. The
/// backward pass takes the rounded numbers for K and V.
enum class Storage { full, bfloat16 };

/// How a drawn graph is read: s_ij + ln copies - ln rate takes the place of s_ij. One number per
/// entry, counted as those of a bias.
///
/// `copies` alone: an edge drawn twice counts twice, as in a multigraph. With `rate` the graph is a
/// sample of every pair: numerator and denominator of *full* attention, sum_j e^{s_ij} v_j and
/// sum_j e^{s_ij}, are estimated without bias over all keys of positive rate, and lse_i estimates
/// the logarithm of the latter.
struct Drawn {
  std::span<const std::uint32_t> copies = {}; ///< empty: 1 each
  std::span<const double> rate = {}; ///< expected copies: lambda of a multigraph, p of a mask
};

struct AttendOptions {
  double scale = 0; ///< of the scores; 0 means 1/sqrt(width)
  EmptyRows empty_rows = EmptyRows::zero;
  double dropout = 0;   ///< probability that an edge is dropped, in [0, 1); the kept are scaled up
  Key key = {};         ///< which edges are dropped; the backward pass needs the same
  bool lse = false;     ///< return the log-sum-exp of each row; attend_backward needs it
  bool d_score = false; ///< attend_backward: also return dL/ds_ij, one number per entry and head
  Drawn drawn = {}; ///< copies and rates of a sampled mask: its reading as a sample of all pairs
  Storage storage = Storage::full;
  Backend backend = Backend::fused;
  bool assumed_valid = false; ///< skip the scan of the inputs for NaN and infinity
  int threads = 0;
  Monitor* monitor = nullptr;
};

/// Z and, on request, lse_i = log sum_j exp(s_ij): batch x heads x queries x 1, -infinity for an
/// empty row.
template <Real T>
struct Attended {
  Dense<T> Z;
  Dense<T> lse;
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
  /// @param backward  also prepare the transposes that `backward` needs
  /// @param row_width width of K plus width of V, which decides on column blocks
  explicit Attention(pattern::PatternBatch P, Index row_width, bool backward = false);

  /// @param bias  one number per entry, added to its score: for each pattern of the batch in turn
  /// if
  ///              they are shared among heads, else for each head; empty for none
  /// @throws Error{shape} for sizes that do not fit; Error{domain} for options out of range, NaN or
  ///         infinity in an input (the first is named), a rate or a number of copies that is not
  ///         positive, empty rows under the policy `error`
  /// @cost   O(m (width + value width)) per head; beyond inputs and result at most
  ///         16 heads queries max(width, value width) bytes for float
  [[nodiscard]] Attended<T> forward(View<const T> Q, View<const T> K, View<const T> V,
                                    const AttendOptions& how = {},
                                    std::span<const T> bias = {}) const;

  /// Gradients for G = dL/dZ, from the result of `forward` with .lse = true and equal options.
  ///
  /// @cost   O(m (width + value width)) per head; beyond inputs and result one number per query and
  ///         the partial results of split rows
  [[nodiscard]] AttendGradients<T> backward(View<const T> Q, View<const T> K, View<const T> V,
                                            const Attended<T>& result, View<const T> G,
                                            const AttendOptions& how = {},
                                            std::span<const T> bias = {}) const;

  [[nodiscard]] const pattern::PatternBatch& patterns() const { return patterns_; }

private:
  pattern::PatternBatch patterns_;
  std::vector<kernels::Plan> plans_;
};

/// One-off forms of Attention::forward and Attention::backward.
template <Real T>
[[nodiscard]] Attended<T> attend(View<const T> Q, View<const T> K, View<const T> V,
                                 const pattern::PatternBatch& P, const AttendOptions& how = {},
                                 std::span<const T> bias = {}) {
  return Attention<T>(P, K.shape.width + V.shape.width).forward(Q, K, V, how, bias);
}

template <Real T>
[[nodiscard]] AttendGradients<T>
attend_backward(View<const T> Q, View<const T> K, View<const T> V, const pattern::PatternBatch& P,
                const Attended<T>& result, View<const T> G, const AttendOptions& how = {},
                std::span<const T> bias = {}) {
  return Attention<T>(P, K.shape.width + V.shape.width, true)
      .backward(Q, K, V, result, G, how, bias);
}

extern template class Attention<float>;
extern template class Attention<double>;

} // namespace attnwalk::attention
