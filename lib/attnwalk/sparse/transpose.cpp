// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/transpose.hpp"

#include "attnwalk/core/threads.hpp"

#include <algorithm>

namespace attnwalk::sparse {
namespace {

/// Fewer entries are not worth a second thread.
constexpr Index parallel_above = Index{1} << 16;
/// Each chunk counts all columns for itself.
constexpr int most_chunks = 8;

/// Row ranges of nearly equal entries.
std::vector<Index> balanced_rows(const CsrStructure& A, int chunks) {
  std::vector<Index> bounds{0};
  for (int t = 1; t < chunks; ++t) {
    const Index entry = A.entries() / chunks * t;
    const Index row = std::lower_bound(A.offsets, A.offsets + A.rows, entry) - A.offsets;
    bounds.push_back(std::max(row, bounds.back()));
  }
  bounds.push_back(A.rows);
  return bounds;
}

} // namespace

TransposeOrder::TransposeOrder(const CsrStructure& A, int threads) : A_(A) {
  const int chunks =
      A.entries() < parallel_above ? 1 : std::min(core::threads(threads), most_chunks);
  bounds_ = balanced_rows(A, chunks);
  next_.assign(chunks, std::vector<Index>(A.cols));
  offsets_.resize(A.cols + 1);
#pragma omp parallel for num_threads(chunks) schedule(static, 1)
  for (int t = 0; t < chunks; ++t)
    if (bounds_[t] < bounds_[t + 1])
      for (Index e = A.offsets[bounds_[t]]; e < A.offsets[bounds_[t + 1]]; ++e)
        ++next_[t][A.columns[e]];
  Index total = 0;
  for (Index j = 0; j < A.cols; ++j) {
    offsets_[j] = total;
    for (std::vector<Index>& place : next_) {
      const Index count = place[j];
      place[j] = total;
      total += count;
    }
  }
  offsets_[A.cols] = total;
}

Csr<double> transposed(const CsrView<double>& A, int threads) {
  TransposeOrder order(A, threads);
  Csr<double> T;
  T.rows = A.cols;
  T.cols = A.rows;
  T.columns.resize(A.entries());
  T.values.resize(A.values == nullptr ? 0 : A.entries());
  order.for_each([&](Index to, Index i, Index e) {
    T.columns[to] = i;
    if (A.values != nullptr)
      T.values[to] = A.values[e];
  });
  T.offsets = order.take_offsets();
  return T;
}

Csr<double> transposed_structure(const CsrStructure& A, int threads) {
  return transposed(CsrView<double>(A), threads);
}

} // namespace attnwalk::sparse
