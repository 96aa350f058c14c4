// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/validate.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace attnwalk::sparse {
namespace {

/// Rows or entries that are worth waking threads for; fewer can also be checked after a fork, where
/// the threads of the parent are gone.
constexpr Index many = 1 << 16;

// The first row whose offsets or columns are wrong, or `rows` if none is.
Index first_bad_row(const CsrStructure& A) {
  std::atomic<Index> bad{A.rows};
#pragma omp parallel for schedule(static) if (A.rows + A.entries() > many)
  for (Index i = 0; i < A.rows; ++i) {
    bool good = A.offsets[i] <= A.offsets[i + 1];
    Index before = -1;
    for (Index e = A.offsets[i]; good && e < A.offsets[i + 1]; ++e) {
      good = A.columns[e] > before && A.columns[e] < A.cols;
      before = A.columns[e];
    }
    if (!good) {
      Index known = bad.load();
      while (i < known && !bad.compare_exchange_weak(known, i)) {
      }
    }
  }
  return bad.load();
}

void require_sizes(Index rows, Index cols) {
  require(rows >= 0 && cols >= 0, Code::shape, "a matrix of ", rows, " x ", cols,
          " has a negative size");
}

void require_start(const CsrStructure& A) {
  require(A.offsets[0] == 0, Code::shape, "offset 0 is ", A.offsets[0], " where it must be 0");
}

void require_offsets(const CsrStructure& A, Index i) {
  require(A.offsets[i] <= A.offsets[i + 1], Code::shape, "offset ", i + 1, " = ", A.offsets[i + 1],
          " is below offset ", i, " = ", A.offsets[i]);
}

} // namespace

void validate(const CsrStructure& A) {
  require_sizes(A.rows, A.cols);
  if (A.rows == 0 && A.offsets == nullptr)
    return;
  require(A.offsets != nullptr, Code::shape, "a matrix of ", A.rows, " rows needs its offsets");
  require_start(A);
  // Offsets first: until they are known to ascend, no column may be read through them.
  for (Index i = 0; i < A.rows; ++i)
    require_offsets(A, i);
  require(A.columns != nullptr || A.entries() == 0, Code::shape, "a matrix of ", A.entries(),
          " entries needs their columns");
  const Index i = first_bad_row(A);
  if (i == A.rows)
    return;
  validate_row(A, i);
}

void validate_row(const CsrStructure& A, Index i) {
  require_start(A);
  require_offsets(A, i);
  require(A.offsets[i] >= 0 && A.offsets[i + 1] <= A.entries(), Code::shape, "offset ", i, " = ",
          A.offsets[i], " and the next must be in [0, ", A.entries(), "]");
  Index before = -1;
  for (const Index j : A.row(i)) {
    require(j >= 0 && j < A.cols, Code::index, "row ", i, " holds column ", j,
            " which must be in [0, ", A.cols, ")");
    require(j != before, Code::domain, "row ", i, " holds column ", j, " twice");
    require(j > before, Code::domain, "row ", i, " holds column ", j, " after column ", before,
            ": columns must ascend");
    before = j;
  }
}

namespace {

void require_lengths(const Csr<double>& A) {
  require_sizes(A.rows, A.cols);
  require(static_cast<Index>(A.offsets.size()) == A.rows + 1, Code::shape, A.offsets.size(),
          " offsets given for ", A.rows, " rows");
  require(A.offsets.back() == static_cast<Index>(A.columns.size()), Code::shape, "the last offset ",
          A.offsets.back(), " is not the number of columns ", A.columns.size());
}

} // namespace

void validate_lengths(const Csr<double>& A) {
  require_lengths(A);
  require(A.values.empty() || A.values.size() == A.columns.size(), Code::shape, A.values.size(),
          " values given for ", A.columns.size(), " entries");
}

void validate(const Csr<double>& A) {
  require_lengths(A);
  validate(A.view());
}

template <Real T>
void validate_weights(const CsrView<T>& A) {
  validate(static_cast<const CsrStructure&>(A));
  const Index m = A.values == nullptr ? 0 : A.entries();
  Index first_bad = m;
#pragma omp parallel for schedule(static) reduction(min : first_bad) if (m > many)
  for (Index e = 0; e < m; ++e)
    if (!(A.values[e] >= 0) || std::isinf(A.values[e]))
      first_bad = std::min(first_bad, e);
  if (first_bad == m)
    return;
  const Index row = std::upper_bound(A.offsets, A.offsets + A.rows + 1, first_bad) - A.offsets - 1;
  throw Error(Code::domain, message("value ", A.values[first_bad], " at row ", row, ", column ",
                                    A.columns[first_bad], " must be finite and not negative"));
}

void validate_weights(const Csr<double>& A) {
  validate_lengths(A);
  validate_weights(A.view());
}

template void validate_weights<float>(const CsrView<float>&);
template void validate_weights<double>(const CsrView<double>&);

} // namespace attnwalk::sparse
