// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/structure/structure.hpp"
#include "attnwalk/workflow/input.hpp"

#include <optional>

namespace attnwalk::workflow {

/// What attention weights look like row by row.
struct RowWeights {
  double min = 0;           ///< smallest stored weight
  double max = 0;           ///< largest stored weight
  double row_sum_error = 0; ///< max_i |sum_j A_ij - 1| over rows that are not empty
  double row_sum_min = 1;   ///< over such rows
  double row_sum_max = 1;   ///< over such rows
  /// nats: mean of -sum_j p_ij ln p_ij over the rows p_i = A_i / sum of the row that are
  /// distributions; NaN if none is
  double entropy = 0;
  double effective_keys = 0; ///< mean over those rows of exp(entropy of the row); NaN if none is
};

/// Sizes and degrees, without any graph search.
struct Summary {
  Index rows = 0;
  Index cols = 0;
  Index entries = 0;
  double density = 0; ///< entries / (rows cols); 0 for an empty shape
  pattern::Degrees row_degree;
  Index empty_rows = 0;
  Index loops = 0;                   ///< stored diagonal entries
  std::optional<RowWeights> weights; ///< absent for a pattern
};

/// @cost O(m + n)
[[nodiscard]] Summary summarize(const CsrView<double>& A);

/// An input and its summary: all that `pattern` says, and `attend` of weights alone.
struct SummaryResult {
  SparseInput input;
  Summary summary;
};
/// @throws Error as `resolve`
[[nodiscard]] SummaryResult summarize_input(const InputOptions& how);

} // namespace attnwalk::workflow
