// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/isa.hpp"
#include "attnwalk/kernels/passes.hpp"

namespace attnwalk::kernels {

/// A pass over one chunk of a plan and one head.
template <Real T>
using Pass = void (*)(const PlanView&, const Chunk&, const PassArgs<T>&);
/// Puts the parts of one split row together.
template <Real T>
using Merge = void (*)(const SplitRow&, const PassArgs<T>&);

/// The passes as compiled for one instruction set.
template <Real T>
struct EdgeTable {
  Index lanes = 1;            ///< widths are multiples of this
  Pass<T> pass[op_count]{};   ///< by Op; null for one that this number type lacks
  Merge<T> merge[op_count]{}; ///< null where a pass leaves no partial results of split rows

  [[nodiscard]] Pass<T> pass_of(Op op) const { return pass[static_cast<int>(op)]; }
  [[nodiscard]] Merge<T> merge_of(Op op) const { return merge[static_cast<int>(op)]; }
};

/// The table of an instruction set that this build has.
template <Real T>
[[nodiscard]] const EdgeTable<T>& edge_table(Isa isa);

} // namespace attnwalk::kernels
