// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sbm/model.hpp"

#include <complex>
#include <limits>
#include <optional>
#include <vector>

/// Spectra of E[A] = P = Y S Z' + delta, where the model clamps min(P, 1), from k x k matrices, and
/// what sampling makes of them.
namespace attnwalk::sbm {

/// The non-zero part of four spectra, k = rank values each at most; the rest is 0.
struct ExpectedSpectrum {
  std::vector<double> singular;             ///< of P, descending: sigma(R_Y S R_Z')
  std::vector<std::complex<double>> values; ///< of P, by modulus: eig(S Z' Y); square only
  /// Of the walk D_r^{-1} P, by modulus: eig(S Z' D_r^{-1} Y); square only. values[0] = 1.
  std::vector<std::complex<double>> walk;
  /// Singular values of D_r^{-1/2} P D_c^{-1/2}, descending, first 1: square roots of
  /// eig(S (Z' D_c^{-1} Z) S' (Y' D_r^{-1} Y)).
  std::vector<double> normalized;
  Index empty_rows = 0; ///< rows of P that are 0: left out of the normalized forms
  Index empty_cols = 0;
  double row_degree = 0; ///< mean of the expected degrees of queries
  double col_degree = 0; ///< and of keys
  /// Where the clamp cuts rates of mixed or weighted memberships, min(P, 1) is not of low rank: above
  /// 128 tokens the lists hold the four leading values, by Lanczos and Arnoldi, and this is false if
  /// they did not converge or 2^22 rates are cut. Of plain blocks the clamp cuts entries of S.
  bool known = true;

  /// |walk[1]|, the expected SLEM; 0 for rank one; NaN if not known.
  [[nodiscard]] double slem() const { return walk.size() < 2 ? none() : std::abs(walk[1]); }
  /// The expected second normalized singular value; 0 for rank one; NaN if not known.
  [[nodiscard]] double sigma_2() const { return normalized.size() < 2 ? none() : normalized[1]; }

private:
  [[nodiscard]] double none() const { return known ? 0 : std::numeric_limits<double>::quiet_NaN(); }
};

/// @throws Error{shape, domain} as `check`; Error{domain} if loops are forced (P is then not of low
///         rank)
/// @cost   O((n + m) k^2 + k^3) time; n x k and m x k arrays where memberships are mixed; where the
///         clamp may cut, all rates of the rows concerned, on all threads
/// @see    docs/sbm.md
[[nodiscard]] ExpectedSpectrum expected_spectrum(const Model& model, int threads = 0);

/// Whether a mask drawn from the model shows its blocks: degree d and second normalized value lb of
/// the expectation satisfy d lb^2 > 1 (Kesten and Stigum).
struct Detectability {
  double row_degree = 0;
  double col_degree = 0;
  double second = 0;    ///< normalized[1]
  double signal = 0;    ///< sqrt(d_l d_r) sigma_2^2, d lb^2 if square
  bool visible = false; ///< signal > 1; below, the spectrum is that of an Erdos-Renyi mask
};
/// @see [decelle2011]
[[nodiscard]] Detectability detectability(const ExpectedSpectrum& spectrum);
/// The same of a model, forced loops aside.
[[nodiscard]] Detectability detectability(const Model& model);

/// How a mask was drawn, for what sampling does to eigenvalues.
enum class SamplingLaw {
  symmetric, ///< undirected: A = A'
  directed,  ///< each ordered pair on its own
};
/// Predicted second values of a sampled mask of degree d and expected second value lb, accurate to
/// about 6-8 % where degrees are equal; for others see `sampled_spectrum`.
struct SampledSecond {
  double slem = 0;    ///< symmetric: lb + 1/(d lb), else 2/sqrt d; directed: max(lb, 1/sqrt d)
  double sigma_2 = 0; ///< lb + 1/(d lb) above the threshold, else 2/sqrt d
};
[[nodiscard]] SampledSecond sampled_second(double degree, double second, SamplingLaw law);
/// The second singular value of a sampled bipartite 0-1 matrix: sqrt((s^2 + d_l)(s^2 + d_r)) / s
/// with s = sigma_2 sqrt(d_l d_r) above the threshold, else the bulk's edge sqrt d_l + sqrt d_r.
[[nodiscard]] double sampled_bipartite(double row_degree, double col_degree, double sigma_2);

/// The ratio out/in of a planted model of k blocks and mean degree c at the threshold:
/// (sqrt c - 1) / (sqrt c - 1 + k).
/// @throws Error{domain} unless degree > 1 and k >= 2
[[nodiscard]] double threshold_ratio(double degree, Index k);

/// How far a drawn mask B lies from P in spectral norm.
struct Concentration {
  double bernstein = 0; ///< E ||B - P|| at most: sqrt(2 v log(n+m)) + log(n+m)/3
  double sharp = 0;     ///< predicted: sqrt v_r + sqrt v_c for the largest row and column variances
};
/// @cost O(n m k) time, O(n + m) memory
[[nodiscard]] Concentration concentration(const Model& model, int threads = 0);

} // namespace attnwalk::sbm
