// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/sample.hpp"
#include "attnwalk/sbm/sampled_spectrum.hpp"
#include "attnwalk/sbm/spectrum.hpp"

#include "catch.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <functional>

using namespace attnwalk;
using namespace attnwalk::sbm;
using Catch::Contains;

namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

// Two bisections to 1e-3, one after the other.
const double closed_form = 3e-3;

double second(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + 1, values.end(), std::greater<>());
  return values[1];
}

/// To half of the digits.
double second_singular(const Matrix& A) {
  const Vector squares =
      Eigen::SelfAdjointEigenSolver<Matrix>(A * A.transpose(), Eigen::EigenvaluesOnly)
          .eigenvalues();
  return std::sqrt(squares[squares.size() - 2]);
}

/// The three second values of a drawn mask by dense algebra, means over two draws.
SampledSpectrum drawn(const Model& model) {
  SampledSpectrum mean;
  const int draws = 2;
  for (std::uint64_t draw = 0; draw < draws; ++draw) {
    const pattern::Pattern mask =
        sample(model, {.method = SampleMethod::bernoulli, .key = {31, draw}}).pattern;
    Matrix A = Matrix::Zero(mask.rows(), mask.cols());
    for (Index i = 0; i < A.rows(); ++i)
      for (const Index j : mask.row(i))
        A(i, j) = 1;
    const Vector d = A.rowwise().sum().cwiseMax(1);
    const Vector c = A.colwise().sum().transpose().cwiseMax(1);
    const Matrix M = d.cwiseInverse().asDiagonal() * A;
    const Vector moduli = Eigen::EigenSolver<Matrix>(M, false).eigenvalues().cwiseAbs();
    Vector pi = Vector::Constant(A.rows(), 1 / static_cast<double>(A.rows()));
    for (int step = 0; step < 2000; ++step)
      pi = ((pi + M.transpose() * pi) / 2).eval();
    const Vector root = pi.cwiseSqrt();
    mean.slem += second({moduli.data(), moduli.data() + moduli.size()}) / draws;
    mean.sigma_2 += second_singular(d.cwiseSqrt().cwiseInverse().asDiagonal() * A *
                                    c.cwiseSqrt().cwiseInverse().asDiagonal()) /
                    draws;
    mean.walk_sigma_2 +=
        second_singular(root.asDiagonal() * M * root.cwiseInverse().asDiagonal()) / draws;
  }
  return mean;
}

/// Tokens of uneven weight: keys up to 5 times as popular, queries 7 times as busy.
Model uneven(Index n, double degree, double within) {
  std::vector<std::uint32_t> block;
  std::vector<double> theta;
  std::vector<double> phi;
  for (Index i = 0; i < n; ++i) {
    block.push_back(i % 5 < 2 ? 0 : 1);
    theta.push_back(.25 + .75 * static_cast<double>(i % 3));
    phi.push_back(.5 + .25 * static_cast<double>(i % 8));
  }
  Dense<double> S(2, 2);
  S.view().row(0)[0] = S.view().row(1)[1] = within;
  S.view().row(0)[1] = S.view().row(1)[0] = 1 - within;
  return with_degree(degree_corrected(block, S.view(), theta, phi), degree);
}

} // namespace

TEST_CASE("sampled_spectrum: on equal degrees it is the closed form, its noise thinned by 1 - p",
          "[sbm][spectrum]") {
  // Variances p (1 - p) in place of p: noise of a degree d times 1 / f, f = sum p (1 - p) / d.
  for (const Index n : {300, 3000})
    for (const double lb : {.6, .05}) {
      INFO("n = " << n << ", lb = " << lb);
      const double d = 40;
      const double in = d * (1 + lb) / static_cast<double>(n);
      const double out = d * (1 - lb) / static_cast<double>(n);
      const double f = 1 - (in * in + out * out) / (in + out);
      const SampledSpectrum found = sampled_spectrum(planted_model(n, n, 2, in, out));
      const SampledSecond expected = sampled_second(d / f, lb, SamplingLaw::directed);
      CHECK(found.slem == Approx(expected.slem).epsilon(closed_form));
      CHECK(found.sigma_2 == Approx(expected.sigma_2).epsilon(closed_form));
      CHECK(found.walk_sigma_2 == Approx(expected.sigma_2).epsilon(closed_form));
    }
}

TEST_CASE("sampled_spectrum: rectangular masks have the closed form's sigma_2, and no walk",
          "[sbm][spectrum]") {
  // Keys that are few next to queries; the sketch takes 1,024 of either. p is small: 1 - p > .98.
  for (const double lb : {.6, .05}) {
    INFO("lb = " << lb);
    const double p = 20.0 / 2000;
    const SampledSpectrum found =
        sampled_spectrum(planted_model(6000, 2000, 2, p * (1 + lb), p * (1 - lb)));
    const double both = std::sqrt(20.0 * 60);
    CHECK(found.sigma_2 == Approx(sampled_bipartite(20, 60, lb) / both).epsilon(.02));
    CHECK(std::isnan(found.slem));
    CHECK(std::isnan(found.walk_sigma_2));
  }
}

TEST_CASE("sampled_spectrum: predicts masks of uneven degrees where one mean degree cannot",
          "[sbm][spectrum]") {
  // Seed 31, two draws of 300 tokens. 8 % as spectral.md 4.2; the walk's own stationary weights,
  // which scale its sigma_2, scatter by 1 / sqrt(in-degree >= 16): 15 %.
  for (const double within : {.5, .9}) {
    INFO("within = " << within);
    const Model model = uneven(300, 45, within);
    const SampledSpectrum truth = drawn(model);
    const SampledSpectrum found = sampled_spectrum(model);
    CHECK(found.slem == Approx(truth.slem).epsilon(.08));
    CHECK(found.sigma_2 == Approx(truth.sigma_2).epsilon(.08));
    CHECK(found.walk_sigma_2 == Approx(truth.walk_sigma_2).epsilon(.15));
    const SampledSecond even =
        sampled_second(45, expected_spectrum(model).sigma_2(), SamplingLaw::directed);
    if (within == .5) // noise alone: what stands out of it, one mean degree tells well enough
      CHECK(std::abs(even.slem / truth.slem - 1) > .2);
  }
}

TEST_CASE("sampled_spectrum: certain and impossible pairs have no noise", "[sbm][spectrum]") {
  // Two blocks that attend themselves for certain: the mask is P, two components.
  const SampledSpectrum apart = sampled_spectrum(planted_model(100, 100, 2, 1, 0));
  CHECK(apart.slem == Approx(1));
  CHECK(apart.sigma_2 == Approx(1));
  CHECK(apart.walk_sigma_2 == Approx(1));
  const SampledSpectrum full = sampled_spectrum(erdos_renyi(50, 50, 1));
  CHECK(full.slem < 1e-10);
  CHECK(full.sigma_2 < 1e-10);
  CHECK(full.walk_sigma_2 < 1e-10);
  for (const Model& model : {erdos_renyi(0, 0, .5), erdos_renyi(0, 4, .5), erdos_renyi(4, 0, .5),
                             erdos_renyi(4, 4, 0)}) {
    const SampledSpectrum none = sampled_spectrum(model);
    CHECK(std::isnan(none.slem));
    CHECK(std::isnan(none.sigma_2));
    CHECK(std::isnan(none.walk_sigma_2));
  }
  CHECK(std::isfinite(sampled_spectrum(erdos_renyi(1, 1, .5)).sigma_2));
}

TEST_CASE("sampled_spectrum: refuses forced loops", "[sbm][spectrum]") {
  Model model = erdos_renyi(5, 5, .5);
  model.loops = true;
  CHECK_THROWS_WITH(sampled_spectrum(model), Contains("loops"));
}
