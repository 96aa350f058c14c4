// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/pattern/rows.hpp"

#include <vector>

namespace attnwalk::pattern {

/// The build size at which `diffuser` is the released pattern, bit for bit.
constexpr Index released_build = 4096;

struct DiffuserOptions {
  Index build = released_build;
  Key key = {};
  RowRange rows = {}; ///< which rows to make; at build = 4096 all pairs are drawn for any share
  int threads = 0;    ///< 0: all that OpenMP offers
};

/// The global tokens of a `diffuser` pattern, ascending: g distinct positions in [w, build), of
/// which those below n take part in the leading n x n part.
///
/// @throws Error{domain} as `diffuser`
/// @cost   O(g); build = 4096: that of the whole NumPy recipe
[[nodiscard]] std::vector<Index> diffuser_globals(Index w, Index r, Index g,
                                                  const DiffuserOptions& how = {});

/// The random part of a `diffuser` pattern, build x build: `build r` distinct uniform ordered
/// pairs.
/// @throws Error{domain, index, memory} as `diffuser`
[[nodiscard]] Pattern diffuser_pairs(Index r, const DiffuserOptions& how = {});

/// The Diffuser pattern: the leading n x n part of a build x build design that is the union of
/// blocks of w tokens starting every w/2 (the last cut), build r distinct uniform ordered pairs,
/// and g global tokens, uniform in [w, build), row and column.
///
/// build = 4096 reproduces the released code: NumPy's legacy generator (MT19937) seeded with
/// `key.seed`, `choice(build^2, build r)` and then `choice(range(w, build), g)`, both without
/// replacement; the key's stream is not used. Any other build draws from the same law by the key.
///
/// @param n  tokens, at most build
/// @throws Error{domain} if w is odd or below 2, r is outside [0, build], g outside
///         [0, build - w], n outside [0, build], or, at build = 4096, seed >= 2^32;
///         Error{index} for a range outside the rows; Error{memory} with the predicted bytes
/// @cost   O(entries + n r); build = 4096: 17 M sequential draws, about 0.2 s and 64 MiB
/// @see    [feng2023]; docs/random.md
[[nodiscard]] Pattern diffuser(Index n, Index w, Index r, Index g, const DiffuserOptions& how = {});

} // namespace attnwalk::pattern
