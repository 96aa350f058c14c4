// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace attnwalk::solvers {

/// All eigenvalues, ascending, of the symmetric tridiagonal T with diagonal `main` (n >= 1) and
/// `off` (n - 1) beside it. @cost O(n^2)
[[nodiscard]] std::vector<double> tridiagonal_values(std::span<const double> main,
                                                     std::span<const double> off);

/// An eigenvector of norm 1 of T for its eigenvalue `value`: inverse iteration from a seeded start.
/// @cost O(n)
[[nodiscard]] std::vector<double> tridiagonal_vector(std::span<const double> main,
                                                     std::span<const double> off, double value);

} // namespace attnwalk::solvers
