// SPDX-License-Identifier: Apache-2.0
// Small matrices for tests, and the matchers that compare them.
#pragma once

#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/csr.hpp"

#include "catch.hpp"

#include <functional>
#include <string>
#include <vector>

namespace attnwalk::support {

/// A dense matrix of plain vectors: what every slow twin computes with.
using Grid = std::vector<std::vector<double>>;

/// Entry (i, j) is stored iff edge(i, j): the definition of a pattern, read literally in O(n m).
[[nodiscard]] pattern::Pattern pattern_where(Index rows, Index cols,
                                             const std::function<bool(Index, Index)>& edge);

/// The non-zero entries of a dense matrix.
[[nodiscard]] Csr<double> csr_of(const Grid& dense);

[[nodiscard]] Grid grid_of(const CsrView<double>& A);

/// Square matrices of ones whose arrays lie, and words of the sentence that says so: what may come
/// from outside.
struct Broken {
  Csr<double> matrix;
  std::string words;
};
[[nodiscard]] std::vector<Broken> broken_matrices();

/// Same shape and same entries; a failure names the first difference.
class SamePattern : public Catch::MatcherBase<pattern::Pattern> {
public:
  explicit SamePattern(pattern::Pattern wanted) : wanted_(std::move(wanted)) {}
  [[nodiscard]] bool match(const pattern::Pattern& found) const override;
  [[nodiscard]] std::string describe() const override;

private:
  pattern::Pattern wanted_;
  mutable std::string difference_;
};

/// Every entry within `tolerance`; a failure names the worst entry, its row and column.
class Near : public Catch::MatcherBase<Grid> {
public:
  Near(Grid wanted, double tolerance) : wanted_(std::move(wanted)), tolerance_(tolerance) {}
  [[nodiscard]] bool match(const Grid& found) const override;
  [[nodiscard]] std::string describe() const override;

private:
  Grid wanted_;
  double tolerance_;
  mutable std::string worst_;
};

} // namespace attnwalk::support
