// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/dense_product.hpp"

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/isa.hpp"
#include "attnwalk/kernels/cpu/product_kernels.hpp"

#include <algorithm>
#include <cstring>

namespace attnwalk::kernels {

// Defined by product_kernels.cpp, once per instruction set.
extern const ProductKernels product_baseline;
#ifdef ATTNWALK_X86_KERNELS
extern const ProductKernels product_avx2;
extern const ProductKernels product_avx512;
#endif

namespace {

/// Blocks of A and B that stay in the second and third cache: depth x most_rows, depth x most_columns.
constexpr Index most_depth = 256;
constexpr Index most_rows = 144;
constexpr Index most_columns = 128;

const ProductKernels& product_kernels() {
#ifdef ATTNWALK_X86_KERNELS
  switch (isa()) {
  case Isa::baseline:
    return product_baseline;
  case Isa::avx2:
    return product_avx2;
  case Isa::avx512:
    return product_avx512;
  }
#endif
  return product_baseline;
}

Index rounded_up(Index x, Index unit) {
  return (x + unit - 1) / unit * unit;
}

/// Copies `count` lines of `depth` numbers as strips of `width` lines, number by number; what is
/// missing of the last strip is 0. A line is a row of A or a column of B.
template <Index width>
void pack(const double* from, Index line_step, Index step, Index count, Index depth, double* to) {
  for (Index first = 0; first < count; first += width, to += width * depth) {
    const Index here = std::min(width, count - first);
    const double* strip = from + first * line_step;
    if (here < width)
      std::fill(to, to + width * depth, 0.0);
    if (line_step == 1 && here == width)
      for (Index k = 0; k < depth; ++k)
        std::memcpy(to + k * width, strip + k * step, width * sizeof(double)); // inlined
    else
      for (Index line = 0; line < here; ++line)
        for (Index k = 0; k < depth; ++k)
          to[k * width + line] = strip[line * line_step + k * step];
  }
}

/// The widths that a kernel may have are constants: a call for each would take longer than the copying.
void pack(Index width, const double* from, Index line_step, Index step, Index count, Index depth,
          double* to) {
  switch (width) {
  case 4:
    return pack<4>(from, line_step, step, count, depth, to);
  case 6:
    return pack<6>(from, line_step, step, count, depth, to);
  case 8:
    return pack<8>(from, line_step, step, count, depth, to);
  case 12:
    return pack<12>(from, line_step, step, count, depth, to);
  default:
    return pack<24>(from, line_step, step, count, depth, to);
  }
}

} // namespace

void dense_product(Index rows, Index columns, Index depth, const Strided& A, const Strided& B,
                   double* C, Index step) {
  const ProductKernels& kernels = product_kernels();
  const Index high = kernels.rows;
  const Index wide = kernels.columns;
  for (Index j = 0; j < columns; ++j)
    std::fill(C + j * step, C + j * step + rows, 0.0);
  Buffer<double> a(rounded_up(std::min(rows, most_rows), high) * std::min(depth, most_depth));
  Buffer<double> b(rounded_up(std::min(columns, most_columns), wide) * std::min(depth, most_depth));
  alignas(64) double edge[largest_tile];
  for (Index j = 0; j < columns; j += most_columns)
    for (Index k = 0; k < depth; k += most_depth) {
      const Index across = std::min(most_columns, columns - j);
      const Index deep = std::min(most_depth, depth - k);
      pack(wide, B.data + k * B.row_step + j * B.column_step, B.column_step, B.row_step, across,
           deep, b.data());
      for (Index i = 0; i < rows; i += most_rows) {
        const Index down = std::min(most_rows, rows - i);
        pack(high, A.data + i * A.row_step + k * A.column_step, A.row_step, A.column_step, down,
             deep, a.data());
        for (Index t = 0; t < across; t += wide)
          for (Index s = 0; s < down; s += high) {
            double* c = C + (j + t) * step + i + s;
            if (s + high <= down && t + wide <= across) {
              kernels.tile(deep, a.data() + s * deep, b.data() + t * deep, c, step);
              continue;
            }
            std::fill(edge, edge + high * wide, 0.0);
            kernels.tile(deep, a.data() + s * deep, b.data() + t * deep, edge, high);
            for (Index v = 0; v < std::min(wide, across - t); ++v)
              for (Index u = 0; u < std::min(high, down - s); ++u)
                c[v * step + u] += edge[v * high + u];
          }
      }
    }
}

} // namespace attnwalk::kernels
