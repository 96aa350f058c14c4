// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

#include <vector>

namespace attnwalk::spectral {

/// Tokens by strongly connected component, ascending within each; component numbers as in
/// pattern::strong_components, sinks first.
[[nodiscard]] std::vector<std::vector<Index>> members(const pattern::Labels& labels);

/// rho of a nonnegative irreducible matrix by Collatz-Wielandt: for every x > 0,
/// min_i (Bx)_i / x_i <= rho <= max_i (Bx)_i / x_i. Power iteration on I + B closes in.
struct Radius {
  double value = 0;
  double lo = 0;
  double hi = 0;
  bool converged = true;
};
[[nodiscard]] Radius perron_radius(const CsrView<double>& B, const GapOptions& how);

/// The walk on its transient tokens T: rho(A_TT), expected hops until a closed class, and the
/// probabilities to end in each class.
struct Transient {
  Radius radius;
  std::vector<double> hops; ///< one per transient token
  /// absorbed[c]: one probability per transient token, for the classes asked for
  std::vector<std::vector<double>> absorbed;
  double residual = 0; ///< largest residual of the linear systems
};

/// @param A        row-stochastic, n x n
/// @param parts    members(strong_components(A))
/// @param closed   labels of the closed classes whose absorption probabilities are wanted
/// @param is_open  for every label, whether the component is transient
[[nodiscard]] Transient transient_part(const CsrView<double>& A,
                                       const std::vector<std::vector<Index>>& parts,
                                       const std::vector<Index>& closed,
                                       const std::vector<char>& is_open, const GapOptions& how);

} // namespace attnwalk::spectral
