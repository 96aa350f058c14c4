// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/compare.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sparse/entries.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace attnwalk::workflow {
namespace {

double row_sum(const CsrView<double>& A, Index i) {
  double sum = 0;
  for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
    sum += A.value(e);
  return sum;
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

Overlap overlap(const CsrView<double>& first, const CsrView<double>& second) {
  require(first.rows == second.rows && first.cols == second.cols, Code::shape, "shapes ",
          first.rows, " x ", first.cols, " and ", second.rows, " x ", second.cols,
          " must be equal to be compared");
  const auto entries = [](const CsrView<double>& stored) {
    sparse::validate_weights(stored);
    Csr<double> kept = sparse::owned(stored);
    sparse::drop_zeros(kept);
    return kept;
  };
  const Csr<double> kept_a = entries(first);
  const Csr<double> kept_b = entries(second);
  const CsrView<double> A = kept_a.view();
  const CsrView<double> B = kept_b.view();
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

Comparison compare(const CsrView<double>& A, const CsrView<double>& B,
                   const spectral::GapOptions& how) {
  Comparison both;
  both.overlap = timed(both.timings, "overlap", [&] { return overlap(A, B); });
  both.a = timed(both.timings, "gap_a", [&] { return spectral::gap(A, how); });
  both.b = timed(both.timings, "gap_b", [&] { return spectral::gap(B, how); });
  return both;
}

CompareResult compare(const std::string& first, const std::string& second,
                      const InputOptions& input, spectral::GapOptions how) {
  how.key.seed = input.seed;
  how.threads = input.threads;
  InputPair pair = resolve_pair(first, second, input);
  Comparison both = compare(pair.first.view(), pair.second.view(), how);
  return {std::move(pair), std::move(both)};
}

} // namespace attnwalk::workflow
