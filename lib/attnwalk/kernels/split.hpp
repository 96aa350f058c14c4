// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/kernels/plan_view.hpp"

#include <vector>

namespace attnwalk::kernels {

/// All rows in chunks of about equal work.
struct Split {
  std::vector<Chunk> chunks;
  std::vector<SplitRow> split_rows;
  Index partials = 0; ///< parts of split rows in all
};

/// Cuts rows into chunks of at most `entries` entries: whole rows where they fit, a row counting as
/// one more entry, so that a run of empty rows is work too; equal parts of one row where it is
/// longer, so that a global token does not serialize. Depends on the offsets alone.
[[nodiscard]] Split split_rows(Index rows, const Index* offsets, Index entries);

} // namespace attnwalk::kernels
