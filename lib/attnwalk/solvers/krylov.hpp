// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/solvers/operator.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <functional>
#include <span>
#include <vector>

namespace attnwalk::solvers {

/// Removes from a vector what is known already, such as the top eigenvector. An orthogonal
/// projector.
using Projector = std::function<void(double*)>;

/// Projects x and scales it to norm 1; false if nothing is left of it, or not a number. Twice, because
/// what the first projection takes away may be much larger than the rest and leave its rounding.
bool normalize(std::vector<double>& x, const Projector& project, int threads);

/// Lanczos's three terms, N V = V T + b_k v_{k+1} e_k' up to rounding, T tridiagonal with a_1 ..
/// a_k on the diagonal and b_1 .. b_{k-1} beside it. All vectors are kept.
class Krylov {
public:
  struct Options {
    bool orthogonal = false; ///< against all vectors, not the last two alone: for a few steps
    int threads = 1;
  };

  /// @param N        symmetric; must outlive this object
  /// @param project  onto a subspace that N maps to itself
  /// @param start    of that subspace, of norm 1
  Krylov(LinearMap N, Projector project, std::vector<double> start, const Options& how);

  /// @cost  one product and some passes over a vector (over all of them if orthogonal)
  void step();

  [[nodiscard]] Index steps() const { return static_cast<Index>(main_.size()); } ///< k
  [[nodiscard]] const std::vector<double>& main() const { return main_; }        ///< a_1 .. a_k
  [[nodiscard]] const std::vector<double>& off() const { return off_; }          ///< b_1 .. b_k
  [[nodiscard]] double next() const { return off_.back(); }                      ///< b_k

  /// The highest eigenvalue of T, its vector y of norm 1, and the residual b_k |y_k| of V y.
  struct Ritz {
    double value = 0;
    std::vector<double> y;
    double residual = 0;
  };
  /// @cost  O(k)
  [[nodiscard]] Ritz highest() const;

  /// V y. @cost  k passes over a vector
  [[nodiscard]] std::vector<double> vector(std::span<const double> y) const;

private:
  LinearMap N_;
  Projector project_;
  Options how_;
  std::vector<Buffer<double>> basis_;
  std::vector<double> main_, off_, image_;
};

/// Lehmann's upper bound on an eigenvalue. Let l be the highest eigenvalue of N whose eigenvector
/// the start vector is not orthogonal to, and let all other eigenvalues be at most rho. Append one
/// row and column to T, with the diagonal entry that makes rho an eigenvalue of the larger matrix.
/// Call its other eigenvalues t (the highest) and t_i. They are the nodes of a Gauss-Radau
/// quadrature, which is exact for the polynomial (x - rho)(x - t) prod_i (x - t_i)^2, so that
///   sum_j |u_j'v_1|^2 (l_j - rho)(l_j - t) prod_i (l_j - t_i)^2 = 0
/// over all eigenpairs (l_j, u_j) of N. Every term but that of l is >= 0, hence l <= t. The bound t
/// is usually far closer to l than the classical one, residual^2 / (Ritz value - rho).
///
/// @return           whether t < above
/// @param main, off  of a Krylov space
/// @param rho        below the highest eigenvalue of T and above all its others
/// @param above      above the highest eigenvalue of T
/// @cost  O(k)
/// @see   [beattie1998] [golub2010]
[[nodiscard]] bool lehmann_below(std::span<const double> main, std::span<const double> off,
                                 double rho, double above);

/// An upper bound on the eigenvalues of N by what k steps from a random start leave open. For a
/// unit eigenvector u of an eigenvalue l, multiplying N V = V T + b_k v_{k+1} e_k' + F from the
/// left by u' and solving with l - T gives
///   |u'v_1| <= b_k |x_k| + ||F|| ||x||,   (l - T) x = e_1,
/// and above the spectrum of T the right side falls as l grows: from where it is below the least
/// |u'v_1| that chance allows, there is no eigenvalue. Orthogonality of V is not needed.
///
/// @param main, off  of a Krylov space
/// @param component  what |u'v_1| is at least (`smallest_component`)
/// @param rounding   what ||F|| is at most
/// @param top        an eigenvalue cannot be larger
/// @return top if nothing smaller is proved; with -main the negative of a lower bound
/// @cost  60 solves of size k
/// @see   [dorsselaer2000]
[[nodiscard]] double krylov_bound(std::span<const double> main, std::span<const double> off,
                                  double component, double rounding, double top);

} // namespace attnwalk::solvers
