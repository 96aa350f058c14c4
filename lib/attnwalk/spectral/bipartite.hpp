// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

namespace attnwalk::spectral {

/// sigma_2_bipartite of queries against keys: the second singular value of D_r^-1/2 B D_c^-1/2,
/// with an interval. It is lambda_2 of the graph on all queries and keys, whose eigenvalues are
/// +-sigma_i and zeros, so nothing is squared and small and large gaps keep their digits. sigma_1 =
/// 1 as often as there are components. A rectangular matrix has no powers: every other name is the
/// caller's to refuse. Bounds: `two_step_gap` = 1 - sigma_2^2, of the walk query -> key -> query;
/// `cheeger_*` and `ramanujan` of the graph. Queries and keys without entries are left out, with
/// their number in `reason`.
///
/// @param B          rows x cols, entries >= 0 (not checked)
/// @param structure  of B
/// @cost  as gap_undirected on rows + cols vertices
[[nodiscard]] GapReport gap_bipartite(const CsrView<double>& B, const pattern::Structure& structure,
                                      const GapOptions& how = {});

} // namespace attnwalk::spectral
