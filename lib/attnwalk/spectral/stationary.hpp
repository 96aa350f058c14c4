// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

#include <optional>
#include <span>
#include <vector>

/// `stationary` checks its arrays. The functions that it is made of do not: A is n x n, row-
/// stochastic and irreducible, and a pi has n numbers.
namespace attnwalk::spectral {

/// pi_i = d_i / vol of symmetric weights: exact, nothing to iterate.
/// @param W  symmetric, n x n
[[nodiscard]] std::vector<double> stationary_of_degrees(const CsrView<double>& W);

/// pi of a reversible walk along a spanning tree, accepted only if detailed balance then holds on
/// every edge to 1e-11: sparse::reversible_measure.
///
/// @param A  irreducible, row-stochastic
/// @return   nothing if the walk is not reversible
/// @cost     O(m log d)
[[nodiscard]] std::optional<std::vector<double>> stationary_reversible(const CsrView<double>& A);

/// pi by Grassmann-Taksar-Heyman elimination: no subtractions, so every entry has full relative
/// accuracy (a drift chain with pi_min = 2e-36 keeps 12 digits).
///
/// @param A  irreducible, row-stochastic
/// @cost     O(n^3) at worst, zeros skipped; 8 n^2 bytes
/// @see      [grassmann1985]
[[nodiscard]] std::vector<double> stationary_gth(const CsrView<double>& A, int threads = 1);

/// The same elimination on sparse rows, in an order of little fill: for bands, grids and graphs of
/// neighbors in the plane of any size.
///
/// @param flops  absent if elimination of the symmetric structure of A + A' takes more
/// @cost  O(m log m), and the flops
[[nodiscard]] std::optional<std::vector<double>>
stationary_sparse(const CsrView<double>& A, double flops, Monitor* monitor = nullptr);

/// What power iteration came to.
struct PowerResult {
  std::vector<double> pi;
  Index products = 0;
  bool converged = false; ///< |pi A - pi| <= 1e-13 pi in every entry
};
/// pi by power iteration on the lazy walk (I + A)/2, which has no period, ended by two Gauss-Seidel
/// sweeps. @cost O(m) a product
[[nodiscard]] PowerResult stationary_power(const CsrView<double>& A, const GapOptions& how);

/// ||pi A - pi||_1.
[[nodiscard]] double stationary_residual(const CsrView<double>& A, std::span<const double> pi);

/// ||Pi A - (Pi A)'||_F / ||Pi A||_F: 0 iff the walk is reversible.
[[nodiscard]] double reversibility_defect(const CsrView<double>& A, std::span<const double> pi);

/// max |pi_i A_ij - pi_j A_ji| / max(..) over the edges of a walk each of whose edges has a reverse.
[[nodiscard]] double imbalance(const CsrView<double>& A, std::span<const double> pi);

/// The stationary distribution of an irreducible walk by the cheapest method that is exact enough:
/// degrees for symmetric weights, the tree for reversible walks, GTH for n <= dense_below or where
/// sparse elimination is cheap, else power iteration. If that does not converge soon and n <= 2048,
/// GTH takes its place. Where the flows of a reversible walk balance up to more than rounding, what is
/// left over would be pushed into the edges off the tree: elimination finds pi there, too, if it is
/// affordable. Fills everything but the certificate, which needs a gap.
///
/// @param A        row-stochastic, irreducible
/// @param weights  what A was normalized from, if symmetric; else null
/// @throws Error{shape, index, domain} as `require_walk`, of either
[[nodiscard]] Stationary stationary(const CsrView<double>& A, const CsrView<double>* weights,
                                    const GapOptions& how);
[[nodiscard]] Stationary stationary_unchecked(const CsrView<double>& A,
                                              const CsrView<double>* weights,
                                              const GapOptions& how);

/// min, max and TV to uniform of `pi`, written next to it.
void summarize(Stationary& s);

} // namespace attnwalk::spectral
