// SPDX-License-Identifier: Apache-2.0
// Compiled once per instruction set.
#include "attnwalk/kernels/cpu/product_kernels.hpp"

#include "attnwalk/kernels/cpu/lanes.hpp"

namespace attnwalk::kernels {
namespace {

constexpr Index width = lanes<double>;
// With the sums, 3 vectors of A and one of B fit the 16 registers, or the 32 of AVX-512.
constexpr Index vectors = 3;
constexpr Index columns = width == 8 ? 8 : 4;
static_assert(vectors * width * columns <= largest_tile);
using V = Vector<double>;

void tile(Index depth, const double* a, const double* b, double* c, Index step) {
  V sums[columns][vectors] = {};
  for (Index k = 0; k < depth; ++k, a += vectors * width, b += columns) {
    V left[vectors];
    for (Index v = 0; v < vectors; ++v)
      left[v] = load(a + v * width);
    for (Index j = 0; j < columns; ++j) {
      const V right = broadcast(b[j]);
      for (Index v = 0; v < vectors; ++v)
        sums[j][v] += left[v] * right;
    }
  }
  for (Index j = 0; j < columns; ++j)
    for (Index v = 0; v < vectors; ++v) {
      double* at = c + j * step + v * width;
      store(at, load(at) + sums[j][v]);
    }
}

} // namespace

extern const ProductKernels ATTNWALK_PRODUCT_KERNELS;
const ProductKernels ATTNWALK_PRODUCT_KERNELS{vectors * width, columns, tile};

} // namespace attnwalk::kernels
