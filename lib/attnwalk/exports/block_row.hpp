// SPDX-License-Identifier: Apache-2.0
// Inside `exports`: which blocks one row of blocks touches. Not installed.
#pragma once

#include "attnwalk/core/error.hpp"
#include "attnwalk/exports/blocks.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace attnwalk::exports {

[[nodiscard]] inline Index rounded_up(Index n, Index part) {
  return n / part + (n % part == 0 ? 0 : 1);
}

inline void require_size(BlockSize size) {
  const Index most = Index{1} << 20;
  for (const Index side : {size.queries, size.keys})
    require(side >= 1 && side <= most, Code::domain, "block = ", side,
            " must be at least 1 and at most ", most);
}

/// Counts the entries of the touched blocks of one row of blocks after another.
class BlockRow {
public:
  BlockRow(const CsrStructure& A, BlockSize size)
      : A_(A), size_(size), counts_(static_cast<std::size_t>(rounded_up(A.cols, size.keys)), 0) {}

  /// Goes to row I of blocks. Its touched columns of blocks, ascending.
  std::span<const Index> visit(Index I) {
    for (const Index J : touched_)
      counts_[J] = 0;
    touched_.clear();
    each_entry(I, [&](Index, Index J, Index) {
      if (counts_[J]++ == 0)
        touched_.push_back(J);
    });
    std::sort(touched_.begin(), touched_.end());
    return touched_;
  }
  /// What is known of column J of blocks: after `visit` the number of its entries, which the caller may replace.
  [[nodiscard]] Index& at(Index J) { return counts_[J]; }
  [[nodiscard]] bool full(Index J) const { return counts_[J] == size_.queries * size_.keys; }

  /// Calls visit(i, J, j) for every entry (i, j) of row I of blocks, J its column of blocks.
  template <class Visit>
  void each_entry(Index I, const Visit& visit) const {
    const Index end = std::min(A_.rows, (I + 1) * size_.queries);
    for (Index i = I * size_.queries; i < end; ++i) {
      Index J = -1;
      Index limit = 0; // the first column behind block J
      for (const Index j : A_.row(i)) {
        if (j >= limit) {
          J = j / size_.keys;
          limit = (J + 1) * size_.keys;
        }
        visit(i, J, j);
      }
    }
  }

private:
  CsrStructure A_;
  BlockSize size_;
  std::vector<Index> counts_;
  std::vector<Index> touched_;
};

} // namespace attnwalk::exports
