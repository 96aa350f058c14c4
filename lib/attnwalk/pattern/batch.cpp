// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/batch.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace attnwalk::pattern {

PatternBatch::PatternBatch(Pattern shared) : patterns_{std::move(shared)} {}

PatternBatch::PatternBatch(std::vector<Pattern> patterns, Index batch, Index heads)
    : patterns_(std::move(patterns)), batch_(batch), heads_(heads) {
  require(batch >= 1 && heads >= 1, Code::shape, "a batch of ", batch, " x ", heads,
          " patterns needs at least one");
  require(static_cast<Index>(patterns_.size()) == batch * heads, Code::shape, patterns_.size(),
          " patterns given for a batch of ", batch, " x ", heads);
  for (const Pattern& P : patterns_)
    require(P.rows() == rows() && P.cols() == cols(), Code::shape, "a pattern of ", P.rows(), " x ",
            P.cols(), " stands beside one of ", rows(), " x ", cols());
}

PatternBatch PatternBatch::stacked(Csr<double>&& all, Index batch, Index heads) {
  require(batch >= 1 && heads >= 1 && all.rows % (batch * heads) == 0, Code::shape, all.rows,
          " rows do not divide into ", batch, " x ", heads, " patterns");
  // Each pattern needs offsets that start at 0; the columns are shared as they stand.
  struct Arrays {
    Csr<double> all;
    std::vector<Buffer<Index>> offsets;
  };
  const auto owner = std::make_shared<Arrays>();
  owner->all = std::move(all);
  const Csr<double>& A = owner->all;
  require(static_cast<Index>(A.offsets.size()) == A.rows + 1 &&
              A.offsets.back() == static_cast<Index>(A.columns.size()) && A.offsets.front() == 0 &&
              std::is_sorted(A.offsets.begin(), A.offsets.end()),
          Code::shape, A.offsets.size(), " offsets do not describe ", A.columns.size(),
          " columns in ", A.rows, " rows");
  const Index rows = A.rows / (batch * heads);
  std::vector<Pattern> patterns;
  for (Index p = 0; p < batch * heads; ++p) {
    const auto first = A.offsets.begin() + p * rows;
    const Index base = *first;
    Buffer<Index>& offsets = owner->offsets.emplace_back(first, first + rows + 1);
    for (Index& offset : offsets)
      offset -= base;
  }
  for (Index p = 0; p < batch * heads; ++p) {
    const Buffer<Index>& offsets = owner->offsets[p];
    const Index base = A.offsets[p * rows];
    patterns.push_back(
        Pattern::adopt({rows, A.cols, offsets.data(), A.columns.data() + base, nullptr}, owner));
  }
  return {std::move(patterns), batch, heads};
}

PatternBatch padded(const Pattern& P, std::span<const Index> lengths) {
  const CsrView<double>& A = P.view();
  std::vector<Pattern> patterns;
  for (const Index length : lengths) {
    require(length >= 0 && length <= A.rows && length <= A.cols, Code::domain, "length ", length,
            " must be in [0, ", std::min(A.rows, A.cols), "]");
    Csr<double> cut;
    cut.rows = A.rows;
    cut.cols = A.cols;
    cut.offsets.resize(A.rows + 1);
    for (Index i = 0; i < A.rows; ++i) {
      if (i < length) {
        const auto row = A.row(i);
        cut.columns.insert(cut.columns.end(), row.begin(), std::ranges::lower_bound(row, length));
      }
      cut.offsets[i + 1] = static_cast<Index>(cut.columns.size());
    }
    patterns.push_back(Pattern::trusted(std::move(cut)));
  }
  const auto batch = static_cast<Index>(patterns.size());
  return {std::move(patterns), batch, 1};
}

Pattern packed(std::span<const Pattern> sequences) {
  Csr<double> all;
  for (const Pattern& P : sequences) {
    const CsrView<double>& A = P.view();
    const auto base = static_cast<Index>(all.columns.size());
    for (Index e = 0; e < A.entries(); ++e)
      all.columns.push_back(all.cols + A.columns[e]);
    for (Index i = 1; i <= A.rows; ++i)
      all.offsets.push_back(base + A.offsets[i]);
    all.rows += A.rows;
    all.cols += A.cols;
  }
  return Pattern::trusted(std::move(all));
}

} // namespace attnwalk::pattern
