// SPDX-License-Identifier: Apache-2.0
// Inside `theory`: Hamiltonian paths of directed graphs. Not installed.
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/theory/universality.hpp"

#include <string>
#include <vector>

namespace attnwalk::theory {

struct HamiltonianPath {
  Verdict verdict = Verdict::unknown;
  std::vector<Index> order; ///< along the edges of the graph
  std::string method;
};

/// A path through all vertices along the edges of G; loops are ignored.
[[nodiscard]] HamiltonianPath hamiltonian_path(const CsrView<double>& G,
                                               const UniversalityOptions& how);

/// Complete search for n <= 24: the possible ends of paths through each subset of the vertices.
[[nodiscard]] HamiltonianPath held_karp(const CsrView<double>& G);

/// Extends a path at its end, else turns it: end -> v_p and v_{p-1} -> v_q with q > p exchange the
/// pieces [p, q) and [q, end]; in a symmetric graph end -> v_p reverses what follows v_p.
[[nodiscard]] HamiltonianPath rotated_path(const CsrView<double>& G, bool symmetric,
                                           Index rotations, Key key, Monitor* monitor);

/// A proof that there is no path, in words; empty if none was found.
[[nodiscard]] std::string no_path(const CsrView<double>& G);

} // namespace attnwalk::theory
