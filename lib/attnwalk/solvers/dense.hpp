// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/core/monitor.hpp"

#include <complex>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace attnwalk::solvers {

/// A dense n x n matrix, column-major.
struct DenseMatrix {
  explicit DenseMatrix(Index size = 0) : n(size), a(size * size) {}
  [[nodiscard]] double& operator()(Index i, Index j) { return a[j * n + i]; }
  [[nodiscard]] double operator()(Index i, Index j) const { return a[j * n + i]; }
  Index n;
  Buffer<double> a;
};

/// A B, or A' B. Columns are split into fixed panels: the same bits for every thread count.
/// @cost O(n^3)
[[nodiscard]] DenseMatrix product(const DenseMatrix& A, const DenseMatrix& B, bool transpose_a,
                                  int threads);

/// A'A, of which one half is computed and mirrored. @cost O(n^3), half of a product
[[nodiscard]] DenseMatrix gram(const DenseMatrix& A, int threads);

/// y = X x, or X' x. @cost O(n^2)
void multiply(const DenseMatrix& X, bool transposed, const double* x, double* y);

/// The largest eigenvalue of a symmetric matrix within n eps of itself, with its vector (which may be empty
/// where it was not asked for): by inverse iteration and a proof that no eigenvalue was missed, or, for small
/// matrices and a top eigenvalue of several vectors, by the tridiagonal form. @cost 2 n^3 / 3, or 4 n^3 / 3
struct SymmetricPair {
  double value = 0;
  std::vector<double> vector;
};
/// @param bound  if known, above the spectrum: where a factorization may begin. Not relied on.
[[nodiscard]] SymmetricPair
largest_eigenpair(const DenseMatrix& S, bool with_vector,
                  double bound = std::numeric_limits<double>::infinity());

/// All eigenvalues of a symmetric matrix, ascending.
[[nodiscard]] std::vector<double> symmetric_spectrum(const DenseMatrix& S);

/// ||X||_2 and a right singular vector, from the eigenvalues of X'X: squaring costs the small
/// singular values their digits, not the largest.
/// @param bound  as in `largest_eigenpair`
[[nodiscard]] SymmetricPair norm_2(const DenseMatrix& X, bool with_vector, int threads,
                                   double bound = std::numeric_limits<double>::infinity());

/// S = L L' in place, the lower triangle; false where a pivot is not positive, that is for any S not
/// clearly positive definite. @cost n^3 / 3
[[nodiscard]] bool cholesky(DenseMatrix& S);

/// Whether Cholesky's factorization proves a symmetric matrix positive definite: it runs to the end
/// on S - c I with c above its own backward error, |E| <= (n+2) u tr(S).
[[nodiscard]] bool positive_definite(DenseMatrix S);

/// ||X||_F; and sqrt(||X||_1 ||X||_inf), which bounds the 2-norm of X and of |X|.
[[nodiscard]] double frobenius(const DenseMatrix& X);
[[nodiscard]] double mixed_norm(const DenseMatrix& X);

/// All eigenvalues of a real matrix. @cost O(25 n^3), slow beyond a few hundred
[[nodiscard]] std::vector<std::complex<double>> eigenvalues(const DenseMatrix& A);

/// All eigenvalues of a real matrix by falling modulus, with vectors of norm 1 one after the other.
/// What Eigen finds, not checked here.
struct Eigensystem {
  std::vector<std::complex<double>> values, vectors;
};
[[nodiscard]] Eigensystem eigensystem(const DenseMatrix& A);

/// All singular values of a rectangular matrix, descending: the upper half of the spectrum of
/// [0 A; A' 0], so that small ones have errors of eps ||A||. @cost O((rows + columns)^3)
[[nodiscard]] std::vector<double> singular_values(View<const double> A);

/// The triangle R of A = Q R, min(rows, columns) x columns, by Householder's reflections: it keeps the
/// digits that A'A would square away.
[[nodiscard]] Dense<double> triangle(View<const double> A);

/// The eigenvalue of largest modulus with right vector, residual and condition number.
struct Eigenpair {
  std::complex<double> value;
  std::vector<std::complex<double>> vector; ///< of norm 1
  double residual = 0;                      ///< ||A v - mu v||
  /// ||v|| ||w|| / |w'v| with the left vector w; infinite where none was found.
  double condition = 0;
};
[[nodiscard]] Eigenpair dominant_eigenpair(const DenseMatrix& A);

/// B^-1 by elimination in blocks, and ||I - B B^-1||_F, which certifies it. @cost 4 n^3
struct Inverse {
  DenseMatrix matrix;
  double defect = 0;
};
[[nodiscard]] Inverse inverse(const DenseMatrix& B, int threads);

/// The same by halves and without exchanges of rows between them, not checked. @cost 2 n^3
[[nodiscard]] DenseMatrix rough_inverse(const DenseMatrix& B, int threads);

/// Two-sided bounds on the spectral radius, as logarithms so that a radius of 1 - 1e-9 keeps
/// digits.
struct RadiusBounds {
  double log_lo = 0; ///< -infinity if nothing is known
  double log_hi = 0;
  Index power = 1;              ///< the power that proved log_hi; 0 if radius_proved did
  Index modes = 0;              ///< how many `SlowModes` enclosed, if that proved log_hi
  std::optional<Eigenpair> top; ///< the slowest of them
};

struct RadiusOptions {
  double error = 0;                                      ///< ||X - truth||_F of the matrix given
  double norm = std::numeric_limits<double>::infinity(); ///< a bound on ||truth||_2, if known
  double precision = 1e-3;                               ///< wanted width relative to 1 - rho
  int squarings = 40;
  std::span<const DenseMatrix> squares =
      {}; ///< X^2, X^4, .. if they are known, each the one before squared
  /// (I - X)^-1, roughly, and X'X, if slow modes near 1 are to be looked for before any squaring.
  const DenseMatrix* inverse = nullptr;
  const DenseMatrix* gram = nullptr;
  int threads = 1;
  Monitor* monitor = nullptr;
};

/// Bounds rho(X) by repeated squaring: with X_k = X^k,
///   (|tr X_k| / (n - 1))^{1/k} <= rho <= ||X_k||_F^{1/k},
/// the first if one eigenvalue is known to be 0 (deflation). The rounding of every squaring is
/// carried along as a bound on ||X_k - X^k||_F, so both ends are rigorous whatever the departure
/// from normality. Before the first squaring, if `inverse` is given, and from the fourth power on, `SlowModes` may end the search: a few squarings then do
/// what takes 10 - log2(1 - rho) of them. Where rounding stops the squaring of a very non-normal
/// matrix early, the upper end is lowered by bisection on `radius_proved`.
/// @cost O(n^3) a squaring
[[nodiscard]] RadiusBounds radius_bounds(const DenseMatrix& X, const RadiusOptions& how);

/// Whether rho <= r is proved for every matrix within `error` (in the 2-norm) of X. With Y = X/r
/// and
///   P = sum_{i < 2^J} (Y^i)'Y^i,    P - Y'PY = I - (Y^{2^J})'Y^{2^J},
/// P > 0 and P - Y'PY > 0 imply rho(Y) < 1 (Stein). P is summed by doubling. Its rounding errors do
/// no harm, because the implication holds for every P: Cholesky's factorization shows both
/// inequalities for the P that was computed, with the rounding of the one product Y'PY bounded entry
/// by entry. The proof fails where P is larger than 1/(n eps).
/// @cost O(n^3) three times a doubling, at most 14 of them
[[nodiscard]] bool radius_proved(const DenseMatrix& X, double r, double error, int threads);

} // namespace attnwalk::solvers
