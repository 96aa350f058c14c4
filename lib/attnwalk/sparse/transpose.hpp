// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"

#include <utility>
#include <vector>

namespace attnwalk::sparse {

/// Where the entries of A stand in A', by one counting sort of the columns. Rows are sorted in
/// chunks; after a prefix sum over (column, chunk) every chunk knows its own places, so that the
/// order does not depend on which thread writes first.
class TransposeOrder {
public:
  /// @param A        rows x cols, not checked; must outlive this object
  /// @param threads  0: all that OpenMP offers
  /// @cost           O(m + n), and one count of the columns per thread, of at most 8
  explicit TransposeOrder(const CsrStructure& A, int threads = 0);

  /// The offsets of A', once.
  [[nodiscard]] Buffer<Index> take_offsets() { return std::move(offsets_); }

  /// Calls place(to, i, e) for every entry e of A, where i is its row and `to` its number in A',
  /// whose rows come out ascending; from several threads, but never twice for one place. Once.
  template <class Place>
  void for_each(const Place& place) {
    const auto chunks = static_cast<int>(next_.size());
#pragma omp parallel for num_threads(chunks) schedule(static, 1)
    for (int t = 0; t < chunks; ++t)
      for (Index i = bounds_[t]; i < bounds_[t + 1]; ++i)
        for (Index e = A_.offsets[i]; e < A_.offsets[i + 1]; ++e)
          place(next_[t][A_.columns[e]]++, i, e);
  }

private:
  CsrStructure A_;
  std::vector<Index> bounds_;            ///< chunk t is rows bounds_[t] .. bounds_[t+1]-1
  std::vector<std::vector<Index>> next_; ///< next place of a column, by chunk
  Buffer<Index> offsets_;
};

/// A'. Rows come out with ascending columns; null values stay null. The arrays are the same for any
/// number of threads. A is not checked.
///
/// @param A        rows x cols
/// @param threads  0: all that OpenMP offers
/// @return         cols x rows
/// @cost           as TransposeOrder
[[nodiscard]] Csr<double> transposed(const CsrView<double>& A, int threads = 0);

/// The structure of A': values are left behind.
[[nodiscard]] Csr<double> transposed_structure(const CsrStructure& A, int threads = 0);

} // namespace attnwalk::sparse
