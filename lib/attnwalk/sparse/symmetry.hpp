// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"

#include <limits>
#include <vector>

namespace attnwalk::sparse {

/// Whether A = A', values compared exactly; false if A is not square. A is not checked.
/// @cost O(m log degree), parallel
[[nodiscard]] bool equals_transpose(const CsrView<double>& A, int threads = 0);

/// A measure that makes A reversible, if there is one: pi_i A_ij = pi_j A_ji.
struct ReversibleMeasure {
  std::vector<double> pi; ///< >= 0, the largest of each tree 1; empty where the search gave up
  Index trees = 0;        ///< components of the edges whose reverse is an edge too
  double defect = 0;      ///< ||Pi A - (Pi A)'||_F / ||Pi A||_F; infinity if an edge has no reverse
};

/// Follows pi_j = pi_i A_ij / A_ji along a spanning tree of each component (Kolmogorov's criterion)
/// and measures by how much the other edges disagree. Softmax of symmetric scores is reversible,
/// with pi_i proportional to sum_j exp(s_ij).
///
/// @param A        n x n, entries finite and >= 0 (not checked); those that are 0 are no edges
/// @param give_up  at the first edge whose two flows differ by more than this part of the larger
///                 (by 1 where the reverse is missing); then the defect is infinite
/// @throws Error{shape} if A is not square
/// @cost   O(m log degree)
[[nodiscard]] ReversibleMeasure
reversible_measure(const CsrView<double>& A,
                   double give_up = std::numeric_limits<double>::infinity());
[[nodiscard]] ReversibleMeasure
reversible_measure(const CsrView<float>& A,
                   double give_up = std::numeric_limits<double>::infinity());

} // namespace attnwalk::sparse
