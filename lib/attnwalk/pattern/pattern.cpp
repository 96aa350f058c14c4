// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/pattern.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/grb/border.hpp"

#include <algorithm>
#include <atomic>
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

// The first row whose offsets or columns are wrong, or `rows` if none is.
Index first_bad_row(const CsrView<double>& A) {
  std::atomic<Index> bad{A.rows};
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < A.rows; ++i) {
    bool good = A.offsets[i] <= A.offsets[i + 1];
    Index before = -1;
    for (Index e = A.offsets[i]; good && e < A.offsets[i + 1]; ++e) {
      good = A.columns[e] > before && A.columns[e] < A.cols;
      before = A.columns[e];
    }
    if (!good) {
      Index known = bad.load();
      while (i < known && !bad.compare_exchange_weak(known, i)) {
      }
    }
  }
  return bad.load();
}

} // namespace

void validate(const CsrView<double>& A) {
  require(A.rows >= 0 && A.cols >= 0, Code::shape, "a pattern of ", A.rows, " x ", A.cols,
          " has a negative size");
  require(A.offsets != nullptr, Code::shape, "a pattern needs its rows + 1 offsets");
  require(A.offsets[0] == 0, Code::shape, "offset 0 is ", A.offsets[0], " where it must be 0");
  // Offsets first: until they are known to ascend, no column may be read through them.
  for (Index i = 0; i < A.rows; ++i)
    require(A.offsets[i] <= A.offsets[i + 1], Code::shape, "offset ", i + 1, " = ",
            A.offsets[i + 1], " is below offset ", i, " = ", A.offsets[i]);
  const Index i = first_bad_row(A);
  if (i == A.rows)
    return;
  Index before = -1;
  for (const Index j : A.row(i)) {
    require(j >= 0 && j < A.cols, Code::index, "row ", i, " holds column ", j,
            " which must be in [0, ", A.cols, ")");
    require(j != before, Code::domain, "row ", i, " holds column ", j, " twice");
    require(j > before, Code::domain, "row ", i, " holds column ", j, " after column ", before,
            ": columns must ascend");
    before = j;
  }
}

Pattern::Pattern() : Pattern(trusted(Csr<double>{})) {}

Pattern::Pattern(Csr<double>&& structure) {
  require(static_cast<Index>(structure.offsets.size()) == structure.rows + 1, Code::shape,
          structure.offsets.size(), " offsets given for ", structure.rows, " rows");
  const auto owner = shared(std::move(structure));
  const CsrView<double> view = owner->view();
  require(view.offsets[view.rows] == static_cast<Index>(owner->columns.size()), Code::shape,
          "the last offset ", view.offsets[view.rows], " is not the number of columns ",
          owner->columns.size());
  validate(view);
  state_ = std::make_shared<const State>(view, owner);
}

Pattern Pattern::trusted(Csr<double>&& structure) {
  const auto owner = shared(std::move(structure));
  return Pattern(std::make_shared<const State>(owner->view(), owner));
}

Pattern Pattern::adopt(const CsrView<double>& structure, std::shared_ptr<const void> owner) {
  validate(structure);
  return Pattern(std::make_shared<const State>(structure, std::move(owner)));
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
