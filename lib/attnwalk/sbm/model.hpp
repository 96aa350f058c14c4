// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/sbm/membership.hpp"

#include <span>
#include <vector>

/// Stochastic block models: who attends whom is drawn from the blocks (clusters) of both.
namespace attnwalk::sbm {

/// A block model: query i attends key j with rate
///
///   lambda_ij = y_i' S z_j + delta,
///
/// y_i and z_j being rows of Y and Z. Bernoulli masks read it as the probability p_ij = lambda_ij,
/// Poisson multigraphs as the mean number of copies of the edge.
struct Model {
  Membership Y;       ///< queries x a
  Dense<double> S;    ///< a x b, entries >= 0
  Membership Z;       ///< keys x b
  double delta = 0;   ///< exploration mass, added to every rate; in [0, 1]
  bool clamp = false; ///< Bernoulli masks use min(lambda, 1); else a rate above 1 is refused
  bool loops = false; ///< every token attends itself for certain: (i, i) is an edge once

  [[nodiscard]] Index queries() const { return Y.tokens(); }
  [[nodiscard]] Index keys() const { return Z.tokens(); }
  /// lambda_ij by the definition, forced loops and the clamp aside. @cost O(a b)
  [[nodiscard]] double rate(Index i, Index j) const;
};

/// Refuses a model that is not one.
/// @throws Error{shape} if Y, S and Z do not fit or loops are forced on a rectangular model;
///         Error{domain} for 2^31 tokens or more, delta outside [0, 1], or naming the first entry
///         of S that is negative or not finite
void check(const Model& model);

/// P = Y S Z' with memberships as given: mixed (rows on the simplex), overlapping (any entries in
/// [0, 1]) or, with other sizes of Y and Z, bipartite.
/// @throws Error{shape, domain} as Membership::mixed and `check`
[[nodiscard]] Model mixed(View<const double> Y, View<const double> S, View<const double> Z);

/// The planted partition: n queries and m keys in k contiguous blocks each (`block_of`), `in`
/// within blocks of the same number, else `out`.
/// @throws Error{domain} if k is outside [1, min(n, m)] or a probability outside [0, 1];
///         Error{memory} if k x k numbers do not fit
[[nodiscard]] Model planted_model(Index n, Index m, Index k, double in, double out);

/// Every pair with probability p: the planted model with k = 1.
[[nodiscard]] Model erdos_renyi(Index n, Index m, double p);

/// Hard blocks: lambda_ij = S(query_block[i], key_block[j]); the sizes may differ (bipartite).
/// @throws Error{domain} naming an entry of S outside [0, 1]; Error{index} for a block that S lacks
[[nodiscard]] Model blocks(std::vector<std::uint32_t> query_block, View<const double> S,
                           std::vector<std::uint32_t> key_block);

/// Degree-corrected: lambda_ij = theta_i S(block[i], block[j]) phi_j. Weights are used as given;
/// `block_normalized` scales them to mean 1 in each block, which leaves block densities to S.
/// @throws Error{shape, index, domain}
[[nodiscard]] Model degree_corrected(std::vector<std::uint32_t> block, View<const double> S,
                                     std::vector<double> theta, std::vector<double> phi);
/// The same for any model: theta_i lambda_ij phi_j, delta aside.
[[nodiscard]] Model degree_corrected(Model model, std::span<const double> theta,
                                     std::span<const double> phi);
/// Log-normal weights e^{sigma g}, g standard normal: the same bits everywhere.
/// @throws Error{domain} unless sigma is in [0, 10] and tokens >= 0
[[nodiscard]] std::vector<double> lognormal_weights(Index tokens, double sigma, Key key);
[[nodiscard]] std::vector<double> block_normalized(std::span<const std::uint32_t> block,
                                                   std::vector<double> theta);

/// The model with S scaled so that a query expects `degree` edges on average (delta included and
/// not scaled; the clamp and forced loops aside).
/// @throws Error{domain} if degree is not in [delta m, m], or if S gives no edges at all
[[nodiscard]] Model with_degree(Model model, double degree);
/// The same for the density, degree / m, in [delta, 1].
[[nodiscard]] Model with_density(Model model, double density);

/// The rank-extended model without a delta of its own: Y' = [Y, 1], S' = diag(S, delta),
/// Z' = [Z, 1]. The same rates. @cost O(n a + m b): memberships become mixed
[[nodiscard]] Model extended(const Model& model);

/// A bound of every rate, exact for hard memberships: max_j x . z_j (`key_bound`) for bounds x of
/// the entries of y_i' S, plus delta.
/// @cost O(n a + m b + a b)
[[nodiscard]] double rate_bound(const Model& model);

/// Bounds max_j x . z_j for x >= 0 by the column maxima of Z, x . max Z, and by its largest row
/// sum, max x times that; a hard Z attains max_v x_v max_v Z.
[[nodiscard]] double key_bound(const Membership& Z, const double* x,
                               const std::vector<double>& maxima, double largest_sum);

} // namespace attnwalk::sbm
