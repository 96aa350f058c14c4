// SPDX-License-Identifier: Apache-2.0
// Dense linear algebra in numbers of 60 digits: slow, short, and without the library's code.
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <cstddef>
#include <vector>

namespace attnwalk::test {

using Real = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<60>,
                                           boost::multiprecision::et_off>;

/// Row-major.
struct RealMatrix {
  RealMatrix() = default;
  RealMatrix(std::size_t rows, std::size_t cols) : rows(rows), cols(cols), a(rows * cols) {}
  [[nodiscard]] Real& operator()(std::size_t i, std::size_t j) { return a[i * cols + j]; }
  [[nodiscard]] const Real& operator()(std::size_t i, std::size_t j) const {
    return a[i * cols + j];
  }
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::vector<Real> a;
};

[[nodiscard]] RealMatrix transpose(const RealMatrix& X);
[[nodiscard]] RealMatrix product(const RealMatrix& X, const RealMatrix& Y);
/// The rows and columns of these numbers.
[[nodiscard]] RealMatrix restricted(const RealMatrix& X, const std::vector<std::size_t>& keep);

/// All eigenvalues of a symmetric matrix from Householder's tridiagonal form, by bisection on the
/// number of negative pivots: those with the wanted ranks, 0 the smallest.
[[nodiscard]] std::vector<Real> symmetric_eigenvalues(RealMatrix S,
                                                      const std::vector<std::size_t>& ranks);

/// ||X||_2.
[[nodiscard]] Real norm_2(const RealMatrix& X);

/// The largest eigenvalue modulus of a square matrix, by the QR algorithm with one complex shift.
[[nodiscard]] Real spectral_radius(const RealMatrix& X);

/// Stationary distribution of an irreducible walk, by elimination without subtractions.
[[nodiscard]] std::vector<Real> stationary(RealMatrix A);

} // namespace attnwalk::test
