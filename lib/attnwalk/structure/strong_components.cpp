// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/validate.hpp"
#include "attnwalk/structure/graph.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace attnwalk::pattern {

Labels strong_components(const CsrView<double>& A) {
  require(A.rows == A.cols, Code::shape, "strong components need a square matrix, not ", A.rows,
          " x ", A.cols);
  sparse::validate(A);
  const Edges edges(A);
  const CsrView<double>& G = edges.view();
  const auto n = static_cast<std::size_t>(G.rows);

  // Pearce's form of Tarjan's algorithm: `mark` is 0 for unseen vertices, the lowest visit number
  // that is known to be in reach while a vertex is open, and n + 1 + label once its component is
  // complete.
  const Index done = G.rows + 1;
  std::vector<Index> mark(n, 0);
  std::vector<Index> open;   // visited, component not complete
  std::vector<Index> path;   // from the root of the search to the current vertex
  std::vector<Index> cursor; // next entry to look at, for each vertex of the path
  std::vector<Index> number; // visit number, for each vertex of the path
  Labels result{0, std::vector<Index>(n)};

  Index visits = 0;
  const auto enter = [&](Index v) {
    mark[v] = ++visits;
    path.push_back(v);
    cursor.push_back(G.offsets[v]);
    number.push_back(visits);
  };
  for (Index root = 0; root < G.rows; ++root) {
    if (mark[root] != 0)
      continue;
    enter(root);
    while (!path.empty()) {
      const Index v = path.back();
      Index& low = mark[v];
      Index child = -1;
      for (Index& e = cursor.back(); e < G.offsets[v + 1]; ++e) {
        const Index u = G.columns[e];
        const Index seen = mark[u];
        if (seen == 0) {
          child = u;
          break;
        }
        low = std::min(low, seen); // complete components have marks above every visit number
      }
      if (child >= 0) {
        enter(child); // its entry is looked at again afterwards and hands its mark up
        continue;
      }
      const Index own = number.back();
      path.pop_back();
      cursor.pop_back();
      number.pop_back();
      open.push_back(v);
      if (low != own)
        continue;
      // v is the first visited of its component: all opened since then reach it. They were pushed
      // after their visits, so those with marks >= own on top of the stack are its members.
      while (!open.empty() && mark[open.back()] >= own) {
        const Index member = open.back();
        open.pop_back();
        mark[member] = done + result.count;
        result.of[member] = result.count;
      }
      ++result.count;
    }
  }
  return result;
}

std::vector<ClosedClass> closed_classes(const CsrView<double>& A, const Labels& strong) {
  const auto parts = static_cast<std::size_t>(strong.count);
  const auto label = [&](Index v) { return static_cast<std::size_t>(strong.of[v]); };
  std::vector<Index> size(parts, 0);
  std::vector<Index> root(parts, -1);
  std::vector<char> leaves(parts, 0);
  for (Index i = 0; i < A.rows; ++i) {
    const std::size_t own = label(i);
    if (size[own]++ == 0)
      root[own] = i;
    if (leaves[own] != 0)
      continue;
    for (const Index j : A.row(i))
      if (label(j) != own)
        leaves[own] = 1;
  }

  std::vector<ClosedClass> classes;
  std::vector<Index> level(static_cast<std::size_t>(A.rows), -1);
  std::vector<Index> queue;
  for (std::size_t part = 0; part < parts; ++part) {
    if (leaves[part] != 0)
      continue;
    // An edge u -> v of a closed class closes cycles of lengths that differ by level(u) + 1 -
    // level(v), and the gcd of these differences is the gcd of all cycle lengths.
    Index period = 0;
    queue.assign(1, root[part]);
    level[root[part]] = 0;
    for (std::size_t head = 0; head < queue.size() && period != 1; ++head) {
      const Index next = level[queue[head]] + 1;
      for (const Index v : A.row(queue[head])) {
        Index& there = level[v];
        if (there < 0) {
          there = next;
          queue.push_back(v);
        } else {
          period = std::gcd(period, std::abs(next - there));
        }
      }
    }
    // A vertex without entries has no cycle; the policy `loop` of the spectral module gives it one.
    classes.push_back({static_cast<Index>(part), size[part], std::max<Index>(period, 1)});
  }
  return classes;
}

} // namespace attnwalk::pattern
