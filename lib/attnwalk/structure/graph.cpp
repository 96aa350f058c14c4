// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/structure/graph.hpp"

#include <algorithm>

namespace attnwalk::pattern {

Edges::Edges(const CsrView<double>& A) : view_(A) {
  const Index m = A.entries();
  if (A.values == nullptr || std::find(A.values, A.values + m, 0.0) == A.values + m)
    return;
  const auto edges = static_cast<std::size_t>(m - std::count(A.values, A.values + m, 0.0));
  kept_.rows = A.rows;
  kept_.cols = A.cols;
  kept_.offsets.resize(A.rows + 1);
  kept_.columns.reserve(edges);
  kept_.values.reserve(edges);
  kept_.offsets[0] = 0;
  for (Index i = 0; i < A.rows; ++i) {
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      if (A.values[e] != 0) {
        kept_.columns.push_back(A.columns[e]);
        kept_.values.push_back(A.values[e]);
      }
    }
    kept_.offsets[i + 1] = static_cast<Index>(kept_.columns.size());
  }
  view_ = kept_.view();
}

} // namespace attnwalk::pattern
