// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/weights.hpp"

#include "attnwalk/attention/checks.hpp"
#include "attnwalk/attention/softmax.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace attnwalk::attention {

namespace {

/// Checks everything that `scores` and `weights` share; returns the scale to use.
double checked_scale(View<const double> Q, View<const double> K, const pattern::Pattern& P,
                     const WeightsOptions& how) {
  kernels::require_one_head("Q", Q.shape);
  kernels::require_one_head("K", K.shape);
  require(Q.shape.width == K.shape.width, Code::shape, "Q has width ", Q.shape.width, " and K ",
          K.shape.width, "; they must agree");
  require(Q.shape.tokens == P.rows(), Code::shape, "Q has ", Q.shape.tokens,
          " rows and the pattern ", P.rows(), " queries; they must agree");
  require(K.shape.tokens == P.cols(), Code::shape, "K has ", K.shape.tokens,
          " rows and the pattern ", P.cols(), " keys; they must agree");
  const double scale = score_scale(how.scale, Q.shape.width);
  require_keys(P, how.empty_rows);
  kernels::require_finite("Q", Q);
  kernels::require_finite("K", K);
  const auto width = static_cast<double>(Q.shape.width);
  const double top_q = kernels::max_magnitude(Q, 0);
  const double top_k = kernels::max_magnitude(K, 0);
  // |q_i . k_j| <= width max|Q| max|K| bounds every partial sum as well; the scale comes last.
  const double bound = width * top_q * top_k;
  require(std::isfinite(bound) && std::isfinite(bound * scale), Code::domain,
          "scores could overflow: width ", Q.shape.width, " times max |Q| = ", top_q,
          " times max |K| = ", top_k, " times scale ", scale, " must be finite");
  return scale;
}

grb::Matrix masked_scores(View<const double> Q, View<const double> K, const pattern::Pattern& P,
                          double scale) {
  if (Q.shape.width == 0) // an empty sum is 0, but GraphBLAS stores nothing for it
    return grb::scale(grb::cast(P.matrix(), grb::Type::fp64), 0);
  // S<P> = Q K'
  grb::Matrix S =
      grb::mxm(grb::from_dense(Q), grb::from_dense(K), {.mask = &P.matrix(), .transpose_b = true});
  // S = scale S
  return grb::scale(S, scale);
}

/// The entries of S as values on P: same structure, same order.
pattern::Weights on(const pattern::Pattern& P, const grb::Matrix& S) {
  Csr<double> entries = grb::to_csr<double>(S);
  assert(std::equal(entries.columns.begin(), entries.columns.end(), P.view().columns,
                    P.view().columns + P.entries()));
  return {P, std::move(entries.values)};
}

} // namespace

pattern::Weights scores(View<const double> Q, View<const double> K, const pattern::Pattern& P,
                        const WeightsOptions& how) {
  const double scale = checked_scale(Q, K, P, how);
  return on(P, masked_scores(Q, K, P, scale));
}

pattern::Weights weights(View<const double> Q, View<const double> K, const pattern::Pattern& P,
                         const WeightsOptions& how) {
  const double scale = checked_scale(Q, K, P, how);
  return on(P, softmax(masked_scores(Q, K, P, scale)).A);
}

pattern::Weights row_softmax(const pattern::Weights& S, EmptyRows empty_rows) {
  const pattern::Pattern& P = S.pattern();
  require_keys(P, empty_rows);
  const CsrView<double> view = S.view();
  for (Index i = 0; i < view.rows; ++i)
    for (Index e = view.offsets[i]; e < view.offsets[i + 1]; ++e)
      require(std::isfinite(view.values[e]), Code::domain, "the score of query ", i, " and key ",
              view.columns[e], " is ", view.values[e], "; it must be finite");
  if (P.entries() == 0)
    return S;
  return on(P, softmax(grb::from_csr(view)).A);
}

} // namespace attnwalk::attention
