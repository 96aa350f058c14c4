// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/cuda/edges.cuh"
#include "attnwalk/kernels/cuda/launch.cuh"

namespace attnwalk::kernels::cuda {
namespace {

template <Into into>
int start_products(const AttnwalkCudaPass& pass, cudaStream_t stream) {
  return by_shape(pass, [&]<class T, int D>() {
    constexpr int G = lanes<T, D>;
    return launch(edge_products<T, D, G, 4, into>, item_blocks<G>(pass), block_threads, pass,
                  stream);
  });
}

} // namespace

int start_sum(const AttnwalkCudaPass& pass, cudaStream_t stream) {
  return by_shape(pass, [&]<class T, int D>() {
    constexpr int G = lanes<T, D>;
    constexpr int U = G < 8 ? G : 8;
    const int started = launch(sum<T, D, G, U>, item_blocks<G>(pass), block_threads, pass, stream);
    return started != 0 ? started
                        : launch(merge_sums<T, D, 1>, merge_blocks(pass), D, pass, stream);
  });
}

int start_edges(std::int32_t op, const AttnwalkCudaPass& pass, cudaStream_t stream) {
  switch (op) {
  case attnwalk_cuda_scores:
    return start_products<Into::scores>(pass, stream);
  case attnwalk_cuda_edge_dot:
    return start_products<Into::added>(pass, stream);
  default:
    return start_products<Into::weights>(pass, stream);
  }
}

int start_gather(const AttnwalkCudaPass& pass, cudaStream_t stream) {
  return by_shape(pass, [&]<class T, int D>() {
    constexpr int G = lanes<T, D>;
    return launch(gather<T, D, G, 4>, item_blocks<G>(pass), block_threads, pass, stream);
  });
}

int start_rows(std::int32_t op, const AttnwalkCudaPass& pass, cudaStream_t stream) {
  const auto patterns = static_cast<std::int64_t>(pass.pattern_batch) * pass.pattern_heads;
  const dim3 blocks(static_cast<unsigned>(patterns * pass.rows),
                    static_cast<unsigned>(shares(pass)));
  switch (op) {
  case attnwalk_cuda_softmax:
    return launch(softmax, blocks, row_threads, pass, stream);
  case attnwalk_cuda_softmax_gradient:
    return launch(softmax_gradient, blocks, row_threads, pass, stream);
  default:
    return launch(drop, blocks, row_threads, pass, stream);
  }
}

int start_drop_numbers(const AttnwalkCudaPass& pass, cudaStream_t stream) {
  AttnwalkCudaPass all = pass; // every head is a pattern's only one: share = b heads + h
  all.pattern_batch = all.pattern_heads = 1;
  const auto numbers = static_cast<std::int64_t>(pass.queries) * pass.width;
  const dim3 blocks(static_cast<unsigned>((numbers + row_threads - 1) / row_threads),
                    static_cast<unsigned>(shares(all)));
  switch (pass.type) {
  case attnwalk_cuda_float:
    return launch(drop_numbers<float>, blocks, row_threads, all, stream);
  case attnwalk_cuda_half:
    return launch(drop_numbers<__half>, blocks, row_threads, all, stream);
  case attnwalk_cuda_bfloat16:
    return launch(drop_numbers<__nv_bfloat16>, blocks, row_threads, all, stream);
  default:
    return refused;
  }
}

} // namespace attnwalk::kernels::cuda
