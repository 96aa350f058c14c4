// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"

#include <optional>
#include <string_view>

namespace attnwalk::io {

/// Place of an entry.
struct Place {
  Index row = 0;
  Index column = 0;
};

/// Sorts each row that needs it by column. Returns the first entry that occurs twice, if any.
/// @cost O(m), and O(m log degree) where rows are unsorted; parallel
[[nodiscard]] std::optional<Place> sort_rows(Csr<double>& A, int threads);

/// Entries in any order, as coordinate files and SciPy's coo hold them. Indices are in range.
struct Coo {
  Index rows = 0;
  Index cols = 0;
  Buffer<Index> row;
  Buffer<Index> column;
  Buffer<double> value; ///< empty: a pattern
};

struct Compressed {
  Csr<double> matrix;
  std::optional<Place> twice; ///< the first entry that occurs twice, if any
};

/// Compresses by a counting sort over rows; rows are sorted afterwards only if they need it.
/// @param mirror  adds (j, i) for every (i, j) off the diagonal
[[nodiscard]] Compressed compress(Coo&& entries, bool mirror, int threads);

} // namespace attnwalk::io
