// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/solvers/dense.hpp"

#include <memory>
#include <span>
#include <vector>

namespace attnwalk::solvers {

/// All eigenvalues, ascending, of the symmetric tridiagonal T with diagonal `main` (n >= 1) and
/// `off` (n - 1) beside it. @cost O(n^2)
[[nodiscard]] std::vector<double> tridiagonal_values(std::span<const double> main,
                                                     std::span<const double> off);

/// Eigenvalue number `rank` of T, counted from 0 for the lowest: bisection on the number of negative
/// pivots of T - x I (Sturm). Slower than `tridiagonal_values` for all of them, but it cannot fail.
/// @cost O(n)
[[nodiscard]] double tridiagonal_value(std::span<const double> main, std::span<const double> off,
                                       Index rank);

/// An eigenvector of norm 1 of T for its eigenvalue `value`: inverse iteration from a seeded start.
/// @cost O(n)
[[nodiscard]] std::vector<double> tridiagonal_vector(std::span<const double> main,
                                                     std::span<const double> off, double value);

/// A symmetric matrix as Q T Q' with T tridiagonal, by Householder's reflections. One vector costs
/// O(n^2) from here, where the QL method finds all or none of them.
class TridiagonalForm {
public:
  /// @param S  symmetric, n >= 1; only the lower triangle is read
  /// @throws Error{memory} if it would not fit
  /// @cost 4/3 n^3; 3 n^2 doubles
  explicit TridiagonalForm(const DenseMatrix& S);
  TridiagonalForm(TridiagonalForm&&) noexcept;
  TridiagonalForm& operator=(TridiagonalForm&&) noexcept;
  ~TridiagonalForm();

  /// All eigenvalues, ascending. @cost O(n^2)
  [[nodiscard]] std::vector<double> values() const;
  /// An eigenvector of norm 1 for an eigenvalue. @cost O(n^2)
  [[nodiscard]] std::vector<double> vector(double value) const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace attnwalk::solvers
