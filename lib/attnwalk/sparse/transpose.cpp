// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/transpose.hpp"

#include "attnwalk/core/threads.hpp"

#include <algorithm>
#include <vector>

namespace attnwalk::sparse {
namespace {

// Row ranges of nearly equal entries: chunk t is rows bounds[t] .. bounds[t+1]-1.
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

Csr<double> transposed(const CsrView<double>& A, int threads) {
  // Each chunk counts its columns. After the prefix sum over (column, chunk) every chunk knows its
  // own places, so the order within a row of A' does not depend on which thread writes first.
  const int chunks = A.entries() < Index{1} << 16 ? 1 : std::min(core::threads(threads), 8);
  const std::vector<Index> bounds = balanced_rows(A, chunks);
  std::vector<std::vector<Index>> places(chunks, std::vector<Index>(A.cols));
  Csr<double> T;
  T.rows = A.cols;
  T.cols = A.rows;
  T.offsets.resize(A.cols + 1);
  T.columns.resize(A.entries());
  T.values.resize(A.values == nullptr ? 0 : A.entries());

#pragma omp parallel for num_threads(chunks) schedule(static, 1)
  for (int t = 0; t < chunks; ++t)
    for (Index e = A.offsets[bounds[t]]; e < A.offsets[bounds[t + 1]]; ++e)
      ++places[t][A.columns[e]];
  Index total = 0;
  for (Index j = 0; j < A.cols; ++j) {
    T.offsets[j] = total;
    for (std::vector<Index>& place : places) {
      const Index count = place[j];
      place[j] = total;
      total += count;
    }
  }
  T.offsets[A.cols] = total;
#pragma omp parallel for num_threads(chunks) schedule(static, 1)
  for (int t = 0; t < chunks; ++t)
    for (Index i = bounds[t]; i < bounds[t + 1]; ++i)
      for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
        const Index to = places[t][A.columns[e]]++;
        T.columns[to] = i;
        if (A.values != nullptr)
          T.values[to] = A.values[e];
      }
  return T;
}

Csr<double> transposed_structure(const CsrView<double>& A, int threads) {
  return transposed({A.rows, A.cols, A.offsets, A.columns, nullptr}, threads);
}

} // namespace attnwalk::sparse
