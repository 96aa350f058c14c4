// SPDX-License-Identifier: Apache-2.0
// Private: the refusals of dense arrays that every door shares.
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/dense_rows.hpp"

namespace attnwalk::kernels {

inline void require_shape(const char* name, const Shape& found, const Shape& wanted) {
  require(found == wanted, Code::shape, name, " is ", found.batch, " x ", found.heads, " x ",
          found.tokens, " x ", found.width, " where ", wanted.batch, " x ", wanted.heads, " x ",
          wanted.tokens, " x ", wanted.width, " is needed");
}

inline void require_one_head(const char* name, const Shape& shape) {
  require(shape.batch == 1 && shape.heads == 1, Code::shape, name, " holds ", shape.batch,
          " batches of ", shape.heads, " heads; pass one head, ", name, ".head(b, h)");
}

/// Names the first number of X that is NaN or infinite.
template <Real T>
void require_finite(const char* name, View<const T> X, int threads = 0) {
  const Place bad = first_not_finite(X, threads);
  if (bad.token < 0)
    return;
  const bool one_head = X.shape.batch == 1 && X.shape.heads == 1;
  throw Error(Code::domain,
              message(name, " at ",
                      one_head ? "" : message("batch ", bad.batch, ", head ", bad.head, ", "),
                      "row ", bad.token, ", column ", bad.column, " is ",
                      X.row(bad.batch, bad.head, bad.token)[bad.column], "; it must be finite"));
}

} // namespace attnwalk::kernels
