// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/graph.hpp"

#include <algorithm>

namespace attnwalk::pattern {

Edges::Edges(const CsrView<double>& A) : view_(A) {
  const Index m = A.entries();
  if (A.values == nullptr || std::find(A.values, A.values + m, 0.0) == A.values + m)
    return;
  const auto edges = static_cast<std::size_t>(m - std::count(A.values, A.values + m, 0.0));
  kept_.rows = A.rows;
  kept_.cols = A.cols;
  kept_.offsets.resize(static_cast<std::size_t>(A.rows) + 1);
  kept_.columns.reserve(edges);
  kept_.values.reserve(edges);
  kept_.offsets[0] = 0;
  for (Index i = 0; i < A.rows; ++i) {
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      if (A.values[e] != 0) {
        kept_.columns.push_back(A.columns[e]);
        kept_.values.push_back(A.values[e]);
      }
    }
    kept_.offsets[static_cast<std::size_t>(i) + 1] = static_cast<Index>(kept_.columns.size());
  }
  view_ = kept_.view();
}

namespace {

/// Row ranges of nearly equal entries: chunk t is rows bounds[t] .. bounds[t+1]-1.
std::vector<Index> balanced_rows(const CsrView<double>& A, int chunks) {
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

Csr<double> reversed(const CsrView<double>& A, int threads) {
  // Each chunk counts its columns; after the prefix sum over (column, chunk) it knows its own
  // places, so the order within a row of A^T does not depend on who writes first.
  const int chunks = A.entries() < Index{1} << 16 ? 1 : std::min(threads, 8);
  const std::vector<Index> bounds = balanced_rows(A, chunks);
  const auto n = static_cast<std::size_t>(A.cols);
  std::vector<std::vector<Index>> places(static_cast<std::size_t>(chunks), std::vector<Index>(n));
  Csr<double> T;
  T.rows = A.cols;
  T.cols = A.rows;
  T.offsets.resize(n + 1);
  T.columns.resize(static_cast<std::size_t>(A.entries()));

#pragma omp parallel for num_threads(chunks) schedule(static, 1)
  for (int t = 0; t < chunks; ++t) {
    const auto c = static_cast<std::size_t>(t);
    for (Index e = A.offsets[bounds[c]]; e < A.offsets[bounds[c + 1]]; ++e)
      ++places[c][static_cast<std::size_t>(A.columns[e])];
  }
  Index total = 0;
  for (std::size_t j = 0; j < n; ++j) {
    T.offsets[j] = total;
    for (std::vector<Index>& place : places) {
      const Index count = place[j];
      place[j] = total;
      total += count;
    }
  }
  T.offsets[n] = total;
#pragma omp parallel for num_threads(chunks) schedule(static, 1)
  for (int t = 0; t < chunks; ++t) {
    const auto c = static_cast<std::size_t>(t);
    for (Index i = bounds[c]; i < bounds[c + 1]; ++i)
      for (const Index j : A.row(i))
        T.columns[static_cast<std::size_t>(places[c][static_cast<std::size_t>(j)]++)] = i;
  }
  return T;
}

} // namespace attnwalk::pattern
