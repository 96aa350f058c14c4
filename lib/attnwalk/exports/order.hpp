// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/names.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <array>
#include <span>
#include <vector>

namespace attnwalk::exports {

/// Ways to number the tokens so that entries share blocks.
enum class Order {
  none,   ///< as they are
  degree, ///< most neighbors first, ties by number: hubs share the first blocks
  rcm,    ///< reverse Cuthill-McKee: neighbors get near numbers
};
[[nodiscard]] constexpr auto names_of(Order /*which*/) {
  return std::to_array<Name<Order>>(
      {{Order::none, "none"}, {Order::degree, "degree"}, {Order::rcm, "rcm"}});
}
[[nodiscard]] constexpr std::string_view to_string(Order x) {
  return name_of(x);
}

/// A numbering of the tokens: `order[k]` is the token that becomes number k. pattern::permute takes
/// it; q, k and v have to be taken in this order, and the rows of the result put back.
///
/// Directions and loops are ignored: i and j are neighbors if (i, j) or (j, i) is an entry.
/// Cuthill-McKee visits the neighbors of the vertex visited longest ago next, fewest neighbors
/// first, from a vertex far from the others (George and Liu's search), component by component; its
/// reverse has the same bandwidth and less fill.
///
/// @param A  n x n
/// @throws Error{shape} if A is rectangular: queries and keys have numbers of their own then
/// @cost   O(m log degree + n log n)
/// @see    [cuthill1969], [george1979]
[[nodiscard]] std::vector<Index> order_of(const pattern::Pattern& A, Order by);

/// The numbering that puts tokens of one label together, labels ascending, tokens of a label as
/// they were: the order of a block model whose clusters are the labels.
/// @cost O(n log n)
[[nodiscard]] std::vector<Index> order_by_label(std::span<const Index> labels);

} // namespace attnwalk::exports
