// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/grb/matrix.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace attnwalk::pattern {

/// Which query may attend which key: a boolean sparse matrix, row = query, column = key. Immutable;
/// copies share one set of arrays, so passing it by value costs a reference count. The arrays are
/// sorted CSR with 64-bit offsets and columns; GraphBLAS, kernels, files and NumPy read the same
/// ones.
class Pattern {
public:
  /// 0 x 0.
  Pattern();

  /// Takes over checked arrays. An entry with the value 0 is none; other values are dropped.
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

  using Edge = std::pair<Index, Index>; ///< query, key

  /// rows x cols from its edges in any order; repeated edges count once.
  /// @throws Error{index} naming the first edge outside the pattern; Error{domain} for negative
  ///         sizes; Error{memory} with the predicted bytes
  /// @cost   O(m log degree + rows)
  [[nodiscard]] static Pattern from_edges(Index rows, Index cols, std::span<const Edge> edges);
  /// The same for n x n patterns.
  [[nodiscard]] static Pattern from_edges(Index n, std::span<const Edge> edges) {
    return from_edges(n, n, edges);
  }
  [[nodiscard]] static Pattern from_edges(Index n, std::initializer_list<Edge> edges) {
    return from_edges(n, n, edges);
  }
  [[nodiscard]] static Pattern from_edges(Index rows, Index cols,
                                          std::initializer_list<Edge> edges) {
    return from_edges(rows, cols, std::span(edges.begin(), edges.size()));
  }

  /// From a dense mask, rows x cols numbers in row-major order: (i, j) is an edge iff the number is
  /// not 0.
  /// @throws Error{shape} unless there are rows * cols numbers; Error{domain} for negative sizes
  [[nodiscard]] static Pattern from_mask(Index rows, Index cols,
                                         std::span<const std::uint8_t> mask);
  /// From the rows of a dense mask, all of one length.
  /// @throws Error{shape} naming the first row of another length
  [[nodiscard]] static Pattern from_mask(const std::vector<std::vector<bool>>& mask);

  /// Takes over CSR arrays; row i holds columns[offsets[i]], ..., columns[offsets[i+1] - 1].
  /// @param offsets  rows + 1 numbers
  /// @throws Error{shape, index, domain} naming the first row, column or offset that is wrong
  [[nodiscard]] static Pattern from_csr(Index cols, std::vector<Index> offsets,
                                        std::vector<Index> columns);

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

/// A line for people: "4096 x 4096, 69468 entries".
std::ostream& operator<<(std::ostream& os, const Pattern& P);

/// Real weights on the entries of a pattern, such as row-stochastic attention. Immutable; copies
/// share.
class Weights {
public:
  /// No weights on a 0 x 0 pattern.
  Weights() : Weights(Pattern(), {}) {}
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
