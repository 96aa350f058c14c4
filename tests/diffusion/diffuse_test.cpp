// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/diffusion/diffuse.hpp"

#include "diffusion/cases.hpp"

#include <limits>

using namespace attnwalk;
using diffusion::Backend;
using diffusion::diffuse;
using diffusion::DiffuseOptions;
using diffusion::Method;
using Eigen::MatrixXd;
using support::dense_of;
using support::largest;

namespace {

// The whole operator: what diffusion does to the identity.
MatrixXd operator_of(const Csr<double>& A, const DiffuseOptions& how) {
  const Index n = A.rows;
  Dense<double> I(n, n);
  for (Index i = 0; i < n; ++i)
    I(i, i) = 1;
  return dense_of(diffuse<double>(A.view(), I.view(), how).Z);
}

double norm_inf(const MatrixXd& X) {
  return X.cwiseAbs().rowwise().sum().maxCoeff();
}

const double tol = 1e-12;       // products of stochastic matrices with numbers of order 1
const double solver_tol = 1e-9; // Krylov solvers stop at a relative residual of 1e-12

} // namespace

TEST_CASE("diffuse: the diffuser operator is (1-a)^K A^K + a sum (1-a)^i A^i, on both back ends",
          "[diffusion][diffuse]") {
  const Index n = GENERATE(1, 2, 17, 40);
  const Index K = GENERATE(0, 1, 5);
  const double a = GENERATE(0.0, 0.1, 1.0);
  const Csr<double> A = support::random_walk(n, 1);
  const MatrixXd P = dense_of(A.view());
  MatrixXd wanted = std::pow(1 - a, K) * support::power(P, K);
  for (Index i = 0; i < K; ++i)
    wanted += a * std::pow(1 - a, i) * support::power(P, i);
  for (const Backend backend : {Backend::fused, Backend::graphblas}) {
    const MatrixXd found = operator_of(A, {.alpha = a, .hops = K, .backend = backend});
    CHECK(largest(found - wanted) <= tol);
    CHECK(largest(found.rowwise().sum() - Eigen::VectorXd::Ones(n)) <= tol);
  }
}

TEST_CASE("diffuse: alpha = 1 returns V for every method", "[diffusion][diffuse]") {
  const Csr<double> A = support::random_walk(12, 2, true);
  const Dense<double> V = support::random_values(12, 5, 1);
  for (const Method method : {Method::diffuser, Method::truncated, Method::chebyshev, Method::cg,
                              Method::gmres, Method::bicgstab, Method::exact, Method::heat}) {
    INFO(to_string(method));
    const auto out = diffuse<double>(A.view(), V.view(), {.method = method, .alpha = 1});
    CHECK(largest(dense_of(out.Z) - dense_of(V)) <= tol);
  }
}

TEST_CASE("diffuse: T1, the truncated sum misses exactly (1-a)^(K+1)", "[diffusion][diffuse]") {
  const double a = 0.15;
  const Index K = GENERATE(0, 1, 4, 9);
  const Csr<double> A = support::random_walk(23, 3);
  const MatrixXd found = operator_of(A, {.method = Method::truncated, .alpha = a, .hops = K});
  const MatrixXd limit = support::pagerank(dense_of(A.view()), a);
  const double missing = std::pow(1 - a, K + 1);
  CHECK(std::abs(norm_inf(limit - found) - missing) <= tol);
  const auto out = diffuse<double>(A.view(), support::random_values(23, 2, 1).view(),
                                   {.method = Method::truncated, .alpha = a, .hops = K});
  CHECK(std::abs(out.missing_mass - missing) <= tol);
}

TEST_CASE("diffuse: T2, the diffuser error is (1-a)^K A^K (PP - I) and obeys its bounds",
          "[diffusion][diffuse]") {
  const double a = 0.1;
  const Index K = GENERATE(1, 3, 8);
  const Csr<double> A = support::random_walk(19, 4);
  const MatrixXd P = dense_of(A.view());
  const MatrixXd limit = support::pagerank(P, a);
  const MatrixXd I = MatrixXd::Identity(19, 19);
  const MatrixXd error = operator_of(A, {.alpha = a, .hops = K}) - limit;
  // The error of the operator is PP - P_K with the sign of (1-a)^K A^K (I - PP).
  CHECK(largest(error - std::pow(1 - a, K) * support::power(P, K) * (I - limit)) <= tol);
  CHECK(norm_inf(error) <= 2 * std::pow(1 - a, K) * (1 - limit.diagonal().minCoeff()) + tol);
  CHECK(2 * std::pow(1 - a, K) * (1 - limit.diagonal().minCoeff()) <=
        2 * std::pow(1 - a, K + 1) + tol);
}

TEST_CASE("diffuse: Chebyshev's error operator is T_K(A)/T_K(1/rho) (PP - I)",
          "[diffusion][diffuse]") {
  const double a = GENERATE(0.05, 0.1, 0.2);
  const Index K = GENERATE(1, 2, 5, 10);
  const Csr<double> A = support::random_walk(30, 5, true);
  const MatrixXd P = dense_of(A.view());
  const MatrixXd I = MatrixXd::Identity(30, 30);
  const MatrixXd limit = support::pagerank(P, a);
  MatrixXd T0 = I, T1 = P;
  const double x = 1 / (1 - a);
  double t0 = 1, t1 = x;
  for (Index k = 1; k < K; ++k) {
    T0.swap(T1);
    T1 = (2 * P * T0 - T1).eval();
    const double t2 = 2 * x * t1 - t0;
    t0 = t1;
    t1 = t2;
  }
  const MatrixXd error =
      operator_of(A, {.method = Method::chebyshev, .alpha = a, .hops = K}) - limit;
  CHECK(largest(error - T1 / t1 * (I - limit)) <= 1e-11);
}

TEST_CASE("diffuse: every method that converges meets the LU solution and its own bound",
          "[diffusion][diffuse]") {
  const double a = GENERATE(0.05, 0.3);
  const Csr<double> A = support::random_walk(45, 6, true);
  const Dense<double> V = support::random_values(45, 7, 2);
  const MatrixXd limit = support::pagerank(dense_of(A.view()), a) * dense_of(V);
  for (const Method method : {Method::exact, Method::cg, Method::gmres, Method::bicgstab}) {
    INFO(to_string(method));
    const auto out = diffuse<double>(A.view(), V.view(), {.method = method, .alpha = a});
    CHECK(largest(dense_of(out.Z) - limit) <= solver_tol);
    CHECK(largest(dense_of(out.Z) - limit) <= *out.bound + tol);
    CHECK(out.converged);
  }
  for (const Method method :
       {Method::diffuser, Method::truncated, Method::chebyshev, Method::cg, Method::gmres}) {
    INFO(to_string(method));
    const auto out =
        diffuse<double>(A.view(), V.view(), {.method = method, .alpha = a, .tolerance = 1e-6});
    CHECK(out.converged);
    CHECK(*out.bound <= 1e-6);
    CHECK(largest(dense_of(out.Z) - limit) <= *out.bound + tol);
  }
}

TEST_CASE("diffuse: steps of the diffuser iteration shrink by 1-a or more",
          "[diffusion][diffuse]") {
  const Csr<double> A = support::random_walk(33, 7);
  const Dense<double> V = support::random_values(33, 3, 3);
  const auto out = diffuse<double>(A.view(), V.view(), {.alpha = 0.2, .hops = 30});
  for (std::size_t t = 1; t < out.steps.size(); ++t)
    CHECK(out.steps[t] <= 0.8 * out.steps[t - 1] + tol);
}

TEST_CASE("diffuse: heat is the exponential of the walk", "[diffusion][diffuse]") {
  const double t = GENERATE(0.5, 9.0);
  const Csr<double> A = support::random_walk(20, 8);
  const MatrixXd P = dense_of(A.view());
  MatrixXd term = MatrixXd::Identity(20, 20) * std::exp(-t), sum = term;
  for (Index k = 1; k < 80; ++k) {
    term = (term * P * t / static_cast<double>(k)).eval();
    sum += term;
  }
  CHECK(largest(operator_of(A, {.method = Method::heat, .hops = 80, .time = t}) - sum) <= tol);
  const auto out = diffuse<double>(A.view(), support::random_values(20, 2, 4).view(),
                                   {.method = Method::heat, .hops = 3, .time = t});
  double mass = 0, weight = std::exp(-t);
  for (Index k = 0; k <= 3; ++k) {
    mass += weight;
    weight *= t / static_cast<double>(k + 1);
  }
  CHECK(std::abs(out.missing_mass - (1 - mass)) <= tol);
}

TEST_CASE("diffuse: uniform causal PageRank has the closed form of Hausdorff moments",
          "[diffusion][diffuse]") {
  const Index n = 100;
  support::Grid C(100, std::vector<double>(100, 0.0));
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      C[i][j] = 1.0 / static_cast<double>(i + 1);
  Dense<double> e0(n, 1);
  e0(0, 0) = 1;
  const auto column = [&](double a) {
    return diffuse<double>(support::csr_of(C).view(), e0.view(),
                           {.method = Method::exact, .alpha = a})
        .Z;
  };
  CHECK(std::abs(column(0.1)(9, 0) - 0.6832242000819891) <= 1e-13);
  CHECK(std::abs(column(0.1)(99, 0) - 0.5404790645183645) <= 1e-13);
  CHECK(std::abs(column(0.5)(3, 0) - 8.0 / 35) <= 1e-14);
}

TEST_CASE("diffuse: float agrees with double, and bits do not depend on threads",
          "[diffusion][diffuse]") {
  const Csr<double> A = support::random_walk(257, 9);
  const Dense<double> V = support::random_values(257, 13, 6);
  Csr<float> Af;
  Af.rows = Af.cols = A.rows;
  Af.offsets = A.offsets;
  Af.columns = A.columns;
  Af.values.assign(A.values.begin(), A.values.end());
  Dense<float> Vf(257, 13);
  std::copy_n(V.data(), V.shape().size(), Vf.data());
  const auto d = diffuse<double>(A.view(), V.view());
  const auto one = diffuse<float>(Af.view(), Vf.view(), {.threads = 1});
  const auto three = diffuse<float>(Af.view(), Vf.view(), {.threads = 3});
  for (Index x = 0; x < Vf.shape().size(); ++x) {
    CHECK(std::abs(one.Z.data()[x] - d.Z.data()[x]) <= 1e-5);
    CHECK(one.Z.data()[x] == three.Z.data()[x]);
  }
}

TEST_CASE("diffuse: along a pattern is along its uniform walk", "[diffusion][diffuse]") {
  // Row 2 is empty: its values shrink to a V.
  const auto P =
      support::pattern_where(6, 6, [](Index i, Index j) { return i != 2 && (i + j) % 3 != 0; });
  support::Grid grid(6, std::vector<double>(6, 0.0));
  for (Index i = 0; i < 6; ++i)
    for (const Index j : P.row(i))
      grid[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] =
          1 / static_cast<double>(P.degree(i));
  const Dense<double> V = support::random_values(6, 3, 8);
  const auto wanted = dense_of(diffuse<double>(support::csr_of(grid).view(), V.view()).Z);
  CHECK(largest(dense_of(diffuse<double>(P, V.view()).Z) - wanted) == 0);
  Dense<float> narrow(6, 3);
  std::copy_n(V.data(), V.shape().size(), narrow.data());
  const auto single = diffuse<float>(P, narrow.view()).Z;
  for (Index i = 0; i < 6; ++i)
    for (Index c = 0; c < 3; ++c)
      CHECK(std::abs(single(i, c) - wanted(i, c)) <= 1e-6);
}

TEST_CASE("diffuse: refusals are one sentence", "[diffusion][diffuse]") {
  const Csr<double> A = support::random_walk(6, 11);
  const Dense<double> V = support::random_values(6, 2, 7);
  const auto with = [&](const DiffuseOptions& how) {
    return diffuse<double>(A.view(), V.view(), how);
  };
  CHECK_THROWS_WITH(with({.alpha = 1.5}), "alpha = 1.5 must be in [0, 1]");
  CHECK_THROWS_WITH(with({.alpha = 0, .tolerance = 1e-3}), "alpha = 0 must be in (0, 1]");
  CHECK_THROWS_WITH(with({.method = Method::exact, .alpha = 0}), "alpha = 0 must be in (0, 1]");
  CHECK_THROWS_WITH(with({.hops = -1}), "hops = -1 must be 0 or more");
  CHECK_THROWS_WITH(with({.tolerance = 0}), "tolerance = 0 must be positive");
  CHECK_THROWS_WITH(with({.method = Method::chebyshev}),
                    Catch::Contains("reversibility defect") && Catch::Contains("force"));
  CHECK_NOTHROW(with({.method = Method::chebyshev, .force = true}));
  CHECK_THROWS_WITH(diffuse<double>(A.view(), support::random_values(5, 2, 7).view()),
                    "V has 5 rows and A 6; they must agree");
  const support::Grid half{{.5, .25}, {0, 1}};
  CHECK_THROWS_WITH(
      diffuse<double>(support::csr_of(half).view(), support::random_values(2, 1, 7).view()),
      "row 0 of A sums to 0.75 where 1 is needed");
  for (const support::Broken& broken : support::broken_matrices()) {
    const Dense<double> values = support::random_values(3, 2, 7);
    CHECK_THROWS_WITH(diffuse<double>(broken.matrix.view(), values.view()),
                      Catch::Contains(broken.words));
    CHECK_THROWS_WITH(
        diffusion::diffuse_backward<double>(broken.matrix.view(), values.view(), {}, values.view()),
        Catch::Contains(broken.words));
  }
  Csr<double> ones = support::csr_of({{1}});
  ones.values.clear();
  CHECK_THROWS_WITH(diffuse<double>(ones.view(), support::random_values(1, 2, 7).view()),
                    "A has no values: pass the pattern itself, or weights whose rows sum to 1");
  Dense<double> bad = V;
  bad(3, 1) = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(diffuse<double>(A.view(), bad.view()),
                    "V at row 3, column 1 is inf; it must be finite");
  CHECK_THROWS_AS(parse_name<diffusion::Method>("method", "magic"), Error);
}

TEST_CASE("hops_for: the smallest number whose bound meets the tolerance", "[diffusion]") {
  const double a = 0.1;
  for (const double tolerance : {0.5, 1e-3, 1e-8}) {
    const Index K = diffusion::hops_for(Method::diffuser, a, tolerance, 1);
    CHECK(2 * std::pow(1 - a, K + 1) <= tolerance * (1 + 1e-12));
    CHECK((K == 0 || 2 * std::pow(1 - a, K) > tolerance));
  }
  CHECK(diffusion::hops_for(Method::truncated, a, 1e-3, 1) == 65);
}

TEST_CASE("diffuse: a Diffusion without a matrix says so", "[diffusion][diffuse]") {
  const diffusion::Diffusion<double> none;
  const Dense<double> V(2, 3);
  CHECK_THROWS_WITH(none.forward(V.view()), Catch::Contains("no matrix"));
}

TEST_CASE("diffuse: the bound of diffuser by hand, where the error comes near it",
          "[diffusion][diffuse]") {
  // A swaps two tokens and V = (1, -1), its eigenvector of -1. The limit is a/(2-a) V, Z after K hops
  // lies 2 (1-a)^(K+1) / (2-a) from it, and the last step is 2 (1-a)^K: the bound of K hops,
  // 2 (1-a)^(K+1), is the smaller one. At a = .5 a bound with one factor 1-a more would be too small.
  const double a = .5;
  const Csr<double> A{2, 2, {0, 1, 2}, {1, 0}, {1, 1}};
  Dense<double> V(2, 1);
  V(0, 0) = 1;
  V(1, 0) = -1;
  for (const Index hops : {0, 1, 2, 7}) {
    const auto out = diffuse<double>(A.view(), V.view(), {.alpha = a, .hops = hops});
    const double error = std::abs(out.Z(0, 0) - a / (2 - a));
    CHECK(error == Approx(2 * std::pow(1 - a, hops + 1) / (2 - a)).epsilon(tol));
    CHECK(out.bound.value() == Approx(2 * std::pow(1 - a, hops + 1)).epsilon(tol));
  }
  // V = (1, 0) and a = .9: the last step is smaller, and the bound (1-a)/a times that.
  V(1, 0) = 0;
  const auto out = diffuse<double>(A.view(), V.view(), {.alpha = .9, .hops = 1});
  CHECK(out.bound.value() == Approx(.1 / .9 * .1).epsilon(tol)); // Z = (.9, .1)
}
