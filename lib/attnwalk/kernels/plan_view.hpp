// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"
#include "attnwalk/kernels/split.hpp"

#include <cstdint>

namespace attnwalk::kernels {

/// What a pass reads of a plan (plan.hpp), in one of its two directions: pointers and counts alone,
/// so that it can be copied to another device. By query: row = query, neighbor = key. By key: the
/// transpose, row = key, neighbor = query, whose entry e is entry `original[e]` of the pattern.
struct PlanView {
  Index rows = 0;
  const Index* offsets = nullptr;           ///< rows + 1
  const std::uint32_t* neighbors = nullptr; ///< one per entry
  const std::uint64_t* original = nullptr;  ///< one per entry; null: the pattern's own order
  /// (blocks + 1) x rows: the entries of row i in column block b are offsets[i] + cuts[b * rows +
  /// i] up to offsets[i] + cuts[(b + 1) * rows + i]. Null: one block.
  const std::uint32_t* cuts = nullptr;
  Index blocks = 1;
  const Chunk* chunks = nullptr; ///< all rows, in chunks of about equal work
  Index chunk_count = 0;
  const SplitRow* split_rows = nullptr;
  Index split_count = 0;
  Index partials = 0; ///< parts of split rows in all
};

} // namespace attnwalk::kernels
