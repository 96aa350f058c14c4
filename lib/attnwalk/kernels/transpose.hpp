// SPDX-License-Identifier: Apache-2.0
// Private: what the plans of this module make of a matrix' columns.
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <cstdint>

namespace attnwalk::kernels {

/// Columns in fewer bits, which must hold them: half the memory that a pass streams, or a quarter.
template <class Column = std::uint32_t>
[[nodiscard]] Buffer<Column> narrowed(const Index* columns, Index count, int threads = 0) {
  constexpr Index parallel_above = 1 << 18;
  Buffer<Column> out(static_cast<std::size_t>(count));
  Column* to = out.data();
#pragma omp parallel for schedule(static)                                                          \
    num_threads(core::threads(threads)) if (count > parallel_above)
  for (Index e = 0; e < count; ++e)
    to[e] = static_cast<Column>(columns[e]);
  return out;
}

/// Counting sort by column: the offsets of A'. Calls place(to, i, e) for every entry e of A, in
/// order, where i is its row and `to` its number in A', whose rows come out ascending.
template <class Place>
[[nodiscard]] Buffer<Index> transposed(const CsrView<double>& A, Place place) {
  Buffer<Index> offsets(static_cast<std::size_t>(A.cols) + 1, 0);
  const Index m = A.entries();
  for (Index e = 0; e < m; ++e)
    ++offsets[A.columns[e] + 1];
  for (std::size_t j = 1; j < offsets.size(); ++j)
    offsets[j] += offsets[j - 1];
  Buffer<Index> next(offsets.begin(), offsets.end() - 1);
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      place(static_cast<std::size_t>(next[A.columns[e]]++), i, e);
  return offsets;
}

} // namespace attnwalk::kernels
