// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/pattern.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
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
  validate(structure);
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
