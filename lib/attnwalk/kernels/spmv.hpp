// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/kernels/split.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <cstdint>

namespace attnwalk::kernels {

/// Which product a plan computes.
enum class Side {
  plain,     ///< y = A x
  transposed ///< y = A' x, from a transposed copy
};

/// What `spmv` needs to know of a matrix, built once: columns in 16 or 32 bits where they fit,
/// the transpose where it was asked for, and a split into chunks of about equal numbers of entries.
/// A row longer than a chunk is split, so that a global token does not serialize the product. The
/// split depends on the matrix alone: products have the same bits for every thread count.
class SpmvPlan {
public:
  /// Entries a chunk holds at most, and the longest row that is not split.
  static constexpr Index grain = 8192;

  /// @param A  rows x cols; Side::plain keeps referring to its offsets and values (and to its
  /// columns
  ///           if they need 64 bits), so they must live as long as the plan
  /// @cost   O(m + n) time; 4 m bytes (2 m up to 65536 columns), and for a transposed plan of a
  ///         valued matrix 8 m more
  explicit SpmvPlan(const CsrView<double>& A, Side side = Side::plain);
  SpmvPlan(SpmvPlan&&) = default;
  SpmvPlan& operator=(SpmvPlan&&) = default;

  [[nodiscard]] Index rows() const { return rows_; } ///< length of y
  [[nodiscard]] Index cols() const { return cols_; } ///< length of x
  [[nodiscard]] Index entries() const { return rows_ == 0 ? 0 : offsets_[rows_]; }
  /// Doubles of workspace that `spmv` asks its caller for.
  [[nodiscard]] Index workspace() const { return cols_ + split_.partials; }

  /// Chunks of rows; the sum of part p of a split row goes to workspace cols() + p.
  [[nodiscard]] const Split& split() const { return split_; }
  [[nodiscard]] const Index* offsets() const { return offsets_; }
  [[nodiscard]] const double* values() const { return values_; } ///< null for a pattern
  /// The columns in the width that they have: exactly one of the three is not null (all if empty).
  [[nodiscard]] const std::uint16_t* half() const { return half_; }
  [[nodiscard]] const std::uint32_t* narrow() const { return narrow_; }
  [[nodiscard]] const Index* wide() const { return wide_; }

private:
  void transpose(const CsrView<double>& A);

  Index rows_ = 0;
  Index cols_ = 0;
  const Index* offsets_ = nullptr;
  const double* values_ = nullptr;
  const std::uint16_t* half_ = nullptr;
  const std::uint32_t* narrow_ = nullptr;
  const Index* wide_ = nullptr;
  Buffer<Index> own_offsets_;
  Buffer<double> own_values_;
  Buffer<std::uint16_t> own_half_;
  Buffer<std::uint32_t> own_narrow_;
  Buffer<Index> own_wide_;
  Split split_;
};

/// Diagonal matrices folded into a product; null is the identity.
struct Scaling {
  const double* left = nullptr;  ///< one per row of the product
  const double* right = nullptr; ///< one per column
};

/// y = diag(left) A diag(right) x.
///
/// @param A        the plan of the matrix (or of its transpose)
/// @param x        A.cols() numbers
/// @param y        A.rows() numbers, overwritten; must not overlap x
/// @param work     A.workspace() numbers, overwritten
/// @param threads  how many; the bits do not depend on it
/// @cost   O(m + n); about .6 ns an entry and thread while x fits the cache
void spmv(const SpmvPlan& A, const double* x, double* y, double* work, const Scaling& scaling = {},
          int threads = 1);

} // namespace attnwalk::kernels
