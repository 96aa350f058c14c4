// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/csr.hpp"

#include <vector>

namespace attnwalk::diffusion {

/// A measure that makes A reversible, if there is one: pi_i A_ij = pi_j A_ji.
struct ReversibleMeasure {
  std::vector<double> pi; ///< positive, scaled to a maximum of 1 in each component
  double defect = 0;      ///< ||Pi A - (Pi A)'||_F / ||Pi A||_F; infinity if an edge has no reverse
};

/// Follows pi_j = pi_i A_ij / A_ji along a spanning tree of each component (Kolmogorov's criterion)
/// and measures by how much the other edges disagree.
///
/// @param A  n x n, entries >= 0
/// @cost   O(m log degree)
[[nodiscard]] ReversibleMeasure reversible_measure(const CsrView<double>& A);
[[nodiscard]] ReversibleMeasure reversible_measure(const CsrView<float>& A);

} // namespace attnwalk::diffusion
