// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/index.hpp"

#include <span>

namespace attnwalk {
namespace sparse {

/// Which entries a sparse matrix has, in compressed rows, somebody else's arrays: row i holds the
/// entries offsets[i] .. offsets[i+1]-1, its columns strictly ascending. What does not read values
/// takes this, so that weights of any type can be passed as they are.
struct CsrStructure {
  Index rows = 0;
  Index cols = 0;
  const Index* offsets = nullptr; ///< rows + 1 of them, offsets[0] = 0
  const Index* columns = nullptr; ///< entries() of them

  [[nodiscard]] Index entries() const { return rows == 0 ? 0 : offsets[rows]; }
  [[nodiscard]] Index degree(Index i) const { return offsets[i + 1] - offsets[i]; }
  [[nodiscard]] std::span<const Index> row(Index i) const {
    return {columns + offsets[i], static_cast<std::size_t>(degree(i))};
  }
};

/// A sparse matrix, somebody else's arrays. `values` may be null: every entry is then 1, and loops
/// need not read an array of ones.
template <class T>
struct CsrView : CsrStructure {
  const T* values = nullptr; ///< entries() of them, or null for a matrix of ones

  CsrView() = default;
  CsrView(Index row_count, Index column_count, const Index* row_offsets = nullptr,
          const Index* column_numbers = nullptr, const T* numbers = nullptr)
      : CsrStructure{row_count, column_count, row_offsets, column_numbers}, values(numbers) {}
  explicit CsrView(const CsrStructure& structure, const T* numbers = nullptr)
      : CsrStructure(structure), values(numbers) {}

  /// The value of entry number e (0 <= e < entries()).
  [[nodiscard]] T value(Index e) const { return values == nullptr ? T{1} : values[e]; }
};

/// The same, owning its arrays. An empty `values` means every entry is 1.
template <class T>
struct Csr {
  Index rows = 0;
  Index cols = 0;
  Buffer<Index> offsets = Buffer<Index>(1, 0);
  Buffer<Index> columns;
  Buffer<T> values;

  [[nodiscard]] CsrView<T> view() const {
    return {rows, cols, offsets.data(), columns.data(), values.empty() ? nullptr : values.data()};
  }
  /// A function that takes a view takes this as well; the view must not outlive it.
  operator CsrView<T>() const { return view(); }
};

} // namespace sparse

using sparse::Csr;
using sparse::CsrStructure;
using sparse::CsrView;

} // namespace attnwalk
