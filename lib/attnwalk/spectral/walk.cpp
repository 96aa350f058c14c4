// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/walk.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::spectral {

namespace {

void require_square(Index rows, Index cols) {
  require(rows == cols, Code::shape, "weights are ", rows, " x ", cols,
          "; a walk needs a square matrix");
}

} // namespace

void require_walk(const CsrView<double>& A) {
  require_square(A.rows, A.cols);
  sparse::validate_weights(A);
}

void require_walk(const Csr<double>& A) {
  require_square(A.rows, A.cols);
  sparse::validate_weights(A);
}

Prepared prepare(const CsrView<double>& A, EmptyRows policy) {
  sparse::validate(A);
  Prepared out;
  Csr<double>& W = out.weights;
  W.rows = A.rows;
  W.cols = A.cols;
  W.offsets.assign(static_cast<std::size_t>(A.rows) + 1, 0);
  W.columns.reserve(static_cast<std::size_t>(A.entries()));
  W.values.reserve(static_cast<std::size_t>(A.entries()));
  const bool square = A.rows == A.cols;
  for (Index i = 0; i < A.rows; ++i) {
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const double w = A.value(e);
      require(std::isfinite(w) && w >= 0, Code::domain, "weight ", w, " at row ", i, ", column ",
              A.columns[e], " must be finite and >= 0");
      if (w == 0)
        continue;
      W.columns.push_back(A.columns[e]);
      W.values.push_back(w);
    }
    const bool empty =
        static_cast<Index>(W.columns.size()) == W.offsets[static_cast<std::size_t>(i)];
    require(
        !empty || policy == EmptyRows::loop, Code::domain, "row ", i,
        " is empty, which makes every gap statement void; empty_rows = loop gives it a self loop");
    if (empty && square) {
      W.columns.push_back(i);
      W.values.push_back(1);
      ++out.looped;
    }
    W.offsets[static_cast<std::size_t>(i) + 1] = static_cast<Index>(W.columns.size());
  }
  return out;
}

double careful_sum(std::span<const double> x) {
  double sum = 0;
  double lost = 0;
  for (const double term : x) {
    const double next = sum + term;
    lost += std::abs(sum) >= std::abs(term) ? (sum - next) + term : (term - next) + sum;
    sum = next;
  }
  return sum + lost;
}

Csr<double> row_normalized(const CsrView<double>& W) {
  sparse::validate_weights(W);
  Csr<double> A;
  A.rows = W.rows;
  A.cols = W.cols;
  if (W.rows == 0)
    return A;
  A.offsets.assign(W.offsets, W.offsets + W.rows + 1);
  A.columns.assign(W.columns, W.columns + W.entries());
  A.values.resize(static_cast<std::size_t>(W.entries()));
  for (Index i = 0; i < W.rows; ++i) {
    const Index begin = W.offsets[i];
    const std::span<double> row(A.values.data() + begin, static_cast<std::size_t>(W.degree(i)));
    double largest = 0;
    for (std::size_t k = 0; k < row.size(); ++k) {
      row[k] = W.value(begin + static_cast<Index>(k));
      largest = std::max(largest, row[k]);
    }
    if (largest == 0) // stored zeros only: as empty as a row without entries
      continue;
    // Dividing by the maximum first keeps the sum of huge weights finite; the second division
    // removes the rounding of the first.
    for (double& w : row)
      w /= largest;
    for (int pass = 0; pass < 2; ++pass) {
      const double sum = careful_sum(row);
      for (double& w : row)
        w /= sum;
    }
  }
  return A;
}

Csr<double> restricted(const CsrView<double>& A, std::span<const Index> keep) {
  require_square(A.rows, A.cols);
  std::vector<Index> number(static_cast<std::size_t>(A.cols), -1);
  for (std::size_t k = 0; k < keep.size(); ++k) {
    require(keep[k] >= 0 && keep[k] < A.rows && (k == 0 || keep[k - 1] < keep[k]), Code::index,
            "token ", keep[k], " to keep must be in [0, ", A.rows, "), and ascend");
    number[static_cast<std::size_t>(keep[k])] = static_cast<Index>(k);
  }
  Csr<double> R;
  R.rows = R.cols = static_cast<Index>(keep.size());
  for (const Index i : keep) {
    // Only these rows are read, and only they are checked: the parts of a graph are many.
    sparse::validate_row(A, i);
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const Index j = number[static_cast<std::size_t>(A.columns[e])];
      if (j < 0)
        continue;
      R.columns.push_back(j);
      R.values.push_back(A.value(e));
    }
    R.offsets.push_back(static_cast<Index>(R.columns.size()));
  }
  return R;
}

} // namespace attnwalk::spectral
