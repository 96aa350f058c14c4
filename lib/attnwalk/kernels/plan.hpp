// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/kernels/edge.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <cstdint>

namespace attnwalk::kernels {

struct PlanOptions {
  bool transpose = false;        ///< also the layout by key, which backward passes need
  Index row_bytes = 0;           ///< of all arrays whose rows a pass gathers; 0: no column blocks
  Index cache_bytes = 512 << 10; ///< a block's slice of those arrays should fit in this
  Index block_entries = 32;   ///< a row should have in a block: for fewer, revisiting it costs more
  Index chunk_entries = 4096; ///< wanted entries per chunk; a longer row is split
  Index reuse = 16; ///< in column blocks: how often a chunk should gather each row of a slice
};

/// What the passes need to know about a pattern, built once and kept with it: 32-bit columns, the
/// transpose with its permutation, column blocks, and chunks of about equal work. Work is split by
/// entries, not by rows, so that the row of a global token does not serialize. Nothing in it
/// depends on the number of threads, hence neither do results.
class Plan {
public:
  Plan() = default;
  /// @param A  the pattern's arrays, which must outlive the plan; values ignored
  /// @throws Error{domain} if A has 2^32 columns or rows or more, or an option is out of bounds;
  ///         Error{memory} with the predicted bytes
  /// @cost   O(m + n), parallel; 4 bytes per entry, 16 with the transpose
  explicit Plan(const CsrView<double>& A, const PlanOptions& how = {});
  Plan(Plan&&) noexcept = default;
  Plan& operator=(Plan&&) noexcept = default;

  /// Row = query.
  [[nodiscard]] const Layout& by_query() const { return by_query_; }
  /// Row = key. @throws Error{domain} if the plan was built without the transpose
  [[nodiscard]] const Layout& by_key() const;
  [[nodiscard]] Index entries() const { return entries_; }

private:
  Layout by_query_;
  Layout by_key_;
  Index entries_ = 0;
  bool transposed_ = false;
  Buffer<std::uint32_t> columns_, rows_, cuts_, key_cuts_;
  Buffer<Index> key_offsets_;
  Buffer<std::uint64_t> original_;
};

} // namespace attnwalk::kernels
