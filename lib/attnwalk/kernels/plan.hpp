// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/kernels/plan_view.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace attnwalk::kernels {

struct PlanOptions {
  bool transpose = false;        ///< also the layout by key, which backward passes need
  Index row_bytes = 0;           ///< of all arrays whose rows a pass gathers; 0: no column blocks
  Index cache_bytes = 512 << 10; ///< a block's slice of those arrays should fit in this
  Index block_entries = 32;   ///< a row should have in a block: for fewer, revisiting it costs more
  Index chunk_entries = 4096; ///< wanted entries per chunk; a longer row is split
  Index reuse = 16; ///< in column blocks: how often a chunk should gather each row of a slice
  int threads = 0;  ///< of the construction; the plan is the same for any number
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
  [[nodiscard]] const PlanView& by_query() const { return by_query_; }
  /// Row = key. @throws Error{domain} if the plan was built without the transpose
  [[nodiscard]] const PlanView& by_key() const;
  [[nodiscard]] Index entries() const { return entries_; }

private:
  PlanView by_query_;
  PlanView by_key_;
  Split query_split_;
  Split key_split_;
  Index entries_ = 0;
  bool transposed_ = false;
  Buffer<std::uint32_t> columns_, rows_, cuts_, key_cuts_;
  Buffer<Index> key_offsets_;
  Buffer<std::uint64_t> original_;
};

/// The plans of batch x heads patterns, as pattern::PatternBatch holds them: a side of 1 is shared
/// along that side.
class PlanBatch {
public:
  PlanBatch() = default;
  PlanBatch(std::vector<Plan> plans, Index batch, Index heads);
  /// @param P  a pattern::PatternBatch, whose arrays must outlive the plans
  /// @throws Error as Plan
  template <class Patterns>
  [[nodiscard]] static PlanBatch of(const Patterns& P, const PlanOptions& how) {
    std::vector<Plan> plans;
    for (const auto& pattern : P.patterns())
      plans.emplace_back(pattern.view(), how);
    return {std::move(plans), P.batch(), P.heads()};
  }
  /// The plan of one head alone.
  [[nodiscard]] PlanBatch head(Index b, Index h) const;

  /// The number of the plan of a sequence and head.
  [[nodiscard]] Index number(Index b, Index h) const {
    return (batch_ == 1 ? 0 : b) * heads_ + (heads_ == 1 ? 0 : h);
  }
  [[nodiscard]] const Plan& at(Index b, Index h) const { return *plans_[number(b, h)]; }
  /// Entries of the patterns before that of a sequence and head.
  [[nodiscard]] Index entries_before(Index b, Index h) const { return starts_[number(b, h)]; }

private:
  std::vector<std::shared_ptr<const Plan>> plans_;
  std::vector<Index> starts_{0};
  Index batch_ = 1;
  Index heads_ = 1;
};

} // namespace attnwalk::kernels
