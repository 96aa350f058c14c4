// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

namespace attnwalk::kernels {

/// A dense matrix read in any order: entry (i, k) is data[i row_step + k column_step].
struct Strided {
  const double* data;
  Index row_step, column_step;
};

/// C = A B with C column by column, each `step` after the one before. The sum over k runs in one order
/// for all of C: the same bits whatever part of C is asked for, per instruction set.
///
/// @param C  rows x columns, overwritten; no overlap with A and B
/// @cost  2 rows columns depth flops; some 400 KiB
void dense_product(Index rows, Index columns, Index depth, const Strided& A, const Strided& B,
                   double* C, Index step);

} // namespace attnwalk::kernels
