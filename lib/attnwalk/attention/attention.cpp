// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/attention.hpp"

#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace attnwalk::attention {

namespace {

/// max |X_ic|, or an error that names the first entry that is not finite.
double largest(View<const double> X, char name) {
  double top = 0;
  for (Index i = 0; i < X.shape.tokens; ++i) {
    const double* row = X.row(i);
    for (Index c = 0; c < X.shape.width; ++c) {
      require(std::isfinite(row[c]), Code::domain, name, " at row ", i, ", column ", c, " is ",
              row[c], "; it must be finite");
      top = std::max(top, std::abs(row[c]));
    }
  }
  return top;
}

void require_one_head(const Shape& shape, char name) {
  require(shape.batch == 1 && shape.heads == 1, Code::shape, name, " holds ", shape.batch,
          " batches of ", shape.heads, " heads; pass one head, ", name, ".head(b, h)");
}

void require_keys(const pattern::Pattern& P, EmptyRows policy) {
  if (policy == EmptyRows::zero)
    return;
  for (Index i = 0; i < P.rows(); ++i)
    require(P.degree(i) > 0, Code::domain, "query ", i,
            " may attend no key; add one or choose the policy zero for empty rows");
}

/// Checks everything that `scores` and `weights` share; returns the scale to use.
double checked_scale(View<const double> Q, View<const double> K, const pattern::Pattern& P,
                     const WeightsOptions& how) {
  require_one_head(Q.shape, 'Q');
  require_one_head(K.shape, 'K');
  require(Q.shape.width == K.shape.width, Code::shape, "Q has width ", Q.shape.width, " and K ",
          K.shape.width, "; they must agree");
  require(Q.shape.tokens == P.rows(), Code::shape, "Q has ", Q.shape.tokens,
          " rows and the pattern ", P.rows(), " queries; they must agree");
  require(K.shape.tokens == P.cols(), Code::shape, "K has ", K.shape.tokens,
          " rows and the pattern ", P.cols(), " keys; they must agree");
  require(std::isfinite(how.scale), Code::domain, "scale = ", how.scale, " must be finite");
  require_keys(P, how.empty_rows);

  const auto width = static_cast<double>(Q.shape.width);
  const double scale = how.scale == 0 && width > 0 ? 1 / std::sqrt(width) : how.scale;
  const double top_q = largest(Q, 'Q');
  const double top_k = largest(K, 'K');
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

grb::Matrix softmax(const grb::Matrix& S) {
  // x_i = max_j S_ij
  const grb::Vector top = grb::reduce_rows(S, grb::Monoid::max);
  // E = S - diag(x) 1
  const grb::Matrix shifted = grb::mxm(grb::diag(top), S, {.semiring = grb::Semiring::any_rminus});
  // E = exp(E)
  const grb::Matrix E = grb::apply(shifted, grb::Unary::exp);
  // z_i = sum_j E_ij
  const grb::Vector sum = grb::reduce_rows(E, grb::Monoid::plus);
  // A = diag(z)^-1 E
  return grb::mxm(grb::diag(sum), E, {.semiring = grb::Semiring::any_rdiv});
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
  return on(P, softmax(masked_scores(Q, K, P, scale)));
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
  return on(P, softmax(grb::from_csr(view)));
}

} // namespace attnwalk::attention
