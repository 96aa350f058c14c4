// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/restrict.hpp"

#include "attnwalk/core/error.hpp"

#include <vector>

namespace attnwalk::sparse {

Csr<double> restricted(const CsrView<double>& A, std::span<const Index> keep) {
  require(A.rows == A.cols, Code::shape, "a matrix of ", A.rows, " x ", A.cols,
          " cannot be restricted to some tokens: it must be square");
  std::vector<Index> number(A.cols, -1);
  for (std::size_t k = 0; k < keep.size(); ++k) {
    require(keep[k] >= 0 && keep[k] < A.rows && (k == 0 || keep[k - 1] < keep[k]), Code::index,
            "token ", keep[k], " to keep must be in [0, ", A.rows, "), and ascend");
    number[keep[k]] = static_cast<Index>(k);
  }
  Csr<double> R;
  R.rows = R.cols = static_cast<Index>(keep.size());
  for (const Index i : keep) {
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const Index j = number[A.columns[e]];
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
