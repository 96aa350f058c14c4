// SPDX-License-Identifier: Apache-2.0
#include "support/matrices.hpp"

#include "attnwalk/core/error.hpp"

#include <cmath>

namespace attnwalk::support {

pattern::Pattern pattern_where(Index rows, Index cols,
                               const std::function<bool(Index, Index)>& edge) {
  Csr<double> out;
  out.rows = rows;
  out.cols = cols;
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < cols; ++j)
      if (edge(i, j))
        out.columns.push_back(j);
    out.offsets.push_back(static_cast<Index>(out.columns.size()));
  }
  return pattern::Pattern(std::move(out));
}

Csr<double> csr_of(const Grid& dense) {
  Csr<double> out;
  out.rows = static_cast<Index>(dense.size());
  out.cols = dense.empty() ? 0 : static_cast<Index>(dense.front().size());
  for (const auto& row : dense) {
    for (std::size_t j = 0; j < row.size(); ++j)
      if (row[j] != 0) {
        out.columns.push_back(static_cast<Index>(j));
        out.values.push_back(row[j]);
      }
    out.offsets.push_back(static_cast<Index>(out.columns.size()));
  }
  return out;
}

Grid grid_of(const CsrView<double>& A) {
  Grid out(static_cast<std::size_t>(A.rows),
           std::vector<double>(static_cast<std::size_t>(A.cols), 0.0));
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      out[static_cast<std::size_t>(i)][static_cast<std::size_t>(A.columns[e])] = A.value(e);
  return out;
}

std::vector<Broken> broken_matrices() {
  const auto of = [](std::vector<Index> offsets, std::vector<Index> columns, std::string words) {
    Broken out;
    out.words = std::move(words);
    out.matrix.rows = out.matrix.cols = 3;
    out.matrix.offsets.assign(offsets.begin(), offsets.end());
    out.matrix.columns.assign(columns.begin(), columns.end());
    out.matrix.values.assign(columns.size(), 1.0);
    return out;
  };
  return {of({0, 1, 2, 3}, {0, 1000000000, 2}, "row 1 holds column 1000000000"),
          of({0, 1, 2, 3}, {0, -5, 2}, "row 1 holds column -5"),
          of({0, 2, 3, 4}, {1, 0, 1, 2}, "row 0 holds column 0 after column 1"),
          of({0, 1, 3, 4}, {0, 1, 1, 2}, "row 1 holds column 1 twice"),
          of({0, 2, 1, 3}, {0, 1, 2}, "offset 2 = 1 is below offset 1 = 2"),
          of({1, 1, 2, 3}, {0, 1, 2}, "offset 0 is 1")};
}

bool SamePattern::match(const pattern::Pattern& found) const {
  if (found == wanted_)
    return true;
  if (found.rows() != wanted_.rows() || found.cols() != wanted_.cols()) {
    difference_ = message("is ", found.rows(), " x ", found.cols(), ", wanted ", wanted_.rows(),
                          " x ", wanted_.cols());
    return false;
  }
  for (Index i = 0; i < wanted_.rows(); ++i)
    for (Index j = 0; j < wanted_.cols(); ++j)
      if (found.contains(i, j) != wanted_.contains(i, j)) {
        difference_ = message("differs first at row ", i, ", column ", j, ": ",
                              found.contains(i, j) ? "stored" : "missing", "; entries ",
                              found.entries(), ", wanted ", wanted_.entries());
        return false;
      }
  difference_ = "stores the same entries in another form";
  return false;
}

std::string SamePattern::describe() const {
  return difference_;
}

bool Near::match(const Grid& found) const {
  if (found.size() != wanted_.size() ||
      (!found.empty() && found.front().size() != wanted_.front().size())) {
    worst_ = "has another shape";
    return false;
  }
  double worst = -1;
  for (std::size_t i = 0; i < found.size(); ++i)
    for (std::size_t j = 0; j < found[i].size(); ++j) {
      const double error = std::abs(found[i][j] - wanted_[i][j]);
      if (!(error <= worst)) { // also true for NaN
        worst = error;
        worst_ = message("worst at row ", i, ", column ", j, ": ", found[i][j], ", wanted ",
                         wanted_[i][j], ", tolerance ", tolerance_);
      }
    }
  return worst <= tolerance_;
}

std::string Near::describe() const {
  return worst_;
}

} // namespace attnwalk::support
