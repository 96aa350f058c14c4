// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/workflow/input.hpp"

#include <string>
#include <vector>

namespace attnwalk::workflow {

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

/// Whether no quantity was refused and every iteration converged: what `strict` asks.
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

/// Two inputs by their names, with what their comparison says.
struct CompareResult {
  InputPair pair;
  Comparison comparison;
};
/// Resolves both and compares them; the seed and the threads are those of `input`.
/// @throws Error as `resolve_pair` and `compare`
[[nodiscard]] CompareResult compare(const std::string& first, const std::string& second,
                                    const InputOptions& input, spectral::GapOptions how = {});

} // namespace attnwalk::workflow
