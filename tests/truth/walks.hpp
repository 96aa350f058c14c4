// SPDX-License-Identifier: Apache-2.0
// Random walks of every kind that has gone wrong somewhere, each from its kind, size and seed alone.
#pragma once

#include "attnwalk/sparse/csr.hpp"

#include <cstdint>
#include <string_view>

namespace attnwalk::test {

enum class WalkKind {
  softmax,             ///< dense, directed, of any sharpness
  tied,                ///< softmax of symmetric scores: reversible
  nearly_reversible,   ///< the same, entries off by a part of 1e-4 to 1e-15
  sparse,              ///< a directed cycle with loops and random entries
  slow,                ///< directed blocks, left with probability 1e-1 to 1e-12
  nearly_periodic,     ///< cyclic classes, stayed in with probability 1e-1 to 1e-12
  periodic,            ///< cyclic classes
  nearly_cycle,        ///< a permutation, left with probability 1e-3 to 1e-14
  drift,               ///< a path with a drift and a few random entries: pi over many decades
  badly_scaled,        ///< dense weights 10^u, u normal with a deviation of 4
  far_from_normal,     ///< a de Bruijn graph and a little of softmax
  undirected,          ///< symmetric weights on a sparse graph, connected or not
  pattern,             ///< a symmetric 0/1 graph, connected or not
  nearly_bipartite,    ///< reversible, two sides and loops of 1e-1 to 1e-12
  nearly_disconnected, ///< reversible, two parts tied by 1e-1 to 1e-12
  band,                ///< a path of neighbors, slow
  transient,           ///< one closed class and tokens that drain into it
  closed_classes,      ///< several, and transient tokens
  causal,              ///< lower triangle
  rectangle,           ///< queries x keys
};
inline constexpr int walk_kinds = 20;

[[nodiscard]] std::string_view name_of(WalkKind kind);

/// About n tokens; weights, not normalized.
[[nodiscard]] Csr<double> random_weights(WalkKind kind, Index n, std::uint64_t seed);

} // namespace attnwalk::test
