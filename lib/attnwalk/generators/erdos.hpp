// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/pattern/rows.hpp"

namespace attnwalk::pattern {

struct ErdosOptions {
  bool directed = false;
  Key key = {};
  RowRange rows = {}; ///< which rows to make (rows.hpp)
  int threads = 0;    ///< 0: all that OpenMP offers
};

/// Each pair i < j with probability `prob`, mirrored; or, if `directed`, each ordered pair with
/// i != j on its own. No self loops.
///
/// Undirected rows come from square tiles of the upper triangle, one substream of the key each: a
/// share of the rows makes the tiles that it meets, those below the diagonal transposed.
///
/// @throws Error{domain} if n < 0 or prob is outside [0, 1]; Error{index}; Error{memory}
/// @cost   O(entries); undirected: each entry is drawn once for (i, j) and once for (j, i), and the
///         ends of a share are rounded to whole tiles, of side max(256, 8 / sqrt(prob)) at most
[[nodiscard]] Pattern erdos(Index n, double prob, const ErdosOptions& how = {});

} // namespace attnwalk::pattern
