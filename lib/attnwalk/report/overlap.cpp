// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/compare.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::report {
namespace {

double row_sum(const CsrView<double>& A, Index i) {
  double sum = 0;
  for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
    sum += A.value(e);
  return sum;
}

RowWeights row_weights(const CsrView<double>& A) {
  RowWeights w;
  if (A.entries() == 0)
    return w;
  w.min = std::numeric_limits<double>::infinity();
  Index rows = 0;
  for (Index i = 0; i < A.rows; ++i) {
    if (A.degree(i) == 0)
      continue;
    ++rows;
    double entropy = 0;
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const double a = A.value(e);
      w.min = std::min(w.min, a);
      w.max = std::max(w.max, a);
      entropy -= a > 0 ? a * std::log(a) : 0;
    }
    w.row_sum_error = std::max(w.row_sum_error, std::abs(row_sum(A, i) - 1));
    w.entropy += entropy;
    w.effective_keys += std::exp(entropy);
  }
  w.entropy /= static_cast<double>(rows);
  w.effective_keys /= static_cast<double>(rows);
  return w;
}

/// What one row of each contributes to the overlap.
struct RowOverlap {
  Index common = 0;
  double l1 = 0;
  double squares = 0;
};

RowOverlap merge(const CsrView<double>& A, const CsrView<double>& B, Index i) {
  RowOverlap row;
  const double sum_a = row_sum(A, i);
  const double sum_b = row_sum(B, i);
  const auto weight = [](const CsrView<double>& M, Index e, double sum) {
    return sum > 0 ? M.value(e) / sum : 0;
  };
  Index a = A.offsets[i];
  Index b = B.offsets[i];
  while (a < A.offsets[i + 1] || b < B.offsets[i + 1]) {
    const Index last = std::numeric_limits<Index>::max();
    const Index ja = a < A.offsets[i + 1] ? A.columns[a] : last;
    const Index jb = b < B.offsets[i + 1] ? B.columns[b] : last;
    const double wa = ja <= jb ? weight(A, a, sum_a) : 0;
    const double wb = jb <= ja ? weight(B, b, sum_b) : 0;
    row.common += ja == jb ? 1 : 0;
    row.l1 += std::abs(wa - wb);
    row.squares += (wa - wb) * (wa - wb);
    a += ja <= jb ? 1 : 0;
    b += jb <= ja ? 1 : 0;
  }
  return row;
}

} // namespace

Summary summarize(const CsrView<double>& A) {
  sparse::validate(A);
  Summary s;
  s.rows = A.rows;
  s.cols = A.cols;
  s.entries = A.entries();
  if (A.rows == 0 || A.cols == 0)
    return s;
  const auto rows = static_cast<double>(A.rows);
  s.density = static_cast<double>(s.entries) / (rows * static_cast<double>(A.cols));
  s.row_degree.min = A.degree(0);
  s.row_degree.mean = static_cast<double>(s.entries) / rows;
  double squares = 0;
  for (Index i = 0; i < A.rows; ++i) {
    const Index degree = A.degree(i);
    s.row_degree.min = std::min(s.row_degree.min, degree);
    s.row_degree.max = std::max(s.row_degree.max, degree);
    const double off = static_cast<double>(degree) - s.row_degree.mean;
    squares += off * off;
    s.empty_rows += degree == 0 ? 1 : 0;
    const auto row = A.row(i);
    s.loops += std::binary_search(row.begin(), row.end(), i) ? 1 : 0;
  }
  s.row_degree.sd = std::sqrt(squares / rows);
  if (A.values != nullptr)
    s.weights = row_weights(A);
  return s;
}

Overlap overlap(const CsrView<double>& A, const CsrView<double>& B) {
  require(A.rows == B.rows && A.cols == B.cols, Code::shape, "shapes ", A.rows, " x ", A.cols,
          " and ", B.rows, " x ", B.cols, " must be equal to be compared");
  sparse::validate_weights(A);
  sparse::validate_weights(B);
  Overlap o;
  double squares = 0;
  for (Index i = 0; i < A.rows; ++i) {
    const RowOverlap row = merge(A, B, i);
    o.common += row.common;
    squares += row.squares;
    o.tv_mean += row.l1 / 2;
    if (row.l1 / 2 > o.tv_max) {
      o.tv_max = row.l1 / 2;
      o.tv_max_row = i;
    }
  }
  o.only_a = A.entries() - o.common;
  o.only_b = B.entries() - o.common;
  const Index either = o.common + o.only_a + o.only_b;
  o.jaccard = either == 0 ? 1 : static_cast<double>(o.common) / static_cast<double>(either);
  o.tv_mean = A.rows == 0 ? 0 : o.tv_mean / static_cast<double>(A.rows);
  o.frobenius = std::sqrt(squares);
  return o;
}

bool settled(const spectral::GapReport& report) {
  return std::none_of(report.gaps.begin(), report.gaps.end(), [](const spectral::Gap& g) {
    return g.status == spectral::Status::refused || g.status == spectral::Status::not_converged;
  });
}

} // namespace attnwalk::report
