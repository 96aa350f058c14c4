// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/algebraic.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/generators/circulant.hpp"
#include "attnwalk/generators/numbers.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace attnwalk::pattern {
namespace {

struct Targets {
  std::array<Index, 8> to{};
  std::ptrdiff_t distinct = 0;
};

// The images of vertex i = x m + y under the eight maps, ascending.
Targets margulis_targets(Index i, Index m) {
  const Index x = i / m;
  const Index y = i % m;
  const auto shifted = [m](Index from, Index by) { return (from + by % m) % m; };
  Targets images;
  std::size_t k = 0;
  for (const Index step : {2 * y, 2 * y + 1})
    for (const Index by : {step, m - step % m})
      images.to[k++] = shifted(x, by) * m + y;
  for (const Index step : {2 * x, 2 * x + 1})
    for (const Index by : {step, m - step % m})
      images.to[k++] = x * m + shifted(y, by);
  std::sort(images.to.begin(), images.to.end());
  images.distinct = std::unique(images.to.begin(), images.to.end()) - images.to.begin();
  return images;
}

} // namespace

Pattern margulis(Index n, RowRange range) {
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  const Index m = floor_sqrt(n);
  require(m * m == n, Code::domain, "n = ", n, " must be a square: the nearest n that fits is ",
          nearest_to(n, m * m, m < floor_sqrt_limit ? (m + 1) * (m + 1) : 0));
  return build_rows(
      n, n, range, [m](Index i) { return margulis_targets(i, m).distinct; },
      [m](Index i, Index* out) {
        const Targets images = margulis_targets(i, m);
        std::copy_n(images.to.begin(), images.distinct, out);
      });
}

Pattern paley(Index n, RowRange range) {
  require(is_pythagorean_prime(n), Code::domain, "n = ", n,
          " must be a prime that is 1 mod 4: the nearest n that fits is ",
          nearest_pythagorean_prime(n));
  const auto size = static_cast<double>(n);
  require_room(static_cast<double>(resolved(range, n).size()), size,
               static_cast<double>(resolved(range, n).size()) * (size - 1) / 2);
  require_memory(message("the list of the squares mod ", n), size / 2 * sizeof(Index));
  std::vector<Index> squares(static_cast<std::size_t>(n / 2));
  for (Index x = 1; x <= n / 2; ++x)
    squares[x - 1] = product_mod(x, x, n);
  std::sort(squares.begin(), squares.end());
  return circulant(n, squares, range);
}

Pattern exponential(Index n, RowRange range) {
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  std::vector<Index> steps{0};
  for (int l = 0; l < 63 && (Index{1} << l) < n; ++l)
    steps.push_back(Index{1} << l);
  return circulant(n, steps, range);
}

Pattern debruijn(Index n, Index b, RowRange range) {
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  require(b >= 1, Code::domain, "b = ", b, " must be 1 or more");
  require(b <= n, Code::domain, "b = ", b, " exceeds n = ", n, ": the nearest n that fits is ", b);
  return build_rows(
      n, n, range, [b](Index) { return b; },
      [n, b](Index i, Index* out) {
        const Index first = product_mod(b, i, n);
        const Index wrapped = std::max<Index>(0, b - (n - first));
        std::iota(out, out + wrapped, Index{0});
        std::iota(out + wrapped, out + b, first);
      });
}

} // namespace attnwalk::pattern
