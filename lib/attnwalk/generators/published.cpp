// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/published.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <numeric>

namespace attnwalk::pattern {

Pattern longformer(Index n, Index width, Index g, RowRange range) {
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  require(width >= 0 && width % 2 == 0, Code::domain, "width = ", width,
          " must be even and 0 or more");
  require(g >= 0, Code::domain, "g = ", g, " must be 0 or more");
  require(g <= n, Code::domain, "g = ", g, " exceeds n = ", n, ": the nearest n that fits is ", g);
  const Index half = std::min(width / 2, n); // i + half must not overflow
  // A row is the globals, then what the window adds behind them.
  const auto first = [=](Index i) { return i < g ? g : std::max(g, i - half); };
  const auto last = [=](Index i) { return i < g ? n - 1 : std::min(n - 1, i + half); };
  return build_rows(
      n, n, range, [=](Index i) { return g + last(i) - first(i) + 1; },
      [=](Index i, Index* out) {
        std::iota(out, out + g, Index{0});
        std::iota(out + g, out + (g + last(i) - first(i) + 1), first(i));
      });
}

} // namespace attnwalk::pattern
