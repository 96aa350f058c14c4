// SPDX-License-Identifier: Apache-2.0
// What diffusion does, method by method: numbers of the low-pass filter, row sums, spectral bounds
// of truncation, uniform causal attention in closed form, causality.
#include "attnwalk/diffusion/diffuse.hpp"

#include "diffusion/cases.hpp"
#include "support/dense_spectra.hpp"

#include <algorithm>
#include <cmath>

using namespace attnwalk;
using diffusion::diffuse;
using diffusion::DiffuseOptions;
using diffusion::Method;
using Eigen::MatrixXd;
using support::dense_of;
using support::largest;

namespace {

constexpr double tol = 1e-12;       ///< products of stochastic matrices with numbers of order 1
constexpr double solver_tol = 1e-9; ///< Krylov solvers stop at a relative residual of 1e-12

MatrixXd operator_of(const Csr<double>& A, const DiffuseOptions& how) {
  Dense<double> I(A.rows, A.rows);
  for (Index i = 0; i < A.rows; ++i)
    I(i, i) = 1;
  return dense_of(diffuse<double>(A.view(), I.view(), how).Z);
}

/// Two tokens whose walk has the eigenvalues 1 and mu.
Csr<double> two_tokens(double mu) {
  support::Grid grid(2, std::vector<double>(2, (1 - mu) / 2));
  grid[0][0] = grid[1][1] = (1 + mu) / 2;
  return support::csr_of(grid);
}

/// (1, -1), the eigenvector of mu.
Dense<double> opposed() {
  Dense<double> V(2, 1);
  V(0, 0) = 1;
  V(1, 0) = -1;
  return V;
}

/// What diffusion makes of the eigenvalue mu.
double filtered(double mu, const DiffuseOptions& how) {
  const auto Z = diffuse<double>(two_tokens(mu).view(), opposed().view(), how).Z;
  CHECK(Z(1, 0) == Approx(-Z(0, 0)).margin(tol));
  return Z(0, 0);
}

double difference(const Dense<double>& a, const Dense<double>& b, Index rows) {
  double worst = 0;
  for (Index i = 0; i < rows; ++i)
    for (Index c = 0; c < a.shape().width; ++c)
      worst = std::max(worst, std::abs(a(i, c) - b(i, c)));
  return worst;
}

} // namespace

TEST_CASE("diffuse: the low-pass numbers of diffuser.md", "[diffusion][published]") {
  // Laplacian eigenvalue l = 1 - mu becomes l / (a/(1-a) + l); a = .1, to the digits printed.
  for (const auto& [l, wanted] : {std::pair{.1, .4737}, {.5, .8182}, {1.0, .9}, {2.0, .9474}}) {
    const double found = 1 - filtered(1 - l, {.method = Method::exact, .alpha = .1});
    CHECK(found == Approx(wanted).margin(5.01e-5));
    CHECK(found == Approx(l / (.1 / .9 + l)).epsilon(tol));
  }
  // Small eigenvalues grow and large ones shrink: the crossing is at (1-2a)/(1-a), none from 1/2.
  for (const double a : {.05, .1, .2, .5, .7})
    for (double l = .01; l < 2; l += .01) {
      const double crossing = (1 - 2 * a) / (1 - a);
      if (std::abs(l - crossing) < 1e-6)
        continue;
      const double found = 1 - filtered(1 - l, {.method = Method::exact, .alpha = a});
      CHECK((found > l) == (l < crossing));
    }
  // Five hops on the eigenvalue -1, and the limit.
  CHECK(filtered(-1, {.alpha = .1, .hops = 5}) == Approx(-.507).margin(5.01e-4));
  CHECK(filtered(-1, {.method = Method::exact, .alpha = .1}) == Approx(.053).margin(5.01e-4));
}

TEST_CASE("diffuse: the bound returned holds where it is nearly attained", "[diffusion][diffuse]") {
  // On an eigenvector of mu the limit is a / (1 - (1-a) mu); next to mu = 1 every residual r stands
  // for an error of nearly r / a, and nothing mixes away what a smaller bound would miss.
  const double a = .1;
  for (const double mu : {.9999, .99, .5, -.5, -.9999}) {
    const Csr<double> A = two_tokens(mu);
    const Dense<double> V = opposed();
    for (const Method method :
         {Method::diffuser, Method::truncated, Method::chebyshev, Method::heat})
      for (const Index hops : {0, 1, 2, 5, 20}) {
        INFO(to_string(method) << ", mu " << mu << ", hops " << hops);
        const auto out =
            diffuse<double>(A.view(), V.view(), {.method = method, .alpha = a, .hops = hops});
        const double limit =
            method == Method::heat ? std::exp(-9 * (1 - mu)) : a / (1 - (1 - a) * mu);
        const double error = std::abs(out.Z(0, 0) - limit);
        CHECK(error <= *out.bound + tol);
        // What is added later has one sign for mu > 0: the bounds are sharp to 1 - mu.
        if (mu == .9999 && !(method == Method::diffuser && hops == 0))
          CHECK(error >= .95 * *out.bound - tol);
      }
    for (const Method method : {Method::gmres, Method::bicgstab, Method::cg}) {
      INFO(to_string(method) << ", mu " << mu);
      const auto out =
          diffuse<double>(A.view(), V.view(), {.method = method, .alpha = a, .tolerance = .05});
      CHECK(std::abs(out.Z(0, 0) - a / (1 - (1 - a) * mu)) <= *out.bound + tol);
      CHECK(*out.bound <= .05);
    }
  }
}

TEST_CASE("diffuse: rows of every operator sum to 1, less the mass that is known to miss",
          "[diffusion][diffuse]") {
  const bool reversible = GENERATE(true, false);
  const Csr<double> A = support::random_walk(21, 12, reversible);
  for (const Method method : {Method::diffuser, Method::truncated, Method::heat, Method::chebyshev,
                              Method::cg, Method::gmres, Method::bicgstab, Method::exact}) {
    if (!reversible && (method == Method::chebyshev || method == Method::cg))
      continue;
    for (const Index hops : {0, 1, 2, 5, 13}) {
      INFO(to_string(method) << ", hops " << hops);
      const DiffuseOptions how{.method = method, .alpha = .2, .hops = hops};
      const double missing =
          diffuse<double>(A.view(), support::random_values(21, 1, 1).view(), how).missing_mass;
      const Eigen::VectorXd sums = operator_of(A, how).rowwise().sum();
      CHECK((sums.array() - (1 - missing)).abs().maxCoeff() <= solver_tol);
      CHECK((missing > 0) == (method == Method::truncated || method == Method::heat));
    }
  }
}

TEST_CASE("diffuse: truncation obeys its bounds in rows and in the norm of pi",
          "[diffusion][diffuse]") {
  // T2: row TV <= (1-a)^{K+1}, ||E_K||_pi <= 2/(2-a) (1-a)^{K+1} s2^K, on walks that are not
  // reversible.
  const double a = GENERATE(.05, .1, .4);
  const std::uint64_t substream = GENERATE(13, 14, 15);
  const Csr<double> A = support::random_walk(24, substream);
  const MatrixXd P = dense_of(A.view());
  const MatrixXd limit = support::pagerank(P, a);
  const Eigen::VectorXd pi = support::power(P, 4096).row(0).transpose();
  const Eigen::VectorXd q = pi.cwiseSqrt();
  const auto weighted = [&](const MatrixXd& X) {
    return MatrixXd(q.asDiagonal() * X * q.cwiseInverse().asDiagonal());
  };
  const double s2 = support::singular_values(weighted(P) - q * q.transpose())(0);
  REQUIRE(s2 < 1);
  for (const Index K : {1, 2, 5, 9}) {
    const MatrixXd error = operator_of(A, {.alpha = a, .hops = K}) - limit;
    const double mass = std::pow(1 - a, K + 1);
    CHECK(error.cwiseAbs().rowwise().sum().maxCoeff() / 2 <= mass + tol);
    const double norm = support::singular_values(weighted(error))(0);
    CHECK(norm <= 2 / (2 - a) * mass * std::pow(s2, K) + tol);
    CHECK(norm > 0);
  }
}

TEST_CASE("diffuse: uniform causal PageRank in closed form, every entry", "[diffusion][diffuse]") {
  // PP_ij = a [i = j] + a (1-a) binom(i, j) B(j+a, i-j+1), Hausdorff moments (spectral.md 2.4).
  const Index n = 40;
  support::Grid C(static_cast<std::size_t>(n), std::vector<double>(static_cast<std::size_t>(n)));
  for (std::size_t i = 0; i < C.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j)
      C[i][j] = 1 / static_cast<double>(i + 1);
  for (const double a : {.1, .5, .9}) {
    const MatrixXd found = operator_of(support::csr_of(C), {.method = Method::exact, .alpha = a});
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j) {
        const auto x = static_cast<double>(i), y = static_cast<double>(j);
        // log binom(i, j) + log B(j+a, i-j+1) = log i!/j! + log Gamma(j+a)/Gamma(i+a+1)
        const double moment = j > i ? 0
                                    : std::exp(std::lgamma(x + 1) - std::lgamma(y + 1) +
                                               std::lgamma(y + a) - std::lgamma(x + a + 1));
        CHECK(found(i, j) == Approx((i == j ? a : 0) + a * (1 - a) * moment).margin(1e-13));
      }
  }
}

TEST_CASE("diffuse: a later value changes no earlier output, whatever the method",
          "[diffusion][diffuse]") {
  const Index n = 14, first = 8; // values from `first` on change
  support::Grid C(static_cast<std::size_t>(n), std::vector<double>(static_cast<std::size_t>(n)));
  RandomStream draw({25, 0});
  for (std::size_t i = 0; i < C.size(); ++i) {
    double sum = 0;
    for (std::size_t j = 0; j <= i; ++j)
      sum += C[i][j] = std::exp(draw.normal());
    for (double& x : C[i])
      x /= sum;
  }
  const Csr<double> A = support::csr_of(C);
  const Dense<double> V = support::random_values(n, 3, 5);
  Dense<double> later = V;
  for (Index i = first; i < n; ++i)
    for (Index c = 0; c < 3; ++c)
      later(i, c) = 7 - V(i, c);
  // Conjugate gradients do not apply: no causal walk but the identity is reversible.
  for (const Method method : {Method::diffuser, Method::truncated, Method::heat, Method::chebyshev,
                              Method::exact, Method::gmres, Method::bicgstab})
    for (const Index hops : {0, 1, 2, 3, 7, 20}) {
      INFO(to_string(method) << ", hops " << hops);
      const DiffuseOptions how{.method = method, .hops = hops, .force = true};
      const auto before = diffuse<double>(A.view(), V.view(), how).Z;
      const auto after = diffuse<double>(A.view(), later.view(), how).Z;
      CHECK(difference(before, after, first) == 0);
      CHECK(difference(before, after, n) > 1e-4); // e^-9 of heat after no hop
    }
}
