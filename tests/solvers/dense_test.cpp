// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/solvers/iterative.hpp"

#include "catch.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

#include <algorithm>

using namespace attnwalk;
using namespace attnwalk::solvers;

namespace {

Dense<double> random_matrix(Index rows, Index cols) {
  RandomStream draw({7, 1}); // seed 7, substream 1
  Dense<double> A(rows, cols);
  for (double& x : A)
    x = draw.normal();
  return A;
}

Eigen::MatrixXd eigen(const Dense<double>& A) {
  Eigen::MatrixXd copy(A.shape().tokens, A.shape().width);
  for (Index i = 0; i < A.shape().tokens; ++i)
    for (Index j = 0; j < A.shape().width; ++j)
      copy(i, j) = A(i, j);
  return copy;
}

LinearMap product_with(const Eigen::MatrixXd& A) {
  return {A.rows(), [&A](const double* x, double* y) {
            Eigen::Map<Eigen::VectorXd>(y, A.rows()) =
                A * Eigen::Map<const Eigen::VectorXd>(x, A.cols());
          }};
}

} // namespace

TEST_CASE("singular_values: equal Jacobi's for tall, wide and empty matrices", "[solvers][dense]") {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{9, 4}, {4, 9}, {5, 5}, {1, 3}, {0, 3}}) {
    const Dense<double> A = random_matrix(rows, cols);
    const std::vector<double> found = singular_values(A);
    REQUIRE(std::ssize(found) == std::min(rows, cols));
    if (found.empty())
      continue;
    const Eigen::VectorXd truth = eigen(A).jacobiSvd().singularValues();
    for (std::size_t k = 0; k < found.size(); ++k) // both are backward stable: some ulps of ||A||
      CHECK(std::abs(found[k] - truth[static_cast<Index>(k)]) < 1e-14 * truth[0]);
  }
}

TEST_CASE("triangle: R'R = A'A, and nothing below the diagonal", "[solvers][dense]") {
  for (const auto& [rows, cols] : {std::pair<Index, Index>{9, 4}, {3, 5}, {0, 2}}) {
    const Dense<double> A = random_matrix(rows, cols);
    const Dense<double> R = triangle(A);
    REQUIRE(R.shape().tokens == std::min(rows, cols));
    REQUIRE(R.shape().width == cols);
    for (Index i = 0; i < R.shape().tokens; ++i)
      for (Index j = 0; j < i; ++j)
        CHECK(R(i, j) == 0);
    const Eigen::MatrixXd a = eigen(A);
    const Eigen::MatrixXd r = eigen(R);
    CHECK((r.transpose() * r - a.transpose() * a).norm() <= 1e-14 * a.squaredNorm());
  }
}

TEST_CASE("leading values: equal those of dense solvers", "[solvers][iterative]") {
  const Eigen::MatrixXd A = eigen(random_matrix(80, 80));
  const Eigen::MatrixXd S = A + A.transpose();
  const std::vector<double> found = leading_symmetric(product_with(S), 4, 1e-13);
  REQUIRE(found.size() >= 4);
  const Eigen::VectorXd truth =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(S, Eigen::EigenvaluesOnly).eigenvalues();
  for (Index k = 0; k < 4; ++k)
    CHECK(std::abs(found[static_cast<std::size_t>(k)] - truth[79 - k]) < 1e-12 * S.norm());

  const auto values = leading_eigenvalues(product_with(A), 4, 1e-12);
  REQUIRE(values.size() >= 4);
  const Eigen::VectorXcd all = Eigen::EigenSolver<Eigen::MatrixXd>(A, false).eigenvalues();
  for (const std::complex<double> value : values) // condition numbers of some tens
    CHECK((all.array() - value).abs().minCoeff() < 1e-10 * A.norm());
  CHECK(std::abs(values.front()) == Approx(all.cwiseAbs().maxCoeff()).epsilon(1e-10));
}

TEST_CASE("inverse: by halves, and with exchanges of rows where the halves have none",
          "[solvers][dense]") {
  const Index n = 203; // halves of halves of no equal size
  DenseMatrix B(n);
  const Dense<double> A = random_matrix(n, n);
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i)
      B(i, j) = 0.3 * A(i, j) / std::sqrt(static_cast<double>(n)) + (i == j ? 1 : 0);
  const Inverse well = inverse(B, 2);
  CHECK(well.defect < 1e-12);
  CHECK(inverse(B, 1).matrix.a == well.matrix.a);
  // The first half shifted to the second: the leading block is 0.
  DenseMatrix shifted(n);
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i)
      shifted((i + n / 2) % n, j) = i == j ? 1 : 0;
  const Inverse turned = inverse(shifted, 1);
  CHECK(turned.defect == 0);
  CHECK(turned.matrix(0, n / 2) == 1);
}

TEST_CASE("cholesky: L L' = S over several blocks, and no factor of an indefinite matrix",
          "[solvers][dense]") {
  const Index n = 300;
  const Eigen::MatrixXd A = eigen(random_matrix(n, n));
  const Eigen::MatrixXd S = A * A.transpose();
  const auto copied = [&](const Eigen::MatrixXd& from) {
    DenseMatrix to(n);
    std::copy(from.data(), from.data() + n * n, to.a.begin());
    return to;
  };
  DenseMatrix L = copied(S);
  REQUIRE(cholesky(L));
  const Eigen::MatrixXd lower =
      Eigen::Map<const Eigen::MatrixXd>(L.a.data(), n, n).triangularView<Eigen::Lower>();
  CHECK((lower * lower.transpose() - S).norm() < 1e-13 * S.norm());
  // The last pivot alone is negative.
  Eigen::MatrixXd bad = S;
  bad(n - 1, n - 1) = (lower.row(n - 1).head(n - 1)).squaredNorm() - 1e-3;
  DenseMatrix indefinite = copied(bad);
  CHECK_FALSE(cholesky(indefinite));
  CHECK_FALSE(positive_definite(copied(bad)));
  CHECK(positive_definite(copied(S)));
}

TEST_CASE("largest_eigenpair: equals all eigenvalues' largest, near others and of several vectors",
          "[solvers][dense]") {
  const Index n = 320; // above the size from which the proof replaces the tridiagonal form
  const Eigen::MatrixXd Q =
      Eigen::HouseholderQR<Eigen::MatrixXd>(eigen(random_matrix(n, n))).householderQ();
  const Eigen::VectorXd plain = Eigen::VectorXd::LinSpaced(n, -0.9, 0.5);
  for (const double second : {0.5, 0.99, 1 - 1e-6, 1 - 1e-10, 1.0, -1.5}) {
    CAPTURE(second);
    Eigen::VectorXd values = plain;
    values[3] = 1;
    values[200] = second;
    const Eigen::MatrixXd S = Q * values.asDiagonal() * Q.transpose();
    DenseMatrix given(n);
    for (Index j = 0; j < n; ++j)
      for (Index i = 0; i < n; ++i)
        given(i, j) = 0.5 * (S(i, j) + S(j, i));
    const SymmetricPair top = largest_eigenpair(given, true);
    // Forming S costs some eps ||S||.
    CHECK(std::abs(top.value - 1) < 20 * static_cast<double>(n) * 1e-16);
    const Eigen::Map<const Eigen::VectorXd> x(top.vector.data(), n);
    CHECK(std::abs(x.norm() - 1) < 1e-13);
    CHECK((S * x - top.value * x).norm() < 1e-12);
  }
}
