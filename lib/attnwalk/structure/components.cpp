// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/validate.hpp"
#include "attnwalk/structure/graph.hpp"

#include <algorithm>
#include <numeric>

namespace attnwalk::pattern {
namespace {

/// Union-find that also keeps the parity of the path from each vertex to its root, so that an edge
/// between vertices of equal parity shows an odd cycle.
class ParityForest {
public:
  explicit ParityForest(Index n)
      : parent_(static_cast<std::size_t>(n)), odd_(parent_.size()), odd_cycle_(parent_.size()),
        size_(parent_.size(), 1) {
    std::iota(parent_.begin(), parent_.end(), Index{0});
  }

  struct Place {
    Index root = 0;
    bool odd = false;
  };

  /// Path halving: every other vertex on the way is hung below its grandparent.
  Place find(Index v) {
    bool odd = false;
    while (parent(v) != v) {
      const Index up = parent(v);
      odd_[at(v)] = static_cast<char>(odd_[at(v)] ^ odd_[at(up)]);
      parent_[at(v)] = parent(up);
      odd ^= odd_[at(v)] != 0;
      v = parent(v);
    }
    return {v, odd};
  }

  void join(Index u, Index v) {
    const Place a = find(u);
    const Place b = find(v);
    if (a.root == b.root) {
      if (a.odd == b.odd)
        odd_cycle_[at(a.root)] = 1;
      return;
    }
    const Index big = size_[at(a.root)] >= size_[at(b.root)] ? a.root : b.root;
    const Index small = big == a.root ? b.root : a.root;
    parent_[at(small)] = big;
    odd_[at(small)] = static_cast<char>(a.odd == b.odd);
    if (odd_cycle_[at(small)] != 0)
      odd_cycle_[at(big)] = 1;
    size_[at(big)] += size_[at(small)];
  }

  [[nodiscard]] bool has_odd_cycle(Index root) const { return odd_cycle_[at(root)] != 0; }
  [[nodiscard]] Index size(Index root) const { return size_[at(root)]; }

private:
  [[nodiscard]] static std::size_t at(Index v) { return static_cast<std::size_t>(v); }
  [[nodiscard]] Index parent(Index v) const { return parent_[at(v)]; }

  std::vector<Index> parent_;
  std::vector<char> odd_; ///< parity of the step to the parent
  std::vector<char> odd_cycle_;
  std::vector<Index> size_;
};

} // namespace

Parity parity_components(const CsrView<double>& A) {
  const bool square = A.rows == A.cols;
  const Index vertices = square ? A.rows : A.rows + A.cols;
  const Index first_key = square ? 0 : A.rows;
  ParityForest forest(vertices);
  for (Index i = 0; i < A.rows; ++i)
    for (const Index j : A.row(i))
      forest.join(i, first_key + j);

  Parity result;
  result.components.of.resize(vertices);
  std::vector<Index> label(result.components.of.size(), -1);
  for (Index v = 0; v < vertices; ++v) {
    const Index root = forest.find(v).root;
    Index& number = label[root];
    if (number < 0) {
      number = result.components.count++;
      result.sizes.push_back(forest.size(root));
      result.bipartite += forest.has_odd_cycle(root) ? 0 : 1;
    }
    result.components.of[v] = number;
  }
  return result;
}

Labels components(const CsrView<double>& A) {
  sparse::validate(A);
  return parity_components(Edges(A).view()).components;
}

} // namespace attnwalk::pattern
