// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

#include <vector>

namespace attnwalk::kernels {

/// A contiguous piece of a matrix' entries [begin, end): whole rows [row, row_end), or, if partial
/// >= 0, one part of the single row `row`, whose parts are merged afterwards.
struct Chunk {
  Index row = 0;
  Index row_end = 0;
  Index begin = 0;
  Index end = 0;
  Index partial = -1; ///< number of this part among all parts of split rows
  Index block = 0;    ///< whole rows: the first and one past the last column block that they touch
  Index block_end = 1;
};

/// A row that was split: its parts are [first_partial, first_partial + parts).
struct SplitRow {
  Index row = 0;
  Index first_partial = 0;
  Index parts = 0;
};

/// All rows in chunks of about equal work.
struct Split {
  std::vector<Chunk> chunks;
  std::vector<SplitRow> split_rows;
  Index partials = 0; ///< parts of split rows in all
};

/// Cuts rows into chunks of at most `entries` entries: whole rows where they fit, a row counting as
/// one more entry, so that a stretch of empty rows is work too; equal parts of one row where it is
/// longer, so that a global token does not serialize. Depends on the offsets alone.
[[nodiscard]] Split split_rows(Index rows, const Index* offsets, Index entries);

} // namespace attnwalk::kernels
