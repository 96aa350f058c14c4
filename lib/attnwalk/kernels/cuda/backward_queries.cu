// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/cuda/backward.cuh"
#include "attnwalk/kernels/cuda/launch.cuh"

namespace attnwalk::kernels::cuda {

int start_backward_queries(const AttnwalkCudaPass& pass, cudaStream_t stream) {
  return by_shape(pass, [&]<class T, int D>() {
    constexpr int G = half_lanes<T, D>;
    const int started = ruled(pass) || pass.edge != nullptr
                            ? launch(backward<T, D, G, 2, false, true>, item_blocks<G>(pass),
                                     block_threads, pass, stream)
                            : launch(backward<T, D, G, 2, false, false>, item_blocks<G>(pass),
                                     block_threads, pass, stream);
    return started != 0 ? started
                        : launch(merge_sums<T, D, 1>, merge_blocks(pass), D, pass, stream);
  });
}

int start_statistics(const AttnwalkCudaPass& pass, cudaStream_t stream) {
  return by_shape(pass, [&]<class T, int D>() {
    constexpr int G = lanes<T, D>;
    constexpr int per_block = block_threads / G;
    AttnwalkCudaPass all = pass; // every head is a pattern's only one: share = b heads + h
    all.pattern_batch = all.pattern_heads = 1;
    const dim3 blocks(static_cast<unsigned>((pass.queries + per_block - 1) / per_block),
                      static_cast<unsigned>(shares(all)));
    return launch(statistics<T, D, G>, blocks, block_threads, all, stream);
  });
}

} // namespace attnwalk::kernels::cuda
