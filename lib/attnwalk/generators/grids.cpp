// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/grids.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/numbers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>

namespace attnwalk::pattern {

Pattern hypercube(Index n, RowRange range) {
  const auto size = static_cast<std::uint64_t>(std::max<Index>(n, 1));
  require(n >= 1 && std::has_single_bit(size), Code::domain, "n = ", n,
          " must be a power of two: the nearest n that fits is ",
          nearest_to(n, static_cast<Index>(std::bit_floor(size)),
                     static_cast<Index>(std::bit_floor(size) * 2)));
  const Index dimension = std::countr_zero(size);
  return build_rows(
      n, n, range, [=](Index) { return dimension; },
      [=](Index i, Index* out) {
        // Clearing a bit lowers i, the highest most; setting one raises it, the lowest least.
        for (Index bit = dimension - 1; bit >= 0; --bit)
          if ((i >> bit & 1) != 0)
            *out++ = i ^ (Index{1} << bit);
        for (Index bit = 0; bit < dimension; ++bit)
          if ((i >> bit & 1) == 0)
            *out++ = i ^ (Index{1} << bit);
      });
}

Pattern torus(Index a, Index b, RowRange range) {
  require(a >= 3, Code::domain, "a = ", a, " must be 3 or more");
  require(b >= 3, Code::domain, "b = ", b, " must be 3 or more");
  require(a <= std::numeric_limits<Index>::max() / b, Code::domain,
          "a b = ", static_cast<double>(a) * static_cast<double>(b), " must be below 2^63");
  return build_rows(
      a * b, a * b, range, [](Index) { return Index{4}; },
      [=](Index i, Index* out) {
        const Index x = i / b;
        const Index y = i % b;
        std::array<Index, 4> to{(x == 0 ? a - 1 : x - 1) * b + y, (x == a - 1 ? 0 : x + 1) * b + y,
                                x * b + (y == 0 ? b - 1 : y - 1), x * b + (y == b - 1 ? 0 : y + 1)};
        std::sort(to.begin(), to.end());
        std::copy(to.begin(), to.end(), out);
      });
}

Pattern axial(Index n, Index cols, RowRange range) {
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  require(cols >= 1, Code::domain, "cols = ", cols, " must be 1 or more");
  const Index below = n - n % cols;
  const Index top = std::numeric_limits<Index>::max();
  require(n % cols == 0, Code::domain, "cols = ", cols, " must divide n = ", n,
          ": the nearest n that fits is ",
          nearest_to(n, below, below <= top - cols ? below + cols : 0));
  const Index height = n / cols;
  return build_rows(
      n, n, range, [=](Index) { return cols + height - 1; },
      [=](Index i, Index* out) {
        const Index x = i / cols;
        const Index y = i % cols;
        for (Index above = 0; above < x; ++above)
          *out++ = above * cols + y;
        std::iota(out, out + cols, x * cols);
        out += cols;
        for (Index beneath = x + 1; beneath < height; ++beneath)
          *out++ = beneath * cols + y;
      });
}

} // namespace attnwalk::pattern
