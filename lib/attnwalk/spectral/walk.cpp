// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/walk.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <utility>

namespace attnwalk::spectral {

namespace {

/// A without its stored zeros and, if square, with a loop of weight 1 in every empty row.
void change(const CsrView<double>& A, EmptyRowStep policy, Prepared& out) {
  Csr<double>& W = out.changed;
  W.rows = A.rows;
  W.cols = A.cols;
  W.columns.reserve(A.entries());
  W.values.reserve(A.values == nullptr ? 0 : A.entries());
  const auto append = [&](Index j, double w) {
    W.columns.push_back(j);
    if (A.values != nullptr)
      W.values.push_back(w);
  };
  for (Index i = 0; i < A.rows; ++i) {
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      if (const double w = A.value(e); w != 0)
        append(A.columns[e], w);
    const bool empty = std::ssize(W.columns) == W.offsets.back();
    require(
        !empty || policy == EmptyRowStep::loop, Code::domain, "row ", i,
        " is empty, which makes every gap statement void; empty_rows = loop gives it a self loop");
    if (empty && A.rows == A.cols) {
      append(i, 1);
      ++out.looped;
    }
    W.offsets.push_back(std::ssize(W.columns));
  }
  out.weights = W.view();
}

} // namespace

void require_walk(const CsrView<double>& A) {
  require(A.rows == A.cols, Code::shape, "weights are ", A.rows, " x ", A.cols,
          "; a walk needs a square matrix");
  sparse::validate_weights(A);
}

Prepared prepare(const CsrView<double>& A, EmptyRowStep policy) {
  sparse::validate_weights(A);
  Prepared out;
  out.weights = A;
  const double* const end = A.values + (A.values == nullptr ? 0 : A.entries());
  if (std::all_of(A.values, end, [](double w) { return w == 1; }))
    out.weights.values = nullptr;
  bool fit = std::find(A.values, end, 0.0) == end;
  if (A.rows == A.cols || policy == EmptyRowStep::error)
    for (Index i = 0; i < A.rows && fit; ++i)
      fit = A.degree(i) > 0;
  if (!fit)
    change(CsrView<double>(out.weights), policy, out);
  return out;
}

} // namespace attnwalk::spectral
