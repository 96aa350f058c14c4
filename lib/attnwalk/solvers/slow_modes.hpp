// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/solvers/dense.hpp"

#include <optional>

namespace attnwalk::solvers {

/// Where the eigenvalues of largest modulus lie, as distances of moduli from 1.
struct ModeBounds {
  double gap_lo = 0; ///< 1 - rho is in [gap_lo, gap_hi]
  double gap_hi = 1;
  Index count = 0; ///< modes enclosed
  Eigenpair top;
};

/// What is known of a matrix D from a float matrix X.
struct ModesOptions {
  double error = 0; ///< ||X - D||_F at most
  double norm = 1;  ///< ||D||_2 at most
};

/// Encloses the few slowest modes of D in discs and bounds the rest by a power of D. With W'V = I, B =
/// W'DV and C the compression of D to the complement of W along V,
///   ||C^k|| <= ||D^k (I - W W^+)|| + k ||V|| eta_l b^k = c < r^k
/// puts every eigenvalue of C inside the circle of radius r, and every eigenvalue of D outside of it
/// into one of g discs around the eigenvalues of B. Theorem and rounding: docs/spectral.md.
class SlowModes {
public:
  /// @param X  n x n, n >= 8; must outlive this object
  SlowModes(const DenseMatrix& X, const ModesOptions& how);

  /// Turns both subspaces towards the slow modes and tries a proof.
  /// @param P      2^-scale D^k within `error` in Frobenius's norm
  /// @return       nothing if k is too small for a proof, or the modes are too ill-conditioned
  /// @cost  O(24 n^2) some ten times
  [[nodiscard]] std::optional<ModeBounds> enclose(const DenseMatrix& P, Index k, double scale,
                                                  double error);

  /// n x p, column by column.
  struct Tall {
    Tall(Index rows, Index columns) : n(rows), p(columns), a(rows * columns) {}
    [[nodiscard]] double* column(Index j) { return a.data() + j * n; }
    [[nodiscard]] const double* column(Index j) const { return a.data() + j * n; }
    Index n, p;
    Buffer<double> a;
  };

private:
  [[nodiscard]] std::optional<ModeBounds> prove(const Tall& V, const Tall& W, double top,
                                                const DenseMatrix& P, Index k, double scale,
                                                double error) const;

  const DenseMatrix& X_;
  ModesOptions how_;
  double held_; ///< bounds || |X| ||_2
  Tall V_, W_;
};

} // namespace attnwalk::solvers
