// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/grb/matrix.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <memory>
#include <vector>

namespace attnwalk::grb {

/// Copies a CSR matrix into GraphBLAS; null values give a matrix of ones of T's type.
/// @throws Error{graphblas} if offsets or columns are out of range
/// @cost O(m + n)
[[nodiscard]] Matrix from_csr(const CsrView<float>& A);
[[nodiscard]] Matrix from_csr(const CsrView<double>& A);

/// Copies a tokens x width matrix (the first batch and head) into a full GraphBLAS matrix.
[[nodiscard]] Matrix from_dense(View<const float> A);
[[nodiscard]] Matrix from_dense(View<const double> A);

/// Copies the entries out, columns ascending in each row, cast to T.
/// @cost O(m + n)
template <Real T>
[[nodiscard]] Csr<T> to_csr(const Matrix& A);

/// Copies into a dense rows x cols matrix; what is not stored becomes 0.
template <Real T>
[[nodiscard]] Dense<T> to_dense(const Matrix& A);

/// Copies a vector; what is not stored becomes `missing`.
[[nodiscard]] std::vector<double> to_values(const Vector& x, double missing = 0);

/// A GraphBLAS matrix over arrays that somebody else owns: nothing is copied, and the addresses
/// stay. GraphBLAS may only read the matrix, and never frees the arrays: it is told so (version 10)
/// or the destructor takes them back (earlier versions) while `owner` still holds them.
class Packed {
public:
  /// Boolean, every entry true (iso-valued), over `structure`'s offsets and columns; values
  /// ignored.
  /// @param structure  sorted, duplicate-free, in range: assumed, not checked
  Packed(const CsrView<double>& structure, std::shared_ptr<const void> owner);
  Packed(Packed&&) noexcept = default;
  Packed& operator=(Packed&&) = delete;
  ~Packed();

  [[nodiscard]] const Matrix& matrix() const { return matrix_; }

private:
  Matrix matrix_;
  std::shared_ptr<const void> owner_;
};

} // namespace attnwalk::grb
