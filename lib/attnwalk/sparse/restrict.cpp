// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/restrict.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <vector>

namespace attnwalk::sparse {

Csr<double> restricted(const CsrView<double>& A, std::span<const Index> keep) {
  require(A.rows == A.cols, Code::shape, "a matrix of ", A.rows, " x ", A.cols,
          " cannot be restricted to some tokens: it must be square");
  for (std::size_t k = 0; k < keep.size(); ++k)
    require(keep[k] >= 0 && keep[k] < A.rows && (k == 0 || keep[k - 1] < keep[k]), Code::index,
            "token ", keep[k], " to keep must be in [0, ", A.rows, "), and ascend");
  // A table of all tokens pays for large parts alone: a graph may have n / 2 parts.
  const bool large = std::ssize(keep) >= A.cols / 32;
  std::vector<Index> table(large ? A.cols : 0, -1);
  if (large)
    for (std::size_t k = 0; k < keep.size(); ++k)
      table[keep[k]] = static_cast<Index>(k);
  const auto number = [&](Index j) -> Index {
    if (large)
      return table[j];
    const auto at = std::lower_bound(keep.begin(), keep.end(), j);
    return at != keep.end() && *at == j ? static_cast<Index>(at - keep.begin()) : -1;
  };
  Csr<double> R;
  R.rows = R.cols = static_cast<Index>(keep.size());
  for (const Index i : keep) {
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const Index j = number(A.columns[e]);
      if (j < 0)
        continue;
      R.columns.push_back(j);
      if (A.values != nullptr)
        R.values.push_back(A.values[e]);
    }
    R.offsets.push_back(static_cast<Index>(R.columns.size()));
  }
  return R;
}

} // namespace attnwalk::sparse
