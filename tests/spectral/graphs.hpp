// SPDX-License-Identifier: Apache-2.0
// Symmetric graphs by definition, from edge lists, and their spectra by Jacobi rotations: slow,
// obvious, and independent of the library.
#pragma once

#include "attnwalk/sparse/csr.hpp"

#include <string>
#include <utility>
#include <vector>

namespace attnwalk::support {

/// Symmetric weights: every (i, j) adds 1 to entry (i, j), and to (j, i) if i != j.
[[nodiscard]] Csr<double> symmetric(Index n, const std::vector<std::pair<Index, Index>>& edges);

[[nodiscard]] Csr<double> cycle(Index n);
[[nodiscard]] Csr<double> path(Index n);
[[nodiscard]] Csr<double> complete(Index n);
[[nodiscard]] Csr<double> uniform(Index n); ///< J: all entries, loops included
/// |i - j| <= w around the circle or along the line; loops as asked.
[[nodiscard]] Csr<double> ring_band(Index n, Index w, bool loops, Index stride = 1);
[[nodiscard]] Csr<double> line_band(Index n, Index w);
/// J_h (x) tridiagonal of m chunks, on a line or around a ring: Diffuser's local part.
[[nodiscard]] Csr<double> chunk_band(Index chunks, Index h, bool ring);
[[nodiscard]] Csr<double> star(Index leaves, bool loops);
[[nodiscard]] Csr<double> complete_bipartite(Index a, Index b);
[[nodiscard]] Csr<double> hypercube(Index m);
[[nodiscard]] Csr<double> torus(Index a, Index b);
[[nodiscard]] Csr<double> paley(Index q);
[[nodiscard]] Csr<double> petersen();
[[nodiscard]] Csr<double> cocktail(Index pairs);
/// Same row or same column of an s x s grid; the loop counts twice.
[[nodiscard]] Csr<double> rook(Index s);
/// Ring band with loops plus g tokens adjacent to all (and to themselves), n + g in all.
[[nodiscard]] Csr<double> ring_and_global(Index n, Index w, Index g);
/// Margulis-Gabber-Galil on Z_m^2 with counts: all rows sum to 8.
[[nodiscard]] Csr<double> margulis(Index m);
/// x +- 1 and 1/x modulo a prime, 0 to itself: all rows sum to 3.
[[nodiscard]] Csr<double> chordal(Index p);
/// Two copies of K_n joined by an edge.
[[nodiscard]] Csr<double> barbell(Index n);
/// k blocks of `size`, weight p inside (loops too) and q between.
[[nodiscard]] Csr<double> block_model(Index k, Index size, double p, double q);
/// Union of d/2 random permutations and their inverses, coincidences and loops kept as counts.
[[nodiscard]] Csr<double> permutations(Index n, Index d, std::uint64_t seed);
/// Weights in (0, 1] on each pair and loop with probability `density`, and on a path.
[[nodiscard]] Csr<double> random_weights(Index n, double density, std::uint64_t seed);
/// The two graphs side by side.
[[nodiscard]] Csr<double> beside(const Csr<double>& a, const Csr<double>& b);

/// All eigenvalues of D^-1/2 W D^-1/2, descending, by cyclic Jacobi rotations. n <= 300 or so.
[[nodiscard]] std::vector<double> walk_spectrum(const CsrView<double>& W);
/// All eigenvalues of a dense symmetric row-major matrix, descending.
[[nodiscard]] std::vector<double> jacobi(std::vector<double> a, Index n);
/// The walk's matrix with entry (i, j) of D^-1/2 W D^-1/2 at i n + j.
[[nodiscard]] std::vector<double> normalized(const CsrView<double>& W);

/// Sixteen small connected graphs with and without loops, weights, regularity, bipartition.
struct Named {
  std::string name;
  Csr<double> graph;
};
[[nodiscard]] std::vector<Named> sixteen();

} // namespace attnwalk::support
