// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/index.hpp"

#include <span>

namespace attnwalk {
namespace sparse {

/// A sparse matrix in compressed rows, somebody else's arrays: row i holds the entries
/// offsets[i] .. offsets[i+1]-1, its columns strictly ascending. `values` may be null: every entry
/// is then 1, and loops need not read an array of ones.
template <class T>
struct CsrView {
  Index rows = 0;
  Index cols = 0;
  const Index* offsets = nullptr; ///< rows + 1 of them, offsets[0] = 0
  const Index* columns = nullptr; ///< entries() of them
  const T* values = nullptr;      ///< entries() of them, or null for a matrix of ones

  [[nodiscard]] Index entries() const { return rows == 0 ? 0 : offsets[rows]; }
  [[nodiscard]] Index degree(Index i) const { return offsets[i + 1] - offsets[i]; }
  [[nodiscard]] std::span<const Index> row(Index i) const {
    return {columns + offsets[i], static_cast<std::size_t>(degree(i))};
  }
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
};

} // namespace sparse

using sparse::Csr;
using sparse::CsrView;

} // namespace attnwalk
