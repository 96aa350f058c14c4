// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/dense_product.hpp"
#include "attnwalk/solvers/dense.hpp"

#include <Eigen/LU>

#include <algorithm>

namespace attnwalk::solvers {

namespace {

using Eigen::MatrixXd;
using kernels::Strided;

constexpr Index small = 64;
/// Columns that one thread works on, whatever the number of threads.
constexpr Index panel = 128;
/// Elimination without exchanges of rows is tried again with them where more is missing.
constexpr double bearable = 1e-4;

/// A block of a column-major matrix.
struct Block {
  double* a;
  Index step;
  [[nodiscard]] Block at(Index i, Index j) const { return {a + j * step + i, step}; }
  [[nodiscard]] double& operator()(Index i, Index j) const { return a[j * step + i]; }
  [[nodiscard]] Strided strided() const { return {a, 1, step}; }
};

struct Rectangle {
  Rectangle(Index rows, Index columns) : a(rows * columns), step(rows) {}
  [[nodiscard]] Block block() { return {a.data(), step}; }
  Buffer<double> a;
  Index step;
};

void multiply(Index rows, Index columns, Index depth, const Block& A, const Block& B,
              const Block& C, int threads) {
  const Index panels = (columns + panel - 1) / panel;
#pragma omp parallel for schedule(static) num_threads(threads) if (columns >= 2 * panel)
  for (Index p = 0; p < panels; ++p) {
    const Index begin = p * panel;
    kernels::dense_product(rows, std::min(panel, columns - begin), depth, A.strided(),
                           B.at(0, begin).strided(), C.at(0, begin).a, C.step);
  }
}

/// out = A^-1 by halves, without exchanges but in small blocks: with X = R P^-1, Y = P^-1 Q and
/// Z = (S - R Y)^-1,
///   [P Q; R S]^-1 = [P^-1 + Y Z X, -Y Z; -Z X, Z].
void invert(Index n, const Block& A, const Block& out, int threads) {
  if (n <= small) {
    MatrixXd copy(n, n);
    for (Index j = 0; j < n; ++j)
      std::copy_n(&A(0, j), n, copy.data() + j * n);
    const MatrixXd found = Eigen::PartialPivLU<MatrixXd>(copy).inverse();
    for (Index j = 0; j < n; ++j)
      std::copy_n(found.data() + j * n, n, &out(0, j));
    return;
  }
  const Index m = n / 2;
  const Index rest = n - m;
  const Block R = A.at(m, 0);
  const Block P_inverse = out;
  const Block Z = out.at(m, m);
  invert(m, A, P_inverse, threads);
  Rectangle Y(m, rest);
  multiply(m, rest, m, P_inverse, A.at(0, m), Y.block(), threads);
  Rectangle S(rest, rest);
  multiply(rest, rest, m, R, Y.block(), S.block(), threads);
  for (Index j = 0; j < rest; ++j)
    for (Index i = 0; i < rest; ++i)
      S.block()(i, j) = A(m + i, m + j) - S.block()(i, j);
  invert(rest, S.block(), Z, threads);
  Rectangle X(rest, m);
  multiply(rest, m, m, R, P_inverse, X.block(), threads);
  multiply(rest, m, rest, Z, X.block(), out.at(m, 0), threads);
  multiply(m, rest, rest, Y.block(), Z, out.at(0, m), threads);
  Rectangle added(m, m);
  multiply(m, m, rest, Y.block(), out.at(m, 0), added.block(), threads); // Y Z X
  for (Index j = 0; j < m; ++j) {
    for (Index i = 0; i < m; ++i)
      out(i, j) += added.block()(i, j);
    for (Index i = 0; i < rest; ++i)
      out(m + i, j) = -out(m + i, j);
  }
  for (Index j = 0; j < rest; ++j)
    for (Index i = 0; i < m; ++i)
      out(i, m + j) = -out(i, m + j);
}

/// ||I - B X||_F.
double defect(const DenseMatrix& B, const DenseMatrix& X, int threads) {
  DenseMatrix check = product(B, X, false, threads);
  for (Index i = 0; i < B.n; ++i)
    check(i, i) -= 1;
  return frobenius(check);
}

} // namespace

DenseMatrix rough_inverse(const DenseMatrix& B, int threads) {
  DenseMatrix copy = B;
  DenseMatrix out(B.n);
  invert(B.n, {copy.a.data(), B.n}, {out.a.data(), B.n}, threads);
  return out;
}

Inverse inverse(const DenseMatrix& B, int threads) {
  Inverse out{rough_inverse(B, threads), 0};
  out.defect = defect(B, out.matrix, threads);
  if (B.n > small && !(out.defect < bearable)) { // NaN included
    Eigen::Map<MatrixXd>(out.matrix.a.data(), B.n, B.n) =
        Eigen::PartialPivLU<MatrixXd>(Eigen::Map<const MatrixXd>(B.a.data(), B.n, B.n)).inverse();
    out.defect = defect(B, out.matrix, threads);
  }
  return out;
}

} // namespace attnwalk::solvers
