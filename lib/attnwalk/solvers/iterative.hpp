// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/solvers/dense.hpp"
#include "attnwalk/solvers/operator.hpp"

#include <vector>

namespace attnwalk::solvers {

using Apply = LinearMap::Product;

struct IterationOptions {
  Index dimension = 60; ///< of Arnoldi's Krylov space
  Index max_products = 20000;
  double tolerance = 1e-10; ///< residual relative to the eigenvalue
  double failure = 1e-6;    ///< probability that `share` is wrong
  double floor = 1e-26;     ///< a first quotient below this is rounding, and not iterated on
  Key key = {};             ///< of the Gaussian start
  Monitor* monitor = nullptr;
};

/// The largest eigenvalue of a symmetric positive semidefinite matrix.
struct LanczosPair {
  double value = 0;           ///< Rayleigh quotient of `vector`: a lower bound
  std::vector<double> vector; ///< of norm 1
  double residual = 0;
  double share = 0; ///< in (0, 1]: lambda_max <= value / share with probability >= 1 - failure,
                    ///< if a product is rounded by no more than 64 eps sqrt(lambda_max)
  Index products = 0;
  bool converged = false;
};

/// Lanczos from a seeded Gaussian start, without restarts up to 2 GiB of vectors. The same run bounds
/// the eigenvalue from above (`krylov_bound`). X may have low rank or be 0: the first Rayleigh
/// quotient is looked at before a Krylov space is built on what may be rounding alone.
/// @cost one vector of n doubles a product
[[nodiscard]] LanczosPair largest_eigenpair(Index n, const Apply& X, const IterationOptions& how);

/// The smallest e with sqrt(2n/pi) sqrt((1-e)/e) / T_{k-1}((1+e)/(1-e)) <= failure: k steps of
/// Lanczos from a uniformly random direction on a positive semidefinite matrix miss more than the
/// fraction e of the largest eigenvalue with at most that probability (elementary version, proved
/// in docs/spectral.md). 1 if no e < 1 will do.
[[nodiscard]] double random_start_slack(Index n, Index k, double failure);

/// The eigenvalue of largest modulus of a real matrix by Arnoldi: six are asked for, so that the
/// first is never half of a split conjugate pair, and a second run on the transpose gives its
/// condition number. An estimate: of a matrix far from normal it can be badly wrong
/// although its residual is small.
///
/// @return nothing if no eigenvalue converged
[[nodiscard]] std::optional<Eigenpair>
dominant_eigenpair(Index n, const Apply& X, const Apply& X_transposed, const IterationOptions& how);

/// ||X v - mu v|| of a complex pair.
[[nodiscard]] double residual_of(Index n, const Apply& X, const Eigenpair& pair);

/// The eigenvalues of largest modulus of a real matrix, by Arnoldi with restarts, in no order: at
/// least `count`, or none where they do not converge. An estimate, as `dominant_eigenpair`.
[[nodiscard]] std::vector<std::complex<double>> leading_eigenvalues(const LinearMap& X, Index count,
                                                                    double tolerance);

/// The `count` largest eigenvalues of a symmetric matrix, descending, by Lanczos with restarts;
/// none where they do not converge. Of an eigenvalue with several vectors not every copy is found.
[[nodiscard]] std::vector<double> leading_symmetric(const LinearMap& X, Index count,
                                                    double tolerance);

} // namespace attnwalk::solvers
