// SPDX-License-Identifier: Apache-2.0
// Inside `kernels`: loops of block.hpp, compiled per instruction set. Not installed.
#pragma once

#include "attnwalk/core/index.hpp"

#include <cstdint>

namespace attnwalk::kernels {

/// Arguments of `block_step`. Entries are prefetched `ahead` before they are read (0: not at all),
/// those below number `last`.
struct BlockStep {
  const Index* offsets;
  Index begin, end;
  Index ahead, last;
  double slope, keep;
  const double* x;
  double* y;
  double* sums;
};

struct BlockKernels {
  void (*half)(const std::uint16_t* columns, const BlockStep& step);
  void (*narrow)(const std::uint32_t* columns, const BlockStep& step);
  void (*shift)(Index rows, const double* mean, double* x, double* squares);
};

} // namespace attnwalk::kernels
