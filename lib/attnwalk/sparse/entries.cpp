// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/entries.hpp"

#include <algorithm>

namespace attnwalk::sparse {

Csr<double> owned(const CsrView<double>& A) {
  Csr<double> out;
  out.rows = A.rows;
  out.cols = A.cols;
  if (A.rows == 0)
    return out;
  out.offsets.assign(A.offsets, A.offsets + A.rows + 1);
  out.columns.assign(A.columns, A.columns + A.entries());
  if (A.values != nullptr)
    out.values.assign(A.values, A.values + A.entries());
  return out;
}

Index drop_zeros(Csr<double>& A) {
  if (std::find(A.values.begin(), A.values.end(), 0.0) == A.values.end())
    return 0;
  Index kept = 0;
  Index begin = 0;
  for (Index i = 0; i < A.rows; ++i) {
    const Index end = A.offsets[i + 1];
    for (Index e = begin; e < end; ++e)
      if (A.values[e] != 0) {
        A.columns[kept] = A.columns[e];
        A.values[kept++] = A.values[e];
      }
    A.offsets[i + 1] = kept;
    begin = end;
  }
  const Index dropped = begin - kept;
  A.columns.resize(kept);
  A.values.resize(kept);
  return dropped;
}

} // namespace attnwalk::sparse
