// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/circulant.hpp"

#include <algorithm>

namespace attnwalk::pattern {

Pattern circulant(Index n, std::span<const Index> steps, RowRange range) {
  const auto degree = static_cast<Index>(steps.size());
  return build_rows(
      n, n, range, [degree](Index) { return degree; },
      [n, steps](Index i, Index* out) {
        // i + step stays below n for the steps before the turn; those that wrap come first.
        const auto turn = std::lower_bound(steps.begin(), steps.end(), n - i);
        out = std::transform(turn, steps.end(), out, [=](Index step) { return i - (n - step); });
        std::transform(steps.begin(), turn, out, [=](Index step) { return i + step; });
      });
}

} // namespace attnwalk::pattern
