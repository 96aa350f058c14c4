// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace attnwalk::solvers {

/// The work that a factorization L D L' of a symmetric matrix would be.
struct Fill {
  double entries = 0; ///< of L
  double flops = 0;   ///< sum of squared column counts
};

/// An order of elimination for a symmetric structure, and its fill.
struct EliminationOrder {
  std::vector<int> order; ///< order[k] is eliminated as number k
  Fill fill;
};

/// Orders and counts: breadth-first levels, right for bands, then approximate minimum degree if that
/// is allowed (it is slow on large expanders, and of no use there). Absent if the fill would exceed
/// `flops` or 32-bit counts.
///
/// @param W  n x n, symmetric, not checked
/// @cost O(m log m) and the entries counted before giving up
[[nodiscard]] std::optional<EliminationOrder> elimination_order(const CsrStructure& W, double flops,
                                                                bool minimum_degree);

/// Sparse L D L' of diag(shift) + scale W for one symmetric pattern and many shifts: for solves,
/// and for the number of negative eigenvalues (Sylvester).
class SparseFactor {
public:
  /// Absent if `elimination_order` is.
  /// @param W  n x n, symmetric, not checked; must outlive the object
  [[nodiscard]] static std::optional<SparseFactor> plan(const CsrView<double>& W, double flops,
                                                        bool minimum_degree);

  SparseFactor(SparseFactor&&) noexcept;
  SparseFactor& operator=(SparseFactor&&) noexcept;
  ~SparseFactor();

  [[nodiscard]] const Fill& fill() const;
  /// Factors diag(shift) + scale W, with every sum exact where the weights are integers.
  /// @return false if a pivot was 0
  bool factor(std::span<const double> shift, double scale);
  /// Pivots below 0: eigenvalues below 0 of a matrix that differs from the given one by at most
  /// `error` (below).
  [[nodiscard]] Index negatives() const;
  /// A bound on ||S (exact - factored) S|| for the diagonal scaling S: the backward error of
  /// elimination, gamma_r max_i S_i^2 (|L| |D| |L'|)_ii times the entries of a row.
  [[nodiscard]] double error(std::span<const double> scaling) const;
  /// y = (diag(shift) + scale W)^-1 x.
  void solve(const double* x, double* y) const;

private:
  struct State;
  explicit SparseFactor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace attnwalk::solvers
