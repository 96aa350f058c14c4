// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/block.hpp"

#include "attnwalk/core/isa.hpp"
#include "attnwalk/kernels/cpu/block_kernels.hpp"

namespace attnwalk::kernels {

// Defined by block_kernels.cpp, once per instruction set.
extern const BlockKernels block_baseline;
#ifdef ATTNWALK_X86_KERNELS
extern const BlockKernels block_avx2;
extern const BlockKernels block_avx512;
#endif

namespace {

/// Above this many rows a block leaves the L2 cache, and processors do not foresee gathers.
constexpr Index prefetch_above = 1 << 13;
constexpr Index prefetch_ahead = 32;

const BlockKernels& block_kernels() {
#ifdef ATTNWALK_X86_KERNELS
  switch (isa()) {
  case Isa::baseline:
    return block_baseline;
  case Isa::avx2:
    return block_avx2;
  case Isa::avx512:
    return block_avx512;
  }
#endif
  return block_baseline;
}

} // namespace

// clang-tidy does not see that y and sums are written through BlockStep.
// NOLINTBEGIN(readability-non-const-parameter)
void block_step(const SpmvPlan& A, Index begin, Index end, double slope, double keep,
                const double* x, double* y, double* sums) {
  // NOLINTEND(readability-non-const-parameter)
  const BlockStep step{.offsets = A.offsets(),
                       .begin = begin,
                       .end = end,
                       .ahead = A.cols() > prefetch_above ? prefetch_ahead : 0,
                       .last = A.entries() - 1,
                       .slope = slope,
                       .keep = keep,
                       .x = x,
                       .y = y,
                       .sums = sums};
  if (A.half() != nullptr)
    block_kernels().half(A.half(), step);
  else
    block_kernels().narrow(A.narrow(), step);
}

void block_shift(Index rows, const double* mean, double* x, double* squares) {
  block_kernels().shift(rows, mean, x, squares);
}

} // namespace attnwalk::kernels
