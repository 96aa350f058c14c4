// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/core/isa.hpp"
#include "attnwalk/kernels/dropout.hpp"
#include "attnwalk/kernels/split.hpp"

#include <cstdint>

/// The hot loops of attention on raw arrays. They never allocate, throw or validate: callers hand
/// in views, workspace and a plan (plan.hpp), and run the chunks of the plan in any order on any
/// number of threads; results do not depend on either.
namespace attnwalk::kernels {

/// One orientation of a sparse matrix, ready for the loops. By query: row = query, neighbor = key.
/// By key: the transpose, whose entry e is entry `original[e]` of the pattern.
struct Layout : Split {
  Index rows = 0;
  const Index* offsets = nullptr;
  const std::uint32_t* neighbors = nullptr;
  const std::uint64_t* original = nullptr; ///< null: entries stand in the pattern's own order
  /// Column blocks: the entries of row i in block b are offsets[i] + cuts[b * rows + i] up to
  /// offsets[i] + cuts[(b + 1) * rows + i]. Null: one block.
  const std::uint32_t* cuts = nullptr;
  Index blocks = 1;
};

/// Rows of numbers: row i starts at data + i * stride and has room for the padded width.
template <class T>
struct RowsOf {
  T* data = nullptr;
  Index stride = 0;
  T* operator[](Index i) const { return data + i * stride; }
};

/// Numbers that one part of a split row keeps: running maximum, sum, and up to two rows.
[[nodiscard]] constexpr Index partial_size(Index width, Index value_width) {
  return 2 + width + value_width;
}

/// Arguments of the passes over one head. Widths are padded to `lanes` (EdgeKernels), the padding
/// of Q and K and V zero; strides count elements. Pointers that a pass does not use may be null.
template <Real T>
struct Head {
  RowsOf<const T> Q, K, V, G;           ///< G: gradient of the output
  RowsOf<const std::uint16_t> K16, V16; ///< K and V as bfloat16, for `forward_bfloat16`
  RowsOf<T> out;                        ///< what the pass writes: Z, dQ, or dV
  RowsOf<T> out2;                       ///< second output: dK
  Index width = 0;                      ///< padded width of q and k
  Index value_width = 0;                ///< padded width of v
  T scale = 1;
  RowsOf<const T> base; ///< added to neighbor sums, times base_scale; null for none
  T base_scale = 0;
  const T* bias = nullptr;    ///< one per entry, added to the scaled score
  T* lse = nullptr;           ///< per row: log of the sum of exponentials
  const T* row_dot = nullptr; ///< per row: g_i . z_i
  T* edge = nullptr;          ///< per entry: scores, weights, or dL/dscore
  T* edge2 = nullptr;         ///< per entry: weights, or weights after dropout
  T* state = nullptr;         ///< per row: running maximum and sum of `forward` across blocks
  T* partials = nullptr;      ///< per part: partial_size(width, value_width) numbers
  Dropout dropout;
};

/// The passes, each over one chunk of a layout and one head.
template <Real T>
struct EdgeKernels {
  Index lanes = 1; ///< widths are multiples of this
  /// edge_e = scale q_i . k_j + bias_e.
  void (*scores)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// edge_e = exp(edge_e - lse_i) in place, lse_i = log sum_e exp(edge_e) (lse may be null).
  void (*softmax)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// out_i = scale * sum_e edge_e V_j + base_scale * base_i (by key: edge_{original[e]}).
  void (*neighbor_sum)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// Scores, online softmax and sum in one pass: out_i = sum_e softmax(scores)_e V_j, no stored
  /// scores.
  void (*forward)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// The same with K and V stored as bfloat16 (float only), widths a multiple of 2 lanes.
  void (*forward_bfloat16)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// By query: from lse and row_dot, edge_e = dL/dscore_e (edge may be null), out_i = dQ_i.
  void (*backward_queries)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// By key, from lse and row_dot: out_j = dV_j = sum_e dropped weight_e g_i, out2_j = dK_j = scale
  /// sum_e dL/dscore_e q_i, both numbers of an entry formed anew from the rows that are gathered.
  void (*backward_keys)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// edge_e += scale g_i . v_j: the gradient of a sum's weights.
  void (*edge_dot)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// Through the softmax: edge_e = edge2_e (edge_e - sum_f edge2_f edge_f).
  void (*softmax_gradient)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// By query: edge2_e = edge_e times its factor under dropout.
  void (*drop)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
  /// Merges the parts of one split row after `forward`, `neighbor_sum` and `backward_queries`, and
  /// after `backward_keys`, which sums into two outputs.
  void (*merge_forward)(const SplitRow&, const Head<T>&) = nullptr;
  void (*merge_sum)(const SplitRow&, const Head<T>&) = nullptr;
  void (*merge_queries)(const SplitRow&, const Head<T>&) = nullptr;
  void (*merge_keys)(const SplitRow&, const Head<T>&) = nullptr;
  /// Reads each gathered row of V once into registers: the limit of every pass (docs/bench.md).
  void (*gather)(const Layout&, const Chunk&, const Head<T>&) = nullptr;
};

/// The kernels of an instruction set that this build has.
template <Real T>
[[nodiscard]] const EdgeKernels<T>& edge_kernels(Isa isa);

} // namespace attnwalk::kernels
