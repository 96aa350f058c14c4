// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// The passes of passes.hpp on a CUDA device, behind a C interface of pointers, sizes and a stream,
/// so that a caller links to nothing: attnwalk.torch loads the library with dlopen and hands in
/// addresses of tensors. No call allocates, waits or reads device memory from the host, so a CUDA
/// graph captures all of them. docs/cuda.md describes the plan and who builds it.
///
/// Scores, sums and statistics are float whatever the type of the rows.
extern "C" {

/// Entries [begin, begin + count) of all patterns, which belong to one row of one of them: the work
/// of a group of lanes. Rows are queries, or keys in the plan of the transpose.
struct AttnwalkCudaItem {
  std::int64_t begin;
  std::int32_t count;
  std::int32_t row;     ///< within its pattern
  std::int32_t pattern; ///< b * pattern_heads + h
  std::int32_t slot;    ///< of its partial result, or -1 if the item is the whole row
};

/// A row that several items share: its parts are the slots [first, first + parts), merged in order.
struct AttnwalkCudaMerge {
  std::int32_t row;
  std::int32_t pattern;
  std::int32_t first;
  std::int32_t parts;
};

/// A batch x heads x tokens x width array in device memory. Rows are contiguous and start at
/// multiples of 16 bytes; strides count numbers.
struct AttnwalkCudaArray {
  void* data;
  std::int64_t batch, head, row;
};

/// The type of the numbers of all arrays of rows.
enum AttnwalkCudaType : std::int32_t {
  attnwalk_cuda_float = 0,
  attnwalk_cuda_half = 1,
  attnwalk_cuda_bfloat16 = 2
};

/// The arrays of one pass; every pointer is to device memory, and one that the pass does not use may
/// be null. A pattern serves `shares` heads, those of one sequence first: shares = batch heads /
/// patterns. Arrays of entries hold shares x entries floats.
struct AttnwalkCudaPass {
  // The plan.
  const AttnwalkCudaItem* items;
  const AttnwalkCudaMerge* merges;
  const std::uint32_t* neighbors; ///< one per entry: the key of a query, or the query of a key
  const std::int64_t* original;   ///< plan of the transpose: entry numbers of the pattern; or null
  const std::int64_t* pattern_starts; ///< patterns + 1: the first entry of each
  const std::int64_t* offsets;        ///< patterns rows + 1: the first entry of each row
  std::int64_t item_count, merge_count;
  std::int64_t entries; ///< of all patterns
  std::int32_t rows;    ///< of each pattern
  std::int32_t pattern_batch, pattern_heads;

  // The problem.
  std::int32_t batch, heads, key_heads;
  std::int32_t queries, keys;
  std::int32_t width; ///< of Q, K, V, G and the outputs: 32, 64 or 128
  std::int32_t type;  ///< AttnwalkCudaType

  AttnwalkCudaArray Q, K, V, G, base, out, second;
  float scale;      ///< of the scores, or of a sum
  float base_scale; ///< of base

  const float* bias;           ///< one per entry of the patterns, added to the scaled score
  const std::uint8_t* padding; ///< batch x keys: 1 for a key that no query attends
  const std::uint64_t* seed;   ///< one number: the seed of the dropout's key
  std::uint64_t stream;        ///< the rest of that key
  std::uint32_t threshold;     ///< an entry is dropped if its 32 bits fall below; 0 drops nothing
  float keep_scale;            ///< 1 / (1 - rate)
  std::int64_t number_step;    ///< head (b, h) draws from substream (b heads + h) number_step
  std::int64_t number_first;   ///< + number_first: 1 and 0 but for a number of each hop

  float* lse;          ///< batch x heads x queries: log sum_e exp(s_e)
  float* statistics;   ///< batch x heads x queries x 2: lse / ln 2 and g_i . z_i
  const float* weight; ///< shares x entries, in the plan's own order
  float* edge;         ///< shares x entries

  // Workspace: slots of the plan x shares x partial numbers of attnwalk_cuda_partial.
  float* partials;
};

/// Equations in passes.hpp, which uses the same letters.
enum AttnwalkCudaOp : std::int32_t {
  /// out_i = (1 - base_scale) sum_e kept_e softmax(s)_e v_j + base_scale base_i; lse unless null.
  attnwalk_cuda_forward = 0,
  /// statistics_i from lse and out_i . g_i. Needs no plan.
  attnwalk_cuda_statistics = 1,
  /// out_i = dq_i; edge_e = dL/ds_e unless null.
  attnwalk_cuda_backward_queries = 2,
  /// On the plan of the transpose: out_j = dv_j, second_j = dk_j.
  attnwalk_cuda_backward_keys = 3,
  /// out_i = scale sum_e weight_e v_j + base_scale base_i.
  attnwalk_cuda_sum = 4,
  /// edge_e = scale q_i . k_j.
  attnwalk_cuda_scores = 5,
  /// edge_e += scale q_i . k_j.
  attnwalk_cuda_edge_dot = 6,
  /// edge_e = exp(scale q_i . k_j + bias_e - lse_i), without dropout.
  attnwalk_cuda_weights = 7,
  /// In place, edge_e = exp(edge_e + bias_e - lse_i), without dropout; lse_i unless null.
  attnwalk_cuda_softmax = 8,
  /// In place, edge_e = weight_e (edge_e - sum_f weight_f edge_f), f over the entries of row i.
  attnwalk_cuda_softmax_gradient = 9,
  /// edge_e = weight_e kept_e; weight may be edge.
  attnwalk_cuda_drop = 10,
  /// In place, the numbers of out under dropout, entry token width + column. Needs no plan.
  attnwalk_cuda_drop_numbers = 11,
  /// Reads q_i, k_j and v_j in the plan's order and does nothing else: the limit of `forward`.
  attnwalk_cuda_gather = 12
};

/// Starts one pass on a stream (a cudaStream_t; null is the default stream).
/// @return  0, a cudaError_t, or -1 for a width, type or number of heads outside of the bounds
[[gnu::visibility("default")]] int attnwalk_cuda_run(std::int32_t op, const AttnwalkCudaPass* pass,
                                                     void* stream);

/// Floats of workspace per slot and share: for each part of a split row.
[[gnu::visibility("default")]] std::int64_t attnwalk_cuda_partial(std::int32_t op,
                                                                  std::int32_t width);

/// What a code says, as the CUDA runtime words it.
[[gnu::visibility("default")]] const char* attnwalk_cuda_error(int code);

/// sizeof(AttnwalkCudaPass), for a caller in another language to compare with its own layout.
[[gnu::visibility("default")]] std::int64_t attnwalk_cuda_pass_bytes();
}
