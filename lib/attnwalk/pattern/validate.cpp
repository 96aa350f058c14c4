// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <atomic>

namespace attnwalk::pattern {
namespace {

// The first row whose offsets or columns are wrong, or `rows` if none is.
Index first_bad_row(const CsrView<double>& A) {
  std::atomic<Index> bad{A.rows};
#pragma omp parallel for schedule(static)
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

} // namespace

void validate(const CsrView<double>& A) {
  require(A.rows >= 0 && A.cols >= 0, Code::shape, "a pattern of ", A.rows, " x ", A.cols,
          " has a negative size");
  require(A.offsets != nullptr, Code::shape, "a pattern needs its rows + 1 offsets");
  require(A.offsets[0] == 0, Code::shape, "offset 0 is ", A.offsets[0], " where it must be 0");
  // Offsets first: until they are known to ascend, no column may be read through them.
  for (Index i = 0; i < A.rows; ++i)
    require(A.offsets[i] <= A.offsets[i + 1], Code::shape, "offset ", i + 1, " = ",
            A.offsets[i + 1], " is below offset ", i, " = ", A.offsets[i]);
  const Index i = first_bad_row(A);
  if (i == A.rows)
    return;
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

} // namespace attnwalk::pattern
