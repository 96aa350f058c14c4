// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/kernels/dropout.hpp"
#include "attnwalk/kernels/plan_view.hpp"

#include <cstdint>
#include <span>
#include <type_traits>

/// The hot loops of attention on raw arrays. They never allocate, throw or validate: EdgeOps
/// (edge_ops.hpp) hands in views, workspace and a plan. The chunks of a plan may run in any order
/// on any number of threads; results do not depend on either.
///
/// Start with reference/attention.hpp, which says the same in plain loops.
namespace attnwalk::kernels {

/// The passes, each over the entries e = (i, j) of one head. i is a query and j a key; q_i, k_j,
/// v_j and g_i are rows of Q, K, V and of the gradient G of the output.
enum class Op {
  /// s_e = scale q_i . k_j + bias_e: a sampled dense-dense product (SDDMM).
  scores,
  /// In place, edge_e = exp(edge_e - lse_i) with lse_i = log sum_e exp(edge_e): edge softmax.
  softmax,
  /// out_i = scale sum_e weight_e v_j + base_scale base_i: a sparse-dense product (SpMM). By key:
  /// out_j = scale sum_e weight_e v_i + base_scale base_j, the product with the transpose.
  sum,
  /// z_i = sum_e kept_e softmax(scores)_e v_j in one pass: no score is stored.
  forward,
  /// The same with K and V stored as bfloat16 (float only), widths a multiple of 2 lanes.
  forward_bfloat16,
  /// From lse_i and delta_i = g_i . z_i: edge_e = dL/ds_e (edge may be null), out_i = dq_i.
  backward_queries,
  /// By key, from lse and delta: out_j = dv_j = sum_e kept_e weight_e g_i and
  /// dK_j = scale sum_e dL/ds_e q_i.
  backward_keys,
  /// edge_e += scale g_i . v_j: the gradient of the weights of `sum`; an SDDMM.
  edge_dot,
  /// In place, through the softmax: edge_e = weight_e (edge_e - sum_f weight_f edge_f), f over the
  /// entries of row i.
  softmax_gradient,
  /// edge_e = weight_e kept_e, kept_e = 0 or 1 / (1 - rate).
  drop,
  /// Reads each gathered row of V once into registers: the limit of every pass (docs/bench.md).
  gather,
};
inline constexpr int op_count = 11;

/// The direction of a pass: rows are queries, or rows are keys.
enum class By { query, key };

/// Rows of numbers: row i starts at data + i * stride and has room for the padded width.
template <class T>
struct RowsOf {
  T* data = nullptr;
  Index stride = 0;
  T* operator[](Index i) const { return data + i * stride; }
};

/// The arrays of one pass over one head. Widths are padded to whole vectors, the padding of inputs
/// zero; strides count elements. Pointers that a pass does not use may be null.
template <Real T>
struct PassArgs {
  Index width = 0;       ///< padded width of q and k
  Index value_width = 0; ///< padded width of v

  // Read.
  RowsOf<const T> Q;                    ///< queries x width
  RowsOf<const T> K;                    ///< keys x width
  RowsOf<const T> V;                    ///< keys x value_width; `sum` by key: queries x value_width
  RowsOf<const T> G;                    ///< queries x value_width: gradient of the output
  RowsOf<const std::uint16_t> K16, V16; ///< K and V as bfloat16, for `forward_bfloat16`
  RowsOf<const T> base;                 ///< rows x value_width, added by `sum`; null for none
  T scale = 1;
  T base_scale = 0;
  const T* bias = nullptr;   ///< entries: added to the scaled score; null for none
  const T* weight = nullptr; ///< entries: of `sum`, `softmax_gradient` and `drop`
  const T* lse = nullptr;    ///< queries: log of the sum of exponentials, for the backward passes
  const T* delta = nullptr;  ///< queries: g_i . z_i
  Dropout dropout;

  // Written.
  RowsOf<T> out;        ///< rows x value_width: Z, a sum or dV; rows x width: dQ
  RowsOf<T> dK;         ///< keys x width: second output of `backward_keys`
  T* edge = nullptr;    ///< entries: scores, weights, or their gradients
  T* lse_out = nullptr; ///< queries: by `softmax` and `forward`; null if nobody asks for it

  // Workspace.
  T* state = nullptr;    ///< rows x 2: running maximum and sum of `forward` across column blocks
  T* partials = nullptr; ///< parts of split rows x partial_size(width, value_width)
};

/// Numbers that one part of a split row keeps: running maximum, sum, and up to two rows.
[[nodiscard]] constexpr Index partial_size(Index width, Index value_width) {
  return 2 + width + value_width;
}

/// One head's work in a pass: what a device would be sent.
template <Real T>
struct Task {
  PlanView plan;
  PassArgs<T> args;
};
static_assert(std::is_trivially_copyable_v<Task<float>>);
static_assert(std::is_trivially_copyable_v<Task<double>>);

/// Runs a pass over all heads, split rows merged. No result depends on the number of threads.
/// Defined once per device: cpu/run.cpp.
/// @param threads  as core::threads
template <Real T>
void run(Op op, std::span<const Task<T>> tasks, int threads);

/// Numbers in a vector of the instruction set at hand: widths are padded to multiples of it.
template <Real T>
[[nodiscard]] Index row_lanes();

} // namespace attnwalk::kernels
