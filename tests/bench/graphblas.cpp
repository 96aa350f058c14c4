// SPDX-License-Identifier: Apache-2.0
// The GraphBLAS programs of attention and diffusion, matrices built beforehand and not timed.
#include "attnwalk/attention/softmax.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"

#include "attention.hpp"

#include <cmath>
#include <utility>

namespace attnwalk::bench {
namespace {

using grb::Matrix;

/// What one head's programs read.
struct Matrices {
  Matrix Q; ///< scaled
  Matrix K;
  Matrix V;
  Matrix S; ///< scores
  Matrix A; ///< (1-a) times the weights, or the weights for one hop
  Matrix base;
};

// S<P> = (scale Q) K'
Matrix scores(const Matrices& m, const pattern::Pattern& P) {
  return grb::mxm(m.Q, m.K, {.mask = &P.matrix(), .transpose_b = true});
}

// Z = a V;  Z = Z + ((1-a) A) X, into a matrix that is full from the start
Matrix hop(const Matrices& m, const Matrix& X) {
  Matrix Z = m.base.clone();
  grb::mxm_into(Z, m.A, X);
  return Z;
}

} // namespace

template <Real T>
GraphblasResult<T> bench_graphblas(BenchRow& row, const BenchOptions& how,
                                   const pattern::Pattern& P, View<const T> Q, View<const T> K,
                                   View<const T> V, const Buffer<T>& weights, double alpha) {
  const bool one_hop = row.operation == "hop";
  const double scale = 1 / std::sqrt(static_cast<double>(Q.shape.width));
  const CsrView<double>& A = P.view();
  std::vector<Matrices> heads;
  for (Index h = 0; h < Q.shape.heads; ++h) {
    Matrices m;
    m.Q = grb::scale(grb::from_dense(Q.head(0, h)), scale);
    m.K = grb::from_dense(K.head(0, h));
    m.V = grb::from_dense(V.head(0, h));
    m.A = grb::scale(grb::from_csr(CsrView<T>{A.rows, A.cols, A.offsets, A.columns,
                                              weights.data() + h * P.entries()}),
                     one_hop ? 1 : 1 - alpha);
    m.base = grb::scale(m.V, one_hop ? 0 : alpha);
    if (row.operation == "softmax")
      m.S = scores(m, P);
    heads.push_back(std::move(m));
  }
  std::vector<Matrix> results(heads.size());
  const auto work = [&] {
    for (std::size_t h = 0; h < heads.size(); ++h) {
      const Matrices& m = heads[h];
      if (row.operation == "scores") {
        results[h] = scores(m, P);
      } else if (row.operation == "softmax") {
        results[h] = attention::softmax(m.S).A;
      } else {
        Matrix Z = hop(m, m.V);
        for (Index k = 1; k < how.hops && !one_hop; ++k)
          Z = hop(m, Z);
        results[h] = std::move(Z);
      }
    }
  };
  measure(row, static_cast<int>(how.repetitions), work);
  GraphblasResult<T> out;
  out.Z = Dense<T>(Shape{1, Q.shape.heads, P.rows(), V.shape.width});
  for (std::size_t h = 0; h < results.size(); ++h)
    if (row.operation == "scores" || row.operation == "softmax") {
      const Buffer<T> values = grb::to_csr<T>(results[h]).values;
      out.edges.insert(out.edges.end(), values.begin(), values.end());
    } else {
      const Dense<T> Z = grb::to_dense<T>(results[h]);
      std::copy_n(Z.data(), Z.shape().size(), out.Z.view().row(0, static_cast<Index>(h), 0));
    }
  return out;
}

template GraphblasResult<float> bench_graphblas(BenchRow&, const BenchOptions&,
                                                const pattern::Pattern&, View<const float>,
                                                View<const float>, View<const float>,
                                                const Buffer<float>&, double);
template GraphblasResult<double> bench_graphblas(BenchRow&, const BenchOptions&,
                                                 const pattern::Pattern&, View<const double>,
                                                 View<const double>, View<const double>,
                                                 const Buffer<double>&, double);

} // namespace attnwalk::bench
