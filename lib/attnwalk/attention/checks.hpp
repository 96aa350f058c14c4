// SPDX-License-Identifier: Apache-2.0
// Private to `attention` and `layers`: the sentences about inputs that both refuse.
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/dense_rows.hpp"
#include "attnwalk/pattern/batch.hpp"

namespace attnwalk::attention {

inline void require_shape(const char* name, const Shape& found, const Shape& wanted) {
  require(found == wanted, Code::shape, name, " is ", found.batch, " x ", found.heads, " x ",
          found.tokens, " x ", found.width, " where ", wanted.batch, " x ", wanted.heads, " x ",
          wanted.tokens, " x ", wanted.width, " is needed");
}

/// Names the first number of X that is NaN or infinite.
template <Real T>
void require_finite(const char* name, View<const T> X, int threads) {
  const kernels::Place bad = kernels::first_not_finite(X, threads);
  if (bad.token < 0)
    return;
  const T value = X.row(bad.batch, bad.head, bad.token)[bad.column];
  throw Error(Code::domain,
              message(name, " at batch ", bad.batch, ", head ", bad.head, ", row ", bad.token,
                      ", column ", bad.column, " is ", value, "; it must be finite"));
}

/// The patterns fit `queries.batch` sequences of `queries.heads` heads of `queries.tokens` queries.
inline void require_patterns(const pattern::PatternBatch& P, const Shape& queries) {
  require(queries.tokens == P.rows(), Code::shape, "Q has ", queries.tokens,
          " tokens and the pattern ", P.rows(), " queries; they must agree");
  require((P.batch() == 1 || P.batch() == queries.batch) &&
              (P.heads() == 1 || P.heads() == queries.heads),
          Code::shape, "a pattern batch of ", P.batch(), " x ", P.heads(), " does not fit ",
          queries.batch, " sequences of ", queries.heads, " heads");
}

/// Every query has a key.
inline void require_edges(const pattern::PatternBatch& P) {
  for (const pattern::Pattern& pattern : P.patterns())
    for (Index i = 0; i < pattern.rows(); ++i)
      require(pattern.degree(i) > 0, Code::domain, "query ", i,
              " may attend no key; add one or choose the policy zero for empty rows");
}

} // namespace attnwalk::attention
