// SPDX-License-Identifier: Apache-2.0
// Private to `attention` and `layers`: the sentences about patterns that both refuse.
#pragma once

#include "attnwalk/attention/weights.hpp"
#include "attnwalk/kernels/checks.hpp"
#include "attnwalk/pattern/batch.hpp"

#include <cmath>

namespace attnwalk::attention {

/// The patterns fit `queries.batch` sequences of `queries.heads` heads of `queries.tokens` queries.
inline void require_patterns(const pattern::PatternBatch& P, const Shape& queries) {
  require(queries.tokens == P.rows(), Code::shape, "Q has ", queries.tokens,
          " tokens and the pattern ", P.rows(), " queries; they must agree");
  require((P.batch() == 1 || P.batch() == queries.batch) &&
              (P.heads() == 1 || P.heads() == queries.heads),
          Code::shape, "a pattern batch of ", P.batch(), " x ", P.heads(), " does not fit ",
          queries.batch, " sequences of ", queries.heads, " heads");
}

/// Under the policy `error`, every query has a key.
inline void require_keys(const pattern::Pattern& P, EmptyRows policy) {
  if (policy == EmptyRows::zero)
    return;
  for (Index i = 0; i < P.rows(); ++i)
    require(P.degree(i) > 0, Code::domain, "query ", i,
            " may attend no key; add one or choose the policy zero for empty rows");
}
inline void require_keys(const pattern::PatternBatch& P, EmptyRows policy) {
  for (const pattern::Pattern& pattern : P.patterns())
    require_keys(pattern, policy);
}

inline void require_rate(const char* name, double rate) {
  require(rate >= 0 && rate < 1, Code::domain, name, " = ", rate, " must be in [0, 1)");
}

/// The scale of the scores: `given`, or 1/sqrt(width) for 0.
inline double score_scale(double given, Index width) {
  require(std::isfinite(given), Code::domain, "scale = ", given, " must be finite");
  return given == 0 && width > 0 ? 1 / std::sqrt(static_cast<double>(width)) : given;
}

} // namespace attnwalk::attention
