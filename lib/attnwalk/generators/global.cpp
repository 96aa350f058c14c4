// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/global.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/draw.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace attnwalk::pattern {
namespace {

constexpr std::array<std::string_view, 3> at_names{"first", "spread", "random"};

} // namespace

std::string_view to_string(GlobalAt at) {
  return at_names.at(static_cast<std::size_t>(at));
}

GlobalAt parse_global_at(std::string_view name) {
  const auto* const found = std::find(at_names.begin(), at_names.end(), name);
  require(found != at_names.end(), Code::domain, "at = ", name, " must be first, spread or random");
  return static_cast<GlobalAt>(found - at_names.begin());
}

std::vector<Index> global_positions(Index n, Index g, const GlobalOptions& how) {
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  require(g >= 0, Code::domain, "g = ", g, " must be 0 or more");
  require(g <= n, Code::domain, "g = ", g, " must be at most the number of tokens, ", n,
          "; the nearest n that fits is ", g);
  std::vector<Index> G(static_cast<std::size_t>(g));
  switch (how.at) {
  case GlobalAt::first:
    std::iota(G.begin(), G.end(), Index{0});
    break;
  case GlobalAt::spread: { // floor(k n / g) by adding n / g and its remainder: k n may overflow
    Index carry = 0;
    Index position = 0;
    for (Index& here : G) {
      here = position;
      position += n / g;
      carry += n % g;
      if (carry >= g) {
        carry -= g;
        ++position;
      }
    }
    break;
  }
  case GlobalAt::random: {
    RandomStream draw(how.key);
    distinct(draw, n, g, G.data());
    break;
  }
  }
  return G;
}

Pattern global_tokens(Index n, Index m, Index g, const GlobalOptions& how) {
  require(n >= 0 && m >= 0, Code::domain, "an ", n, " x ", m, " pattern has a negative size");
  const std::vector<Index> G = global_positions(std::min(n, m), g, how);
  const RowRange part = resolved(how.rows, n);
  const auto is_global = [&](Index i) { return std::binary_search(G.begin(), G.end(), i); };
  return build_rows(
      n, m, part, [&](Index i) { return is_global(i) ? m : g; },
      [&](Index i, Index* out) {
        if (is_global(i))
          std::iota(out, out + m, Index{0});
        else
          std::copy(G.begin(), G.end(), out);
      },
      how.threads);
}

} // namespace attnwalk::pattern
