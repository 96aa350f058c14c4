// SPDX-License-Identifier: Apache-2.0
// Inside `kernels`: the inner loop of dense_product.hpp, compiled per instruction set. Not installed.
#pragma once

#include "attnwalk/core/index.hpp"

namespace attnwalk::kernels {

/// A tile of C stays in registers while a strip of A and one of B stream by.
struct ProductKernels {
  Index rows, columns; ///< of the tile
  /// C += A B. a holds `depth` columns of `rows` numbers, b `depth` rows of `columns`; the columns
  /// of C are `step` apart.
  void (*tile)(Index depth, const double* a, const double* b, double* c, Index step);
};

/// No tile of any instruction set has more entries.
constexpr Index largest_tile = 192;

} // namespace attnwalk::kernels
