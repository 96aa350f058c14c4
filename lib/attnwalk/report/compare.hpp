// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/structure/structure.hpp"

#include <optional>

namespace attnwalk::report {

/// What attention weights look like row by row; rows are taken as they are, not normalized.
struct RowWeights {
  double min = 0;            ///< smallest stored weight
  double max = 0;            ///< largest stored weight
  double row_sum_error = 0;  ///< max_i |sum_j A_ij - 1| over rows that are not empty
  double entropy = 0;        ///< nats: mean over such rows of -sum_j A_ij ln A_ij
  double effective_keys = 0; ///< mean over such rows of exp(entropy of the row)
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

/// Which entries two matrices of one shape share, and how far their walks are apart.
struct Overlap {
  Index common = 0; ///< entries of both
  Index only_a = 0;
  Index only_b = 0;
  double jaccard = 1;   ///< common / (common + only_a + only_b); 1 if both are empty
  double tv_mean = 0;   ///< mean_i TV(A_i., B_i.) of the rows normalized to 1 (an empty row: 0)
  double tv_max = 0;    ///< max_i
  Index tv_max_row = 0; ///< where
  double frobenius = 0; ///< ||A - B||_F of the normalized matrices
};

/// @param A, B  rows x cols, entries >= 0; null values: a pattern, whose walk is uniform
/// @throws Error{shape} if the shapes differ
/// @cost   O(m_A + m_B)
[[nodiscard]] Overlap overlap(const CsrView<double>& A, const CsrView<double>& B);

/// Whether no quantity was refused and every iteration converged: what --strict asks.
[[nodiscard]] bool settled(const spectral::GapReport& report);

struct Comparison {
  spectral::GapReport a;
  spectral::GapReport b;
  Overlap overlap;
  std::vector<Timing> timings;
};

/// Structure and gaps of both, and their common entries.
///
/// @throws Error{shape} if the shapes differ; as `spectral::gap`
[[nodiscard]] Comparison compare(const CsrView<double>& A, const CsrView<double>& B,
                                 const spectral::GapOptions& how = {});

} // namespace attnwalk::report
