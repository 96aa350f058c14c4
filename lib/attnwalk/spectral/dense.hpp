// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/core/monitor.hpp"

#include <complex>
#include <optional>
#include <vector>

namespace attnwalk::spectral {

/// A dense n x n matrix, column-major.
struct Square {
  explicit Square(Index size = 0) : n(size), a(static_cast<std::size_t>(size * size)) {}
  [[nodiscard]] double& operator()(Index i, Index j) {
    return a[static_cast<std::size_t>(j * n + i)];
  }
  [[nodiscard]] double operator()(Index i, Index j) const {
    return a[static_cast<std::size_t>(j * n + i)];
  }
  Index n;
  Buffer<double> a;
};

/// A B, or A' B. Columns are split into fixed panels: the same bits for every thread count.
/// @cost O(n^3)
[[nodiscard]] Square product(const Square& A, const Square& B, bool transpose_a, int threads);

/// The largest eigenvalue of a symmetric matrix, with its vector on request (else empty).
struct SymmetricTop {
  double value = 0;
  std::vector<double> vector;
};
[[nodiscard]] SymmetricTop symmetric_largest(const Square& S, bool with_vector);

/// All eigenvalues of a symmetric matrix, ascending.
[[nodiscard]] std::vector<double> symmetric_spectrum(const Square& S);

/// ||X||_2 and a right singular vector, from the eigenvalues of X'X: squaring costs the small
/// singular values their digits, not the largest.
[[nodiscard]] SymmetricTop norm_2(const Square& X, bool with_vector, int threads);

/// All eigenvalues of a real matrix. @cost O(25 n^3), slow beyond a few hundred
[[nodiscard]] std::vector<std::complex<double>> eigenvalues(const Square& A);

/// The eigenvalue of largest modulus with right vector, residual and condition number.
struct Eigenpair {
  std::complex<double> value;
  std::vector<std::complex<double>> vector; ///< of norm 1
  double residual = 0;                      ///< ||A v - mu v||
  double condition =
      0; ///< ||v|| ||w|| / |w'v| with the left vector w; infinite where none was found
};
[[nodiscard]] Eigenpair dominant_dense(const Square& A);

/// B^-1 by LU, and ||I - B B^-1||_F, which certifies it.
struct Inverse {
  Square matrix;
  double defect = 0;
};
[[nodiscard]] Inverse inverse(const Square& B, int threads);

/// Two-sided bounds on the spectral radius, as logarithms so that a radius of 1 - 1e-9 keeps
/// digits.
struct RadiusBounds {
  double log_lo = 0; ///< -infinity if nothing is known
  double log_hi = 0;
  Index power = 1; ///< the largest power that was formed
};

struct RadiusOptions {
  double error = 0;        ///< ||X - truth||_F of the matrix given
  double precision = 1e-3; ///< wanted width relative to 1 - rho
  int squarings = 40;
  int threads = 1;
  Monitor* monitor = nullptr;
};

/// Bounds rho(X) by repeated squaring: with X_k = X^k,
///   (|tr X_k| / (n - 1))^{1/k} <= rho <= ||X_k||_F^{1/k},
/// the first if one eigenvalue is known to be 0 (deflation). The rounding of every squaring is
/// carried along as a bound on ||X_k - X^k||_F, so both ends are rigorous whatever the departure
/// from normality.
/// @cost O(n^3) a squaring
[[nodiscard]] RadiusBounds radius_bounds(Square X, const RadiusOptions& how);

} // namespace attnwalk::spectral
