// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/grb/matrix.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <memory>
#include <span>

namespace attnwalk::pattern {

/// Which query may attend which key: a boolean sparse matrix, row = query, column = key. Immutable;
/// copies share one set of arrays, so passing it by value costs a reference count. The arrays are
/// sorted CSR with 64-bit offsets and columns; GraphBLAS, kernels, files and NumPy read the same
/// ones.
class Pattern {
public:
  /// 0 x 0.
  Pattern();

  /// Takes over checked arrays. Values, if any, are dropped.
  ///
  /// @param structure  columns strictly ascending in each row and in range
  /// @throws Error{shape, index, domain} naming the first row, column or offset that is wrong
  /// @cost   O(m + n), parallel; the arrays are not copied
  explicit Pattern(Csr<double>&& structure);

  /// As above without the check, for generators whose order is right by construction.
  [[nodiscard]] static Pattern trusted(Csr<double>&& structure);

  /// Adopts arrays that `owner` keeps alive; checked, not copied. Values ignored.
  [[nodiscard]] static Pattern adopt(const CsrView<double>& structure,
                                     std::shared_ptr<const void> owner);

  [[nodiscard]] Index rows() const { return view().rows; }
  [[nodiscard]] Index cols() const { return view().cols; }
  [[nodiscard]] Index entries() const { return view().entries(); }
  [[nodiscard]] bool square() const { return rows() == cols(); }
  [[nodiscard]] Index degree(Index i) const { return view().degree(i); }
  [[nodiscard]] std::span<const Index> row(Index i) const { return view().row(i); }
  /// Whether (i, j) is an edge. @cost O(log degree)
  [[nodiscard]] bool contains(Index i, Index j) const;

  /// The arrays, with null values: a matrix of ones. Valid as long as any copy of this pattern.
  [[nodiscard]] const CsrView<double>& view() const;
  /// The same arrays as a GraphBLAS matrix, iso-valued true; input only.
  [[nodiscard]] const grb::Matrix& matrix() const;

  /// Same sizes and same entries.
  friend bool operator==(const Pattern& a, const Pattern& b);

private:
  struct State;
  explicit Pattern(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// Real weights on the entries of a pattern, such as row-stochastic attention. Immutable; copies
/// share.
class Weights {
public:
  /// @throws Error{shape} if there is not one value per entry
  Weights(Pattern pattern, Buffer<double> values);

  [[nodiscard]] const Pattern& pattern() const { return pattern_; }
  [[nodiscard]] std::span<const double> values() const { return *values_; }
  [[nodiscard]] CsrView<double> view() const;

private:
  Pattern pattern_;
  std::shared_ptr<const Buffer<double>> values_;
};

} // namespace attnwalk::pattern
