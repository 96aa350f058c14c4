// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/cuda/forward.cuh"
#include "attnwalk/kernels/cuda/launch.cuh"

namespace attnwalk::kernels::cuda {

int start_forward(const AttnwalkCudaPass& pass, cudaStream_t stream) {
  return by_shape(pass, [&]<class T, int D>() {
    constexpr int G = lanes<T, D>;
    const int started =
        ruled(pass)
            ? launch(forward<T, D, G, 4, true>, item_blocks<G>(pass), block_threads, pass, stream)
            : launch(forward<T, D, G, 4, false>, item_blocks<G>(pass), block_threads, pass, stream);
    return started != 0 ? started
                        : launch(merge_forward<T, D>, merge_blocks(pass), D, pass, stream);
  });
}

} // namespace attnwalk::kernels::cuda
