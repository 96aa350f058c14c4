// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/exports/order.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/pattern/algebra.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace attnwalk::exports {
namespace {

using pattern::Pattern;

std::vector<Index> counted(Index n) {
  std::vector<Index> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  return numbers;
}

/// Breadth-first searches of a symmetric graph without loops.
class Search {
public:
  explicit Search(const Pattern& G) : G_(G), seen_(static_cast<std::size_t>(G.rows()), 0) {}

  /// A vertex of the component of `start` that is far from another: each search ends in a last
  /// level, whose vertex of fewest neighbors begins the next one, as long as levels are added.
  Index far_from(Index start) {
    Index levels = visit(start);
    while (true) {
      const Index next = *std::min_element(found_.begin() + last_level_, found_.end(),
                                           [&](Index u, Index v) { return fewer(u, v); });
      const Index further = visit(next);
      if (further <= levels)
        return start;
      levels = further;
      start = next;
    }
  }

  /// Appends the component of `start` in Cuthill and McKee's order.
  void append(Index start, std::vector<Index>& order, std::vector<char>& placed) const {
    placed[start] = 1;
    std::size_t at = order.size();
    order.push_back(start);
    for (; at < order.size(); ++at) {
      const auto first = static_cast<std::ptrdiff_t>(order.size());
      for (const Index u : G_.row(order[at]))
        if (placed[u] == 0) {
          placed[u] = 1;
          order.push_back(u);
        }
      std::sort(order.begin() + first, order.end(), [&](Index u, Index v) { return fewer(u, v); });
    }
  }

  [[nodiscard]] bool fewer(Index u, Index v) const {
    return std::pair(G_.degree(u), u) < std::pair(G_.degree(v), v);
  }

private:
  /// Leaves the component of `start` in `found_`, level by level. The number of levels.
  Index visit(Index start) {
    ++round_;
    found_.assign(1, start);
    seen_[start] = round_;
    Index levels = 0;
    for (std::size_t level = 0; level < found_.size(); ++levels) {
      last_level_ = static_cast<std::ptrdiff_t>(level);
      const std::size_t end = found_.size();
      for (; level < end; ++level)
        for (const Index u : G_.row(found_[level]))
          if (std::exchange(seen_[u], round_) != round_)
            found_.push_back(u);
    }
    return levels;
  }

  const Pattern& G_;
  std::vector<Index> seen_; ///< the search that met the vertex last
  Index round_ = 0;
  std::vector<Index> found_;
  std::ptrdiff_t last_level_ = 0;
};

} // namespace

std::vector<Index> order_of(const Pattern& A, Order by) {
  require(A.square(), Code::shape, "an order of tokens needs as many queries as keys, not ",
          A.rows(), " and ", A.cols());
  std::vector<Index> order = counted(A.rows());
  if (by == Order::none)
    return order;
  const Pattern G = symmetrize(without_loops(A));
  if (by == Order::degree) {
    std::stable_sort(order.begin(), order.end(),
                     [&](Index u, Index v) { return G.degree(u) > G.degree(v); });
    return order;
  }
  Search search(G);
  std::sort(order.begin(), order.end(), [&](Index u, Index v) { return search.fewer(u, v); });
  std::vector<Index> numbered;
  numbered.reserve(order.size());
  std::vector<char> placed(order.size(), 0);
  for (const Index v : order)
    if (placed[v] == 0)
      search.append(search.far_from(v), numbered, placed);
  std::reverse(numbered.begin(), numbered.end());
  return numbered;
}

std::vector<Index> order_by_label(std::span<const Index> labels) {
  std::vector<Index> order = counted(static_cast<Index>(labels.size()));
  std::stable_sort(order.begin(), order.end(),
                   [&](Index u, Index v) { return labels[u] < labels[v]; });
  return order;
}

} // namespace attnwalk::exports
