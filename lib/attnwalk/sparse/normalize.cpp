// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/normalize.hpp"

#include "attnwalk/sparse/sums.hpp"

#include <algorithm>

namespace attnwalk::sparse {

Buffer<double> normalized_values(const CsrView<double>& W) {
  Buffer<double> values(W.entries());
  for (Index i = 0; i < W.rows; ++i) {
    const std::span<double> row(values.data() + W.offsets[i], W.row(i).size());
    double largest = 0;
    for (std::size_t k = 0; k < row.size(); ++k) {
      row[k] = W.value(W.offsets[i] + static_cast<Index>(k));
      largest = std::max(largest, row[k]);
    }
    if (largest == 0)
      continue;
    // Dividing by the maximum first keeps the sum of huge weights finite; the second division
    // removes the rounding of the first.
    for (double& w : row)
      w /= largest;
    for (int pass = 0; pass < 2; ++pass) {
      const double sum = compensated_sum(row);
      for (double& w : row)
        w /= sum;
    }
  }
  return values;
}

Csr<double> row_normalized(const CsrView<double>& W) {
  Csr<double> A;
  A.rows = W.rows;
  A.cols = W.cols;
  if (W.rows == 0)
    return A;
  A.offsets.assign(W.offsets, W.offsets + W.rows + 1);
  A.columns.assign(W.columns, W.columns + W.entries());
  A.values = normalized_values(W);
  return A;
}

} // namespace attnwalk::sparse
