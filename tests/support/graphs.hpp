// SPDX-License-Identifier: Apache-2.0
// Small graphs from edge lists, and slow obvious answers about them from dense boolean matrices.
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <utility>
#include <vector>

namespace attnwalk::support {

using Edge = std::pair<Index, Index>;
using Bits = std::vector<std::vector<char>>;

/// A pattern from its entries in any order; duplicates count once.
[[nodiscard]] Csr<double> graph(Index rows, Index cols, const std::vector<Edge>& edges);
/// n x n with each entry on its own with probability `density`.
[[nodiscard]] Csr<double> random_graph(Index n, double density, Key key);

[[nodiscard]] Bits bits(const CsrView<double>& A);
/// Boolean product.
[[nodiscard]] Bits times(const Bits& A, const Bits& B);
/// distances[i][j] by Floyd and Warshall; -1 where j is out of reach of i, 0 on the diagonal.
[[nodiscard]] std::vector<std::vector<Index>> distances(const Bits& A);
/// gcd of the lengths 1..2n of closed walks through `vertex`, by boolean powers; 0 if there are
/// none.
[[nodiscard]] Index walk_gcd(const Bits& A, Index vertex);

} // namespace attnwalk::support
