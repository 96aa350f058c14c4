// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/isa.hpp"
#include "attnwalk/sbm/lane_kernels.hpp"

namespace attnwalk::sbm {

// Defined by lane_kernels.cpp, once per instruction set.
extern const LaneKernels lane_baseline;
#ifdef ATTNWALK_X86_KERNELS
extern const LaneKernels lane_avx2;
extern const LaneKernels lane_avx512;
#endif

const LaneKernels& lane_kernels() {
#ifdef ATTNWALK_X86_KERNELS
  switch (isa()) {
  case Isa::baseline:
    return lane_baseline;
  case Isa::avx2:
    return lane_avx2;
  case Isa::avx512:
    return lane_avx512;
  }
#endif
  return lane_baseline;
}

} // namespace attnwalk::sbm
