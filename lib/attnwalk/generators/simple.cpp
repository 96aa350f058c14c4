// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/simple.hpp"

#include "attnwalk/core/error.hpp"

#include <numeric>

namespace attnwalk::pattern {

Pattern full(Index n, Index m, RowRange range) {
  require(n >= 0 && m >= 0, Code::domain, "the sizes ", n, " x ", m, " must be 0 or more");
  const auto made = static_cast<double>(resolved(range, n).size());
  require_room(made, static_cast<double>(m), made * static_cast<double>(m));
  return build_rows(
      n, m, range, [m](Index) { return m; },
      [m](Index, Index* out) { std::iota(out, out + m, Index{0}); });
}

Pattern none(Index n, Index m, RowRange range) {
  require(n >= 0 && m >= 0, Code::domain, "the sizes ", n, " x ", m, " must be 0 or more");
  return build_rows(
      n, m, range, [](Index) { return Index{0}; }, [](Index, Index*) {});
}

Pattern star(Index n, Index g, RowRange range) {
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  require(g >= 0, Code::domain, "g = ", g, " must be 0 or more");
  require(g < n, Code::domain, "n = ", n, " must exceed g = ", g, ": the nearest n that fits is ",
          static_cast<std::uint64_t>(g) + 1);
  return build_rows(
      n, n, range, [=](Index i) { return i < g ? n - g : g; },
      [=](Index i, Index* out) {
        if (i < g)
          std::iota(out, out + (n - g), g);
        else
          std::iota(out, out + g, Index{0});
      });
}

} // namespace attnwalk::pattern
