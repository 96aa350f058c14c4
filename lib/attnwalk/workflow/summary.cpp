// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/summary.hpp"

#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

namespace attnwalk::workflow {
namespace {

RowWeights row_weights(const CsrView<double>& A) {
  RowWeights w;
  if (A.entries() == 0)
    return w;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  w.min = w.row_sum_min = infinity;
  w.max = w.row_sum_max = -infinity;
  Index rows = 0;
  for (Index i = 0; i < A.rows; ++i) {
    const std::span<const double> row(A.values + A.offsets[i],
                                      static_cast<std::size_t>(A.degree(i)));
    if (row.empty())
      continue;
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    const auto [least, most] = std::minmax_element(row.begin(), row.end());
    w.min = std::min(w.min, *least);
    w.max = std::max(w.max, *most);
    w.row_sum_min = std::min(w.row_sum_min, sum);
    w.row_sum_max = std::max(w.row_sum_max, sum);
    w.row_sum_error = std::max(w.row_sum_error, std::abs(sum - 1));
    if (*least < 0 || !(sum > 0) || std::isinf(sum))
      continue;
    ++rows;
    double entropy = 0;
    for (const double a : row)
      entropy -= a > 0 ? a / sum * std::log(a / sum) : 0;
    w.entropy += entropy;
    w.effective_keys += std::exp(entropy);
  }
  w.entropy /= static_cast<double>(rows); // NaN for no such row
  w.effective_keys /= static_cast<double>(rows);
  return w;
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

SummaryResult summarize_input(const InputOptions& how) {
  SummaryResult result;
  result.input = resolve(how);
  result.summary = summarize(result.input.view());
  return result;
}

} // namespace attnwalk::workflow
