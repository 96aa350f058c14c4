// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/extremal_pairs.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/reversible.hpp"

#include <span>

namespace attnwalk::spectral {

/// The best prefix of the vertices ordered by D^-1/2 x: conductance W(S, S^c) / min(vol S, vol
/// S^c). For any x orthogonal to the top eigenvector it is at most sqrt(2 R), R the Rayleigh
/// quotient of I - N at x: a certificate from an unconverged vector.
///
/// @param x    n numbers, not all 0
/// @param set  return the vertices of the smaller side
/// @cost  O(m + n log n)
/// @see   [chung1994]
[[nodiscard]] SweepCut sweep_cut(const ReversibleWalk& walk, std::span<const double> x, bool set);

/// What the ends of the spectrum say of cuts, distances and comparable graphs, appended as bounds:
///
/// * `cheeger_lo` = g/2 and `cheeger_hi`, the smaller of the sweep cut and, for g < 1, of
///   sqrt(g(2-g)): the conductance of the graph lies between them;
/// * `connectivity_lo` = g d_min, `connectivity_hi` = min(g d_max, n/(n-1) min_i (d_i - W_ii)): the
///   second eigenvalue of D - W (Fiedler);
/// * `diameter_hi` by Chung, Faber and Manteuffel, from the two smallest degrees;
/// * `resistance_lo`, `resistance_hi`: (1/d_i + 1/d_j)/(1 - lambda_n) and (1/d_i + 1/d_j)/g at the
///   largest and smallest degrees;
/// * `alon_boppana`: max of 2 sqrt(d-1) cos(pi/(floor(D/2) + 1)) and 2 sqrt(d-1)(1 - 2/D) - 2/D,
///   over d, D the diameter: no d-regular simple graph of that diameter has a smaller lambda_2;
/// * `ramanujan` = 1 or 0, whether all eigenvalues but +-1 are at most 2 sqrt(d-1)/d in modulus, or
///   for a biregular bipartite graph at most (sqrt(a-1) + sqrt(b-1))/sqrt(ab); absent with a reason
///   where the graph is not regular or the interval straddles the bound;
/// * `irregular_reference` = 2 sum d sqrt(d-1) / sum d^2, what lambda_2 of an irregular graph is
///   compared with.
///
/// @param ends  empty vectors if the graph is disconnected: then cheeger_* = 0 and little else
void append_cut_bounds(GapReport& report, const ReversibleWalk& walk,
                       const pattern::Structure& structure, const ExtremalPairs& ends,
                       bool sweep_set);

} // namespace attnwalk::spectral
