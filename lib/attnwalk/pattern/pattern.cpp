// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/pattern.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/pattern/rows.hpp"
#include "attnwalk/sparse/entries.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace attnwalk::pattern {

// The arrays' owner, their view and the GraphBLAS matrix packed over them, destroyed in reverse:
// the arrays are taken out of GraphBLAS before the owner lets go of them.
struct Pattern::State {
  State(const CsrView<double>& structure, std::shared_ptr<const void> owner)
      : view{structure.rows, structure.cols, structure.offsets, structure.columns, nullptr},
        packed(view, std::move(owner)) {}

  CsrView<double> view;
  grb::Packed packed;
};

namespace {

std::shared_ptr<const Csr<double>> shared(Csr<double>&& structure) {
  return std::make_shared<const Csr<double>>(std::move(structure));
}

} // namespace

Pattern::Pattern() : Pattern(trusted(Csr<double>{})) {}

Pattern::Pattern(Csr<double>&& structure) {
  sparse::validate_lengths(structure);
  validate(structure.view());
  sparse::drop_zeros(structure);
  const auto owner = shared(std::move(structure));
  state_ = std::make_shared<const State>(owner->view(), owner);
}

Pattern Pattern::trusted(Csr<double>&& structure) {
  const auto owner = shared(std::move(structure));
  return Pattern(std::make_shared<const State>(owner->view(), owner));
}

Pattern Pattern::adopt(const CsrView<double>& structure, std::shared_ptr<const void> owner) {
  validate(structure);
  return Pattern(std::make_shared<const State>(structure, std::move(owner)));
}

Pattern Pattern::from_edges(Index rows, Index cols, std::span<const Edge> edges) {
  require_room(static_cast<double>(rows), static_cast<double>(cols),
               static_cast<double>(edges.size()));
  Csr<double> all;
  all.rows = rows;
  all.cols = cols;
  all.offsets.assign(rows + 1, 0);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const auto [i, j] = edges[e];
    require(i >= 0 && i < rows && j >= 0 && j < cols, Code::index, "edge ", e, " is (", i, ", ", j,
            ") where the pattern is ", rows, " x ", cols);
    ++all.offsets[i + 1];
  }
  accumulate_sizes(all);
  std::vector<Index> next(all.offsets.begin(), all.offsets.end() - 1);
  for (const auto& [i, j] : edges)
    all.columns[next[i]++] = j;
  // Sorted and without repetitions; `next` becomes the end of what is left of each row.
  for (Index i = 0; i < rows; ++i) {
    Index* const row = all.columns.data() + all.offsets[i];
    std::sort(row, row + all.view().degree(i));
    next[i] = std::unique(row, row + all.view().degree(i)) - row;
  }
  const CsrView<double> a = all.view();
  return build_rows(
      rows, cols, {}, [&](Index i) { return next[i]; },
      [&](Index i, Index* out) { std::copy_n(a.row(i).begin(), next[i], out); });
}

Pattern Pattern::from_mask(Index rows, Index cols, std::span<const std::uint8_t> mask) {
  require_room(static_cast<double>(rows), static_cast<double>(cols), 0);
  require(static_cast<double>(mask.size()) == static_cast<double>(rows) * static_cast<double>(cols),
          Code::shape, mask.size(), " numbers given for a mask of ", rows, " x ", cols);
  const auto row = [&](Index i) { return mask.subspan(i * cols, cols); };
  return build_rows(
      rows, cols, {}, [&](Index i) { return cols - std::ranges::count(row(i), 0); },
      [&](Index i, Index* out) {
        for (Index j = 0; j < cols; ++j)
          if (row(i)[j] != 0)
            *out++ = j;
      });
}

Pattern Pattern::from_mask(const std::vector<std::vector<bool>>& mask) {
  const auto rows = static_cast<Index>(mask.size());
  const auto cols = rows == 0 ? 0 : static_cast<Index>(mask.front().size());
  std::vector<std::uint8_t> flat;
  for (Index i = 0; i < rows; ++i) {
    require(static_cast<Index>(mask[i].size()) == cols, Code::shape, "row ", i, " of the mask has ",
            mask[i].size(), " numbers where row 0 has ", cols);
    flat.insert(flat.end(), mask[i].begin(), mask[i].end());
  }
  return from_mask(rows, cols, flat);
}

Pattern Pattern::from_csr(Index cols, std::vector<Index> offsets, std::vector<Index> columns) {
  require(!offsets.empty() && offsets.back() == static_cast<Index>(columns.size()), Code::shape,
          offsets.size(), " offsets do not describe ", columns.size(),
          " columns: there must be one more than rows, and the last must be the number of columns");
  struct Arrays {
    std::vector<Index> offsets;
    std::vector<Index> columns;
  };
  const auto owner = std::make_shared<const Arrays>(Arrays{std::move(offsets), std::move(columns)});
  return adopt({static_cast<Index>(owner->offsets.size()) - 1, cols, owner->offsets.data(),
                owner->columns.data(), nullptr},
               owner);
}

std::ostream& operator<<(std::ostream& os, const Pattern& P) {
  return os << P.rows() << " x " << P.cols() << ", " << P.entries()
            << (P.entries() == 1 ? " entry" : " entries");
}

bool Pattern::contains(Index i, Index j) const {
  require(i >= 0 && i < rows(), Code::index, "row ", i, " must be in [0, ", rows(), ")");
  return std::ranges::binary_search(row(i), j);
}

const CsrView<double>& Pattern::view() const {
  return state_->view;
}
const grb::Matrix& Pattern::matrix() const {
  return state_->packed.matrix();
}

bool operator==(const Pattern& a, const Pattern& b) {
  const CsrView<double>& x = a.view();
  const CsrView<double>& y = b.view();
  return x.rows == y.rows && x.cols == y.cols &&
         std::equal(x.offsets, x.offsets + x.rows + 1, y.offsets) &&
         std::equal(x.columns, x.columns + x.entries(), y.columns);
}

Weights::Weights(Pattern pattern, Buffer<double> values)
    : pattern_(std::move(pattern)),
      values_(std::make_shared<const Buffer<double>>(std::move(values))) {
  require(static_cast<Index>(values_->size()) == pattern_.entries(), Code::shape, values_->size(),
          " values given for ", pattern_.entries(), " entries");
}

CsrView<double> Weights::view() const {
  CsrView<double> view = pattern_.view();
  view.values = values_->data();
  return view;
}

} // namespace attnwalk::pattern
