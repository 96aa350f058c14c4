// SPDX-License-Identifier: Apache-2.0
// Attention as a GraphBLAS program: the specification of the fused kernels. A line of mathematics
// above each call is the whole algorithm; one head at a time, the weights stored.
#include "attnwalk/attention/problem.hpp"
#include "attnwalk/attention/softmax.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace attnwalk::attention {
namespace {

using grb::Matrix;

template <class T>
View<const T> one_head(View<const T> X, Index b, Index h) {
  return X.head(b, h);
}

// Values on P's entries as a GraphBLAS matrix.
template <class T>
Matrix on(const pattern::Pattern& P, const T* values) {
  const CsrView<double>& A = P.view();
  return grb::from_csr(CsrView<T>{A.rows, A.cols, A.offsets, A.columns, values});
}

template <class T>
struct HeadWeights {
  Matrix A;                // the softmax, before dropout
  Matrix dropped;          // after
  std::vector<double> lse; // -infinity for an empty row
};

// The factor of each entry under dropout: 0 or 1 / (1 - rate).
template <class T>
Matrix factors(const pattern::Pattern& P, const kernels::Dropout& dropout) {
  Buffer<T> kept(static_cast<std::size_t>(P.entries()));
  for (std::size_t e = 0; e < kept.size(); ++e)
    kept[e] = kernels::survives(dropout, e) ? static_cast<T>(dropout.keep_scale) : T{0};
  return on(P, kept.data());
}

template <class T>
HeadWeights<T> weights_of(const Problem<T>& problem, Index b, Index h) {
  const pattern::Pattern& P = problem.patterns.at(b, h);
  const grb::Type type = sizeof(T) == sizeof(float) ? grb::Type::fp32 : grb::Type::fp64;
  const Matrix Q = grb::from_dense(one_head(problem.Q, b, h));
  const Matrix K = grb::from_dense(one_head(problem.K, b, h / problem.group()));
  // S<P> = scale Q K'
  Matrix S =
      problem.Q.shape.width == 0
          ? grb::scale(grb::cast(P.matrix(), type), 0)
          : grb::scale(grb::mxm(Q, K, {.mask = &P.matrix(), .transpose_b = true}), problem.scale);
  // S = S + bias
  if (!problem.bias.empty())
    S = grb::ewise_union(S, on(P, problem.bias.data() + problem.plans.entries_before(b, h)),
                         grb::Binary::plus);
  Softmax found = softmax(S);
  // lse = x + log z
  std::vector<double> lse = grb::to_values(found.top, -std::numeric_limits<double>::infinity());
  const std::vector<double> z = grb::to_values(found.sum, 1);
  for (std::size_t i = 0; i < lse.size(); ++i)
    lse[i] += std::log(z[i]);
  const kernels::Dropout dropout =
      kernels::head_dropout(problem.score_rule().dropout, b * problem.heads() + h);
  Matrix dropped = dropout.threshold == 0 ? found.A.clone()
                                          : grb::ewise_intersection(found.A, factors<T>(P, dropout),
                                                                    grb::Binary::times);
  return {std::move(found.A), std::move(dropped), std::move(lse)};
}

// X += the rows of a full or sparse matrix.
template <class T>
void add_to(View<T> X, const Matrix& M) {
  const Csr<T> entries = grb::to_csr<T>(M);
  const CsrView<T> view = entries.view();
  for (Index i = 0; i < view.rows; ++i)
    for (Index e = view.offsets[i]; e < view.offsets[i + 1]; ++e)
      X.row(i)[view.columns[e]] += view.value(e);
}

} // namespace

template <Real T>
Attended<T> forward_graphblas(const Problem<T>& problem) {
  const Shape out{problem.batch(), problem.heads(), problem.Q.shape.tokens, problem.V.shape.width};
  Attended<T> result{.Z = Dense<T>(out), .lse = {}, .how = {}};
  if (problem.how.lse)
    result.lse = Dense<T>(Shape{out.batch, out.heads, out.tokens, 1});
  for (Index b = 0; b < out.batch; ++b)
    for (Index h = 0; h < out.heads; ++h) {
      poll(problem.how.monitor, "attend",
           static_cast<double>(b * out.heads + h) / static_cast<double>(out.batch * out.heads));
      const HeadWeights<T> weights = weights_of(problem, b, h);
      // Z = A V
      const Matrix V = grb::from_dense(one_head(problem.V, b, h / problem.group()));
      add_to(result.Z.view().head(b, h), grb::mxm(weights.dropped, V));
      if (problem.how.lse)
        for (Index i = 0; i < out.tokens; ++i)
          *result.lse.view().row(b, h, i) = static_cast<T>(weights.lse[i]);
    }
  return result;
}

template <Real T>
AttendGradients<T> backward_graphblas(const Problem<T>& problem, View<const T> upstream) {
  AttendGradients<T> gradients{
      Dense<T>(problem.Q.shape), Dense<T>(problem.K.shape), Dense<T>(problem.V.shape), {}};
  for (Index b = 0; b < problem.batch(); ++b)
    for (Index h = 0; h < problem.heads(); ++h) {
      poll(problem.how.monitor, "attend_backward");
      const pattern::Pattern& P = problem.patterns.at(b, h);
      if (P.entries() == 0)
        continue;
      const Index shared = h / problem.group();
      const HeadWeights<T> weights = weights_of(problem, b, h);
      const Matrix G = grb::from_dense(one_head(upstream, b, h));
      const Matrix V = grb::from_dense(one_head(problem.V, b, shared));
      // dV = A' G, with A after dropout
      add_to(gradients.dV.view().head(b, shared),
             grb::mxm(weights.dropped, G, {.transpose_a = true}));
      // W<P> = G V'
      Matrix W = grb::mxm(G, V, {.mask = &P.matrix(), .transpose_b = true});
      // B = A .* W, after dropout;  r = rowsum(B);  dS = B - diag(r) A
      const Matrix B = grb::ewise_intersection(weights.dropped, W, grb::Binary::times);
      const grb::Vector r = grb::reduce_rows(B, grb::Monoid::plus);
      const Matrix dS = grb::ewise_union(B, grb::mxm(grb::diag(r), weights.A), grb::Binary::minus);
      if (problem.how.d_score) {
        const Csr<T> entries = grb::to_csr<T>(dS);
        gradients.d_score.insert(gradients.d_score.end(), entries.values.begin(),
                                 entries.values.end());
      }
      // dQ = scale dS K;  dK = scale dS' Q
      const Matrix scaled = grb::scale(dS, problem.scale);
      add_to(gradients.dQ.view().head(b, h),
             grb::mxm(scaled, grb::from_dense(one_head(problem.K, b, shared))));
      add_to(gradients.dK.view().head(b, shared),
             grb::mxm(scaled, grb::from_dense(one_head(problem.Q, b, h)), {.transpose_a = true}));
    }
  return gradients;
}

template Attended<float> forward_graphblas<float>(const Problem<float>&);
template Attended<double> forward_graphblas<double>(const Problem<double>&);
template AttendGradients<float> backward_graphblas(const Problem<float>&, View<const float>);
template AttendGradients<double> backward_graphblas(const Problem<double>&, View<const double>);

} // namespace attnwalk::attention
