// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/head.hpp"

#include "attnwalk/core/error.hpp"

#include <Eigen/Core>

#include <cmath>

namespace attnwalk::sbm {
namespace {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using In = Eigen::Map<const Rows, 0, Eigen::OuterStride<>>;

In read(View<const double> A) {
  return {A.data, A.shape.tokens, A.shape.width, Eigen::OuterStride<>(A.strides[2])};
}
In read(const Dense<double>& A) {
  return read(A.view());
}

Dense<double> stored(const Rows& A) {
  Dense<double> to(A.rows(), A.cols());
  Eigen::Map<Rows>(to.data(), A.rows(), A.cols()) = A;
  return to;
}

void require_matrix(const char* name, View<const double> A, Index rows, Index cols) {
  require(A.shape.batch == 1 && A.shape.heads == 1 && A.shape.tokens == rows &&
              A.shape.width == cols,
          Code::shape, name, " is ", A.shape.batch, " x ", A.shape.heads, " x ", A.shape.tokens,
          " x ", A.shape.width, " where 1 x 1 x ", rows, " x ", cols, " is needed");
  for (Index i = 0; i < rows; ++i)
    for (Index c = 0; c < cols; ++c)
      require(std::isfinite(A.row(i)[c]), Code::domain, name, "(", i, ", ", c, ") = ", A.row(i)[c],
              " must be finite");
}

void require_inputs(View<const double> q, View<const double> k, View<const double> C,
                    const TwoLayerMap& f) {
  const Index d = q.shape.width;
  const Index hidden = f.W1.shape().tokens;
  require(C.shape.tokens >= 1, Code::domain, "k = ", C.shape.tokens, " clusters must be 1 or more");
  require_matrix("q", q, q.shape.tokens, d);
  require_matrix("k", k, k.shape.tokens, d);
  require_matrix("C", C, C.shape.tokens, d);
  require_matrix("W1", f.W1.view(), hidden, d);
  require_matrix("b1", f.b1.view(), 1, hidden);
  require_matrix("W2", f.W2.view(), d, hidden);
  require_matrix("b2", f.b2.view(), 1, d);
}

/// sigmoid, each side of 0 by the exponential that cannot overflow.
double sigmoid(double x) {
  if (x >= 0)
    return 1 / (1 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1 + e);
}

/// Through Y = sigmoid(F C'), F = relu(x W1' + b1) W2' + b2: adds to df and dC, returns dx.
Rows pull_back(const Membership& Y, const Dense<double>& dY, View<const double> x,
               View<const double> C, const TwoLayerMap& f, const Dense<double>& hidden,
               const Dense<double>& mapped, HeadGradients& g) {
  const Rows y = read(Y.dense());
  const Rows pre = read(dY).array() * y.array() * (1 - y.array());
  Eigen::Map<Rows>(g.dC.data(), C.shape.tokens, C.shape.width) += pre.transpose() * read(mapped);
  const Rows dF = pre * read(C);
  Eigen::Map<Rows>(g.df.W2.data(), dF.cols(), hidden.shape().width) +=
      dF.transpose() * read(hidden);
  Eigen::Map<Rows>(g.df.b2.data(), 1, dF.cols()) += dF.colwise().sum();
  const Rows through = (dF * read(f.W2)).array() * (read(hidden).array() > 0).cast<double>();
  Eigen::Map<Rows>(g.df.W1.data(), through.cols(), x.shape.width) += through.transpose() * read(x);
  Eigen::Map<Rows>(g.df.b1.data(), 1, through.cols()) += through.colwise().sum();
  return through * read(f.W1);
}

} // namespace

Head head(View<const double> q, View<const double> k, View<const double> C, const TwoLayerMap& f,
          const HeadOptions& how) {
  require_inputs(q, k, C, f);
  require(std::isfinite(how.block_scale), Code::domain, "block_scale = ", how.block_scale,
          " must be finite");
  Head result;
  const auto hidden = [&](View<const double> x) {
    return stored(((read(x) * read(f.W1).transpose()).rowwise() + read(f.b1).row(0)).cwiseMax(0.0));
  };
  const auto mapped = [&](const Dense<double>& h) {
    return stored((read(h) * read(f.W2).transpose()).rowwise() + read(f.b2).row(0));
  };
  const auto membership = [&](const Dense<double>& F, const char* name) {
    return Membership::mixed(
        stored((read(F) * read(C).transpose()).unaryExpr([](double x) { return sigmoid(x); })),
        name);
  };
  result.hidden_q = hidden(q);
  result.hidden_k = hidden(k);
  result.mapped_q = mapped(result.hidden_q);
  result.mapped_k = mapped(result.hidden_k);
  result.model.Y = membership(result.mapped_q, "Y");
  result.model.Z = membership(result.mapped_k, "Z");
  const Rows T = how.block_scale * read(C) * read(C).transpose();
  const Rows E = (T.array() - T.maxCoeff()).exp();
  result.model.S = stored(E / E.sum());
  result.model.delta = how.delta;
  result.model.clamp = true; // rounding and delta may exceed 1
  result.model.loops = how.loops;
  check(result.model);
  return result;
}

HeadGradients head_backward(View<const double> q, View<const double> k, View<const double> C,
                            const TwoLayerMap& f, const Head& result, const ModelGradients& given,
                            const HeadOptions& how) {
  require_inputs(q, k, C, f);
  const Index a = C.shape.tokens;
  require_matrix("dY", given.dY.view(), q.shape.tokens, a);
  require_matrix("dS", given.dS.view(), a, a);
  require_matrix("dZ", given.dZ.view(), k.shape.tokens, a);
  HeadGradients g;
  g.dC = Dense<double>(a, C.shape.width);
  g.df = {Dense<double>(f.W1.shape()), Dense<double>(f.b1.shape()), Dense<double>(f.W2.shape()),
          Dense<double>(f.b2.shape())};
  g.dq = stored(pull_back(result.model.Y, given.dY, q, C, f, result.hidden_q, result.mapped_q, g));
  g.dk = stored(pull_back(result.model.Z, given.dZ, k, C, f, result.hidden_k, result.mapped_k, g));
  const In S = read(result.model.S);
  const In dS = read(given.dS);
  // dT = S (dS - <dS, S>), and T = C C' depends on C twice.
  const Rows dT =
      how.block_scale * (S.array() * (dS.array() - (dS.array() * S.array()).sum())).matrix();
  Eigen::Map<Rows>(g.dC.data(), a, C.shape.width) += (dT + dT.transpose()) * read(C);
  return g;
}

} // namespace attnwalk::sbm
