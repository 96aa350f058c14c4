// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/subspaces.hpp"

#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/dense_product.hpp"
#include "attnwalk/kernels/vectors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace attnwalk::solvers {

namespace {

using Complex = std::complex<double>;
using kernels::Strided;

/// Ritz vectors that are assessed.
constexpr Index most_assessed = 24;
/// Ritz vectors whose residual is larger are no modes; the error of a disc is its square.
constexpr double most_residual = 1e-7;

/// Gram-Schmidt, twice, in place: column j against those before it. Where it depends on them it is
/// divided by rounding, which a proof then sees.
void orthonormalize_column(Tall& A, Index j) {
  double* x = A.column(j);
  for (int pass = 0; pass < 2; ++pass) {
    for (Index i = 0; i < j; ++i) {
      const double* y = A.column(i);
      const double along = kernels::dot(A.n, x, y);
      kernels::axpy(A.n, -along, y, x);
    }
    const double size = std::sqrt(kernels::dot(A.n, x, x));
    for (Index t = 0; t < A.n; ++t)
      x[t] /= std::max(size, std::numeric_limits<double>::min());
  }
}

} // namespace

double norm(const Tall& A) {
  return std::sqrt(std::inner_product(A.a.begin(), A.a.end(), A.a.begin(), 0.0));
}

Tall times(const DenseMatrix& X, bool transposed, const Tall& A) {
  Tall out(A.n, A.p);
  const Strided left = transposed ? Strided{X.a.data(), X.n, 1} : Strided{X.a.data(), 1, X.n};
  kernels::dense_product(A.n, A.p, A.n, left, {A.a.data(), 1, A.n}, out.a.data(), A.n);
  return out;
}

DenseMatrix inner(const Tall& A, const Tall& B) {
  DenseMatrix out(A.p);
  kernels::dense_product(A.p, B.p, A.n, {A.a.data(), A.n, 1}, {B.a.data(), 1, B.n}, out.a.data(),
                         A.p);
  return out;
}

Tall times(const Tall& A, const DenseMatrix& T, bool transposed) {
  Tall out(A.n, T.n);
  const Strided right = transposed ? Strided{T.a.data(), T.n, 1} : Strided{T.a.data(), 1, T.n};
  kernels::dense_product(A.n, T.n, A.p, {A.a.data(), 1, A.n}, right, out.a.data(), A.n);
  return out;
}

Tall minus(const Tall& A, const Tall& B) {
  Tall out = A;
  for (std::size_t i = 0; i < out.a.size(); ++i)
    out.a[i] -= B.a[i];
  return out;
}

double from_identity(const DenseMatrix& T) {
  double sum = 0;
  for (Index j = 0; j < T.n; ++j)
    for (Index i = 0; i < T.n; ++i) {
      const double x = T(i, j) - (i == j ? 1 : 0);
      sum += x * x;
    }
  return std::sqrt(sum);
}

void orthonormalize(Tall& A) {
  for (Index j = 0; j < A.p; ++j)
    orthonormalize_column(A, j);
}

Tall krylov_basis(const DenseMatrix& X, bool transposed, Index steps, std::uint64_t substream) {
  Tall out(X.n, steps);
  RandomStream draws({31, 7}, substream);
  for (Index t = 0; t < X.n; ++t)
    out.column(0)[t] = draws.normal();
  for (Index j = 0; j < steps; ++j) {
    if (j > 0)
      multiply(X, transposed, out.column(j - 1), out.column(j));
    orthonormalize_column(out, j);
  }
  return out;
}

Ritz ritz(const DenseMatrix& X, bool transposed, const Tall& A) {
  const Tall image = times(X, transposed, A);
  Ritz out{eigensystem(inner(A, image)), {}};
  const Index p = A.p;
  for (Index c = 0; c < std::min(p, most_assessed); ++c) {
    double sum = 0;
    for (Index t = 0; t < A.n; ++t) {
      Complex r = 0;
      for (Index j = 0; j < p; ++j)
        r += out.system.vectors[c * p + j] *
             (image.column(j)[t] - out.system.values[c] * A.column(j)[t]);
      sum += std::norm(r);
    }
    out.residual.push_back(std::sqrt(sum));
  }
  return out;
}

bool between(const Ritz& side, Index g) {
  return std::abs(side.system.values[g - 1]) > std::abs(side.system.values[g]) * (1 + 1e-9) &&
         *std::max_element(side.residual.begin(), side.residual.begin() + g) <= most_residual;
}

Tall leading(const Tall& A, const Ritz& ritz, Index g) {
  DenseMatrix Y(A.p);
  std::fill(Y.a.begin(), Y.a.end(), 0.0);
  for (Index c = 0; c < g; ++c)
    for (Index j = 0; j < A.p; ++j) {
      const Complex& y = ritz.system.vectors[c * A.p + j];
      Y(j, c) = ritz.system.values[c].imag() < 0 ? y.imag() : y.real();
    }
  Tall out = times(A, Y);
  out.a.resize(static_cast<std::size_t>(A.n * g));
  out.p = g;
  orthonormalize(out);
  return out;
}

Tall dual(const Tall& V, const Tall& W) {
  return times(V, inverse(inner(W, V), 1).matrix);
}

} // namespace attnwalk::solvers
