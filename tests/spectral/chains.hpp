// SPDX-License-Identifier: Apache-2.0
// Walks to test directed spectra on, and their truth from Eigen's dense solvers.
#pragma once

#include "attnwalk/core/random.hpp"
#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

#include <complex>
#include <functional>
#include <vector>

namespace attnwalk::test {

/// Row-normalized, from weight(i, j); zeros are not stored.
[[nodiscard]] Csr<double> walk_of(Index n, const std::function<double(Index, Index)>& weight);

/// exp(sharpness * normal) on each ordered pair with probability `density`, on a directed cycle
/// with loops, so that it is irreducible and aperiodic.
[[nodiscard]] Csr<double> random_walk(Index n, double density, double sharpness, Key key);

/// exp(sharpness * s_ij) on all pairs, s standard normal: a head of dense softmax attention.
[[nodiscard]] Csr<double> softmax_walk(Index n, double sharpness, bool tied, Key key);

/// Right with probability `right`, else left, reflected at both ends: pi_i ~ (right/left)^i.
[[nodiscard]] Csr<double> drift(Index n, double right);

/// j = b i + c mod n, c < b.
[[nodiscard]] Csr<double> de_bruijn(Index n, Index b);

/// What dense linear algebra says of an irreducible walk; every vector dense, n x n row-major.
struct Truth {
  std::vector<double> pi;
  double slem = 0;
  double sigma_2 = 0;
  double additive = 0;
  double chatterjee = 0;
  std::vector<double> power_norms; ///< ||D^k||, k = 1..8
  double consensus = 0;
  double dobrushin = 0;
};
[[nodiscard]] Truth truth_of(const CsrView<double>& A, const std::vector<double>& pi);

/// A^k, row-major.
[[nodiscard]] std::vector<double> dense_power(const CsrView<double>& A, Index k);

[[nodiscard]] const spectral::Gap& named(const std::vector<spectral::Gap>& gaps,
                                         std::string_view name);
[[nodiscard]] const spectral::Bound& bound(const spectral::GapReport& report,
                                           std::string_view name);

} // namespace attnwalk::test
