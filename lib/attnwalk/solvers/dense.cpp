// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/dense.hpp"

#include "attnwalk/kernels/dense_product.hpp"
#include "attnwalk/solvers/tridiagonal.hpp"

#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::solvers {

namespace {

using Eigen::Map;
using Eigen::MatrixXd;

/// Columns that one thread works on, whatever the number of threads.
constexpr Index panel = 128;

Map<const MatrixXd> view(const DenseMatrix& A) {
  return {A.a.data(), A.n, A.n};
}

} // namespace

DenseMatrix product(const DenseMatrix& A, const DenseMatrix& B, bool transpose_a, int threads) {
  DenseMatrix C(A.n);
  const Index n = A.n;
  const Index panels = (n + panel - 1) / panel;
  const kernels::Strided a =
      transpose_a ? kernels::Strided{A.a.data(), n, 1} : kernels::Strided{A.a.data(), 1, n};
#pragma omp parallel for schedule(static) num_threads(threads) if (n >= 2 * panel)
  for (Index p = 0; p < panels; ++p) {
    const Index begin = p * panel;
    kernels::dense_product(n, std::min(panel, n - begin), n, a, {B.a.data() + begin * n, 1, n},
                           C.a.data() + begin * n, n);
  }
  return C;
}

DenseMatrix gram(const DenseMatrix& A, int threads) {
  DenseMatrix C(A.n);
  const Index n = A.n;
  const Index panels = (n + panel - 1) / panel;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (n >= 2 * panel)
  for (Index p = 0; p < panels; ++p) {
    const Index begin = p * panel;
    const double* columns = A.a.data() + begin * n;
    kernels::dense_product(n - begin, std::min(panel, n - begin), n, {columns, n, 1},
                           {columns, 1, n}, C.a.data() + begin * n + begin, n);
  }
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < j; ++i)
      C(i, j) = C(j, i);
  return C;
}

std::vector<double> symmetric_spectrum(const DenseMatrix& S) {
  return S.n == 0 ? std::vector<double>() : TridiagonalForm(S).values();
}

SymmetricPair norm_2(const DenseMatrix& X, bool with_vector, int threads, double bound) {
  // X'X overflows or underflows where X does not: divide by a power of two first.
  double largest = 0;
  for (const double x : X.a)
    largest = std::max(largest, std::abs(x));
  if (largest == 0)
    return {0, std::vector<double>(with_vector ? X.n : 0, 0.0)};
  const double unit = std::exp2(std::floor(std::log2(largest)));
  DenseMatrix scaled = X;
  for (double& x : scaled.a)
    x /= unit;
  const double root = bound / unit;
  SymmetricPair top = largest_eigenpair(gram(scaled, threads), with_vector, root * root);
  top.value = unit * std::sqrt(std::max(0.0, top.value));
  return top;
}

void multiply(const DenseMatrix& X, bool transposed, const double* x, double* y) {
  const Map<const Eigen::VectorXd> from(x, X.n);
  Map<Eigen::VectorXd> to(y, X.n);
  if (transposed)
    to.noalias() = view(X).transpose() * from;
  else
    to.noalias() = view(X) * from;
}

double frobenius(const DenseMatrix& X) {
  return view(X).norm();
}

double mixed_norm(const DenseMatrix& X) {
  if (X.n == 0)
    return 0;
  const double columns = view(X).cwiseAbs().colwise().sum().maxCoeff();
  return std::sqrt(columns * view(X).cwiseAbs().rowwise().sum().maxCoeff());
}

std::vector<double> singular_values(View<const double> A) {
  const Index rows = A.shape.tokens;
  const Index cols = A.shape.width;
  DenseMatrix both(rows + cols);
  std::fill(both.a.begin(), both.a.end(), 0.0);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < cols; ++j)
      both(rows + j, i) = both(i, rows + j) = A.row(i)[j];
  if (rows == 0 || cols == 0)
    return {};
  std::vector<double> values = symmetric_spectrum(both);
  std::reverse(values.begin(), values.end());
  values.resize(static_cast<std::size_t>(std::min(rows, cols)));
  for (double& value : values)
    value = std::max(value, 0.0); // rounding of a 0
  return values;
}

Dense<double> triangle(View<const double> A) {
  const Index cols = A.shape.width;
  const Index rank = std::min(A.shape.tokens, cols);
  Dense<double> R(rank, cols);
  MatrixXd copy(A.shape.tokens, cols);
  for (Index i = 0; i < A.shape.tokens; ++i)
    for (Index j = 0; j < cols; ++j)
      copy(i, j) = A.row(i)[j];
  if (rank == 0)
    return R;
  const Eigen::HouseholderQR<MatrixXd> qr(copy);
  for (Index i = 0; i < rank; ++i)
    for (Index j = i; j < cols; ++j)
      R(i, j) = qr.matrixQR()(i, j);
  return R;
}

} // namespace attnwalk::solvers
