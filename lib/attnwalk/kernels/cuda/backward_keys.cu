// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/cuda/launch.cuh"
#include "attnwalk/kernels/cuda/ring.cuh"

namespace attnwalk::kernels::cuda {
namespace {

template <class T, int D>
int start(const AttnwalkCudaPass& pass, cudaStream_t stream) {
  constexpr int G = half_lanes<T, D>;
  if (ruled(pass))
    return launch(backward<T, D, G, 2, true, true>, item_blocks<G>(pass), block_threads, pass,
                  stream);
  if constexpr (sizeof(T) == 4) {
    return launch(backward<T, D, G, 2, true, false>, item_blocks<G>(pass), block_threads, pass,
                  stream);
  } else {
    constexpr int stages = D == 64 ? 2 : 4;
    constexpr int bytes = ring_bytes<T, D, G, stages>;
    static_assert(bytes <= 48 << 10, "more needs cudaFuncSetAttribute on each device");
    return launch(backward_ring<T, D, G, stages>, item_blocks<G>(pass), block_threads, pass, stream,
                  bytes);
  }
}

} // namespace

int start_backward_keys(const AttnwalkCudaPass& pass, cudaStream_t stream) {
  return by_shape(pass, [&]<class T, int D>() {
    const int started = start<T, D>(pass, stream);
    return started != 0 ? started
                        : launch(merge_sums<T, D, 2>, merge_blocks(pass), D, pass, stream);
  });
}

} // namespace attnwalk::kernels::cuda
