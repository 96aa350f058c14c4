// SPDX-License-Identifier: Apache-2.0
// Private: which instance of a kernel runs, and on how many blocks.
#pragma once

#include "attnwalk/kernels/cuda/walk.cuh"

#include <cstdint>

namespace attnwalk::kernels::cuda {

constexpr int refused = -1;

/// Heads that a pattern serves.
inline int shares(const AttnwalkCudaPass& pass) {
  return pass.batch * pass.heads / (pass.pattern_batch * pass.pattern_heads);
}

/// Lanes that read a row of D numbers with one load each.
template <class T, int D>
constexpr int lanes = D / per_load<T>;
/// Half of them, each with two loads: fewer shuffles for an entry where an entry has two sums.
template <class T, int D>
constexpr int half_lanes = lanes<T, D> / 2 < 4 ? 4 : lanes<T, D> / 2;

/// Blocks for all items, G lanes each, and all heads that share them, one head after the other: the
/// rows that are gathered at any time then belong to one head and fit the cache.
template <int G>
dim3 item_blocks(const AttnwalkCudaPass& pass) {
  constexpr int per_block = block_threads / G;
  return {static_cast<unsigned>((pass.item_count + per_block - 1) / per_block),
          static_cast<unsigned>(shares(pass))};
}
inline dim3 merge_blocks(const AttnwalkCudaPass& pass) {
  return {static_cast<unsigned>(pass.merge_count), static_cast<unsigned>(shares(pass))};
}

/// Starts a kernel unless there is nothing to do.
template <class Kernel>
int launch(Kernel kernel, dim3 blocks, int threads, const AttnwalkCudaPass& pass,
           cudaStream_t stream, int shared_bytes = 0) {
  if (blocks.x == 0 || blocks.y == 0)
    return 0;
  kernel<<<blocks, threads, shared_bytes, stream>>>(pass);
  return static_cast<int>(cudaGetLastError());
}

/// Calls `start.operator()<T, D>()` for the pass's type and width.
template <class Start>
int by_shape(const AttnwalkCudaPass& pass, Start start) {
  const auto of_type = [&]<class T>() {
    switch (pass.width) {
    case 32:
      return start.template operator()<T, 32>();
    case 64:
      return start.template operator()<T, 64>();
    case 128:
      return start.template operator()<T, 128>();
    default:
      return refused;
    }
  };
  switch (pass.type) {
  case attnwalk_cuda_float:
    return of_type.template operator()<float>();
  case attnwalk_cuda_half:
    return of_type.template operator()<__half>();
  case attnwalk_cuda_bfloat16:
    return of_type.template operator()<__nv_bfloat16>();
  default:
    return refused;
  }
}

/// Whether an entry's score or weight depends on more than q . k.
inline bool ruled(const AttnwalkCudaPass& pass) {
  return pass.bias != nullptr || pass.padding != nullptr || pass.threshold != 0;
}

int start_forward(const AttnwalkCudaPass& pass, cudaStream_t stream);
int start_backward_queries(const AttnwalkCudaPass& pass, cudaStream_t stream);
int start_backward_keys(const AttnwalkCudaPass& pass, cudaStream_t stream);
int start_statistics(const AttnwalkCudaPass& pass, cudaStream_t stream);
int start_sum(const AttnwalkCudaPass& pass, cudaStream_t stream);
/// scores, edge_dot and weights.
int start_edges(std::int32_t op, const AttnwalkCudaPass& pass, cudaStream_t stream);
int start_gather(const AttnwalkCudaPass& pass, cudaStream_t stream);
/// softmax, softmax_gradient and drop, which look at whole rows.
int start_rows(std::int32_t op, const AttnwalkCudaPass& pass, cudaStream_t stream);
int start_drop_numbers(const AttnwalkCudaPass& pass, cudaStream_t stream);

} // namespace attnwalk::kernels::cuda
