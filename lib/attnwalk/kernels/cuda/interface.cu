// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/cuda/interface.hpp"
#include "attnwalk/kernels/cuda/launch.cuh"

namespace {

/// The bound of a grid's second side, which counts heads.
constexpr std::int64_t most_shares = 65535;

} // namespace

int attnwalk_cuda_run(std::int32_t op, const AttnwalkCudaPass* pass, void* stream) {
  using namespace attnwalk::kernels::cuda;
  const auto heads = static_cast<std::int64_t>(pass->batch) * pass->heads;
  if (heads == 0)
    return 0;
  if (heads > most_shares)
    return refused;
  const auto on = static_cast<cudaStream_t>(stream);
  switch (op) {
  case attnwalk_cuda_forward:
    return start_forward(*pass, on);
  case attnwalk_cuda_statistics:
    return start_statistics(*pass, on);
  case attnwalk_cuda_backward_queries:
    return start_backward_queries(*pass, on);
  case attnwalk_cuda_backward_keys:
    return start_backward_keys(*pass, on);
  case attnwalk_cuda_sum:
    return start_sum(*pass, on);
  case attnwalk_cuda_scores:
  case attnwalk_cuda_edge_dot:
  case attnwalk_cuda_weights:
    return start_edges(op, *pass, on);
  case attnwalk_cuda_softmax:
  case attnwalk_cuda_softmax_gradient:
  case attnwalk_cuda_drop:
    return start_rows(op, *pass, on);
  case attnwalk_cuda_drop_numbers:
    return start_drop_numbers(*pass, on);
  case attnwalk_cuda_gather:
    return start_gather(*pass, on);
  default:
    return refused;
  }
}

std::int64_t attnwalk_cuda_partial(std::int32_t op, std::int32_t width) {
  switch (op) {
  case attnwalk_cuda_forward:
    return width + 4; // the running maximum and sum, and rows that start at multiples of 16 bytes
  case attnwalk_cuda_backward_queries:
  case attnwalk_cuda_sum:
    return width;
  case attnwalk_cuda_backward_keys:
    return 2 * width;
  default:
    return 0;
  }
}

const char* attnwalk_cuda_error(int code) {
  return code == attnwalk::kernels::cuda::refused
             ? "a width other than 32, 64 and 128, an unknown type or operation, or more than "
               "65535 heads"
             : cudaGetErrorString(static_cast<cudaError_t>(code));
}

std::int64_t attnwalk_cuda_pass_bytes() {
  return sizeof(AttnwalkCudaPass);
}
