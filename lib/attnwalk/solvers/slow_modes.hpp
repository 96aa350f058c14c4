// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/solvers/subspaces.hpp"

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

  /// The same without a power, for walks whose slow modes are near 1 and that are nearly normal: a proof
  /// that ||D (I - W W^+)|| < r by one factorization. The subspaces are Krylov spaces of `inverse`.
  /// @param inverse  near (I - D)^-1, on the complement of D's null space at least; not relied on
  /// @param gram     X'X as a product of floats
  /// @return         nothing if that norm is too large
  /// @cost  O(n^2) some 90 times, and up to three times n^3 / 3
  [[nodiscard]] std::optional<ModeBounds> enclose_near_one(const DenseMatrix& inverse,
                                                           const DenseMatrix& gram) const;

private:
  /// A proof for the modes spanned by V and W, of which `top` is the largest modulus.
  /// @param r  above what the rest's moduli are; @param outside  bounds ||D^k (I - W W^+)||
  [[nodiscard]] std::optional<ModeBounds> prove(const Tall& V, const Tall& W, double top, double r,
                                                Index k, double outside) const;
  /// Whether ||D (I - W W^+)|| <= c is proved.
  [[nodiscard]] bool outside_below(double c, const DenseMatrix& gram, const Tall& W) const;

  const DenseMatrix& X_;
  ModesOptions how_;
  double held_; ///< bounds || |X| ||_2
  Tall V_, W_;
};

} // namespace attnwalk::solvers
