// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/sbm/sample.hpp"
#include "attnwalk/sbm/spectrum.hpp"

#include "catch.hpp"
#include "zoo.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

#include <algorithm>
#include <cmath>

using namespace attnwalk;
using namespace attnwalk::sbm;
using Catch::Contains;

namespace {

using Matrix = Eigen::MatrixXd;

const double tol = 1e-10; // relative to the largest value

Matrix rates(const Model& model) {
  Matrix P(model.queries(), model.keys());
  for (Index i = 0; i < P.rows(); ++i)
    for (Index j = 0; j < P.cols(); ++j)
      P(i, j) = model.rate(i, j);
  return P;
}

Matrix mask(const pattern::Pattern& A) {
  Matrix M = Matrix::Zero(A.rows(), A.cols());
  for (Index i = 0; i < A.rows(); ++i)
    for (const Index j : A.row(i))
      M(i, j) = 1;
  return M;
}

/// D_r^{-r} P D_c^{-c}, empty rows and columns staying empty.
Matrix scaled(const Matrix& P, double r, double c) {
  const auto power = [](double x, double e) { return x > 0 ? std::pow(x, -e) : 0; };
  const Eigen::VectorXd rows = P.rowwise().sum();
  const Eigen::VectorXd cols = P.colwise().sum();
  Matrix A = P;
  for (Index i = 0; i < A.rows(); ++i)
    for (Index j = 0; j < A.cols(); ++j)
      A(i, j) *= power(rows[i], r) * power(cols[j], c);
  return A;
}

std::vector<double> singular(const Matrix& A) {
  const Eigen::VectorXd s = A.jacobiSvd().singularValues();
  return {s.data(), s.data() + s.size()};
}

/// The largest singular values of a large matrix, to half of the digits.
std::vector<double> large_singular(const Matrix& A) {
  const Eigen::VectorXd l =
      Eigen::SelfAdjointEigenSolver<Matrix>(A * A.transpose(), Eigen::EigenvaluesOnly)
          .eigenvalues()
          .cwiseMax(0)
          .cwiseSqrt();
  std::vector<double> values(l.data(), l.data() + l.size());
  std::reverse(values.begin(), values.end());
  return values;
}

std::vector<double> moduli(const Matrix& A) {
  const Eigen::VectorXd l = Eigen::EigenSolver<Matrix>(A, false).eigenvalues().cwiseAbs();
  std::vector<double> values(l.data(), l.data() + l.size());
  std::sort(values.rbegin(), values.rend());
  return values;
}

/// The long list starts with the short one and goes on with zeros.
void check_same(const std::vector<double>& found, const std::vector<double>& dense, double rest) {
  const double scale = std::max(1.0, dense.front());
  for (std::size_t k = 0; k < dense.size(); ++k) {
    const bool given = k < found.size();
    CHECK(std::abs(dense[k] - (given ? found[k] : 0)) < (given ? tol : rest) * scale);
  }
}

std::vector<double> moduli(const std::vector<std::complex<double>>& values) {
  std::vector<double> all;
  all.reserve(values.size());
  for (const auto& x : values)
    all.push_back(std::abs(x));
  return all;
}

double second(const std::vector<double>& values) {
  return values.at(1);
}

/// An undirected mask: what lies below the diagonal, and its mirror image.
pattern::Pattern undirected(const pattern::Pattern& A) {
  return pattern::symmetrize(pattern::without_loops(pattern::causal(A)));
}

} // namespace

TEST_CASE("expected_spectrum: equals the dense spectra of P", "[sbm][spectrum]") {
  for (const zoo::Case& one : zoo::cases()) {
    INFO(one.name);
    const Matrix P = one.model.clamp ? rates(one.model).cwiseMin(1) : rates(one.model);
    const ExpectedSpectrum s = expected_spectrum(one.model);
    check_same(s.singular, singular(P), tol);
    check_same(s.normalized, singular(scaled(P, .5, .5)), tol);
    // A defective zero of order r leaves eps^{1/r} behind in a dense solver.
    const double rest = 1e-4;
    if (P.rows() == P.cols()) {
      check_same(moduli(s.values), moduli(P), rest);
      check_same(moduli(s.walk), moduli(scaled(P, 1, 0)), rest);
    } else {
      CHECK(s.walk.empty());
    }
  }
}

TEST_CASE("expected_spectrum: planted blocks have (p - q) / (p + (k - 1) q)", "[sbm][spectrum]") {
  struct Row {
    Index k;
    double in, out, second;
  };
  for (const Row row : {Row{2, .3, .1, .5}, Row{4, .5, .05, 9.0 / 13}, Row{5, .2, .2, 0}}) {
    const ExpectedSpectrum s = expected_spectrum(planted_model(60, 60, row.k, row.in, row.out));
    for (std::size_t v = 1; v < static_cast<std::size_t>(row.k); ++v)
      CHECK(std::abs(s.normalized.at(v) - row.second) < tol);
    CHECK(std::abs(s.slem() - row.second) < tol);
    // The gap is linear in the fraction of edges that leave their block.
    const auto k = static_cast<double>(row.k);
    const double leaving = (k - 1) * row.out / (row.in + (k - 1) * row.out);
    CHECK(std::abs(1 - s.slem() - k / (k - 1) * leaving) < tol);
  }
}

TEST_CASE("expected_spectrum: block-normalized degree correction changes nothing",
          "[sbm][spectrum]") {
  std::vector<std::uint32_t> block;
  std::vector<double> theta;
  RandomStream draw({4, 4});
  for (int i = 0; i < 40; ++i) {
    block.push_back(static_cast<std::uint32_t>(i % 3));
    theta.push_back(.1 + draw.unit());
  }
  const Dense<double> S = zoo::random_matrix(3, 3, 1, {4, 5});
  const std::vector<double> weight = block_normalized(block, theta);
  const ExpectedSpectrum plain = expected_spectrum(blocks(block, S.view(), block));
  const ExpectedSpectrum corrected =
      expected_spectrum(degree_corrected(block, S.view(), weight, weight));
  for (std::size_t v = 0; v < 3; ++v)
    CHECK(std::abs(plain.normalized[v] - corrected.normalized[v]) < tol);
}

TEST_CASE("expected_spectrum: forced loops are refused", "[sbm][spectrum]") {
  Model model = erdos_renyi(5, 5, .5);
  model.loops = true;
  CHECK_THROWS_WITH(expected_spectrum(model), Contains("loops"));
}

TEST_CASE("threshold_ratio: the published detectability limits", "[sbm][spectrum]") {
  CHECK(std::abs(threshold_ratio(3, 2) - .2679491924311227) < 1e-15);
  CHECK(std::abs(threshold_ratio(16, 4) - 3.0 / 7) < 1e-15);
  CHECK_THROWS_WITH(threshold_ratio(1, 2), Contains("degree = 1"));
  CHECK_THROWS_WITH(threshold_ratio(3, 1), Contains("k = 1"));
}

TEST_CASE("detectability: d lb^2 > 1, that is (a - b)^2 > k (a + (k - 1) b)", "[sbm][spectrum]") {
  const double n = 400;
  for (const double b : {1.0, 4.0, 6.0, 8.0}) {
    const double a = 10;
    const Detectability found = detectability(planted_model(400, 400, 2, a / n, b / n));
    CHECK(std::abs(found.signal - (a - b) * (a - b) / (2 * (a + b))) < tol);
    CHECK(found.visible == ((a - b) * (a - b) > 2 * (a + b)));
  }
}

TEST_CASE("sampled_second: predicts drawn masks", "[sbm][spectrum]") {
  // spectral.md 4.2: within 8 %; n = 800, degree 32; seed 21. Above, near and below the threshold.
  const Index n = 800;
  const double d = 32;
  for (const double lb : {.7, .4, .05}) {
    INFO("lb = " << lb);
    const double in = d * (1 + lb) / static_cast<double>(n);
    const double out = d * (1 - lb) / static_cast<double>(n);
    const Model model = planted_model(n, n, 2, in, out);
    const pattern::Pattern A =
        sample(model, {.method = SampleMethod::bernoulli, .key = {21, 1}}).pattern;
    const Matrix symmetric = scaled(mask(undirected(A)), .5, .5);
    const double found =
        second(large_singular(symmetric)); // the second largest modulus of a symmetric matrix
    CHECK(found == Approx(sampled_second(d, lb, SamplingLaw::symmetric).slem).epsilon(.08));
    const Matrix directed = mask(A);
    CHECK(second(large_singular(scaled(directed, .5, .5))) ==
          Approx(sampled_second(d, lb, SamplingLaw::directed).sigma_2).epsilon(.08));
    CHECK(second(moduli(scaled(directed, 1, 0))) ==
          Approx(sampled_second(d, lb, SamplingLaw::directed).slem).epsilon(.08));
  }
}

TEST_CASE("sampled_bipartite: predicts drawn masks", "[sbm][spectrum]") {
  // 900 x 600, row degree 20, column degree 30; within 8 %. Seed 22.
  for (const double lb : {.6, .05}) {
    const double p = 20.0 / 600;
    const Model model = planted_model(900, 600, 2, p * (1 + lb), p * (1 - lb));
    const Matrix A =
        mask(sample(model, {.method = SampleMethod::bernoulli, .key = {22, 1}}).pattern);
    CHECK(second(large_singular(A)) == Approx(sampled_bipartite(20, 30, lb)).epsilon(.08));
  }
}

TEST_CASE("concentration: Bernstein holds and 2 sqrt v is near", "[sbm][spectrum]") {
  // d >= 4 log n = 26; within 10 %; n = 600, a = 40, b = 10, seeds 23 and 24.
  const Index n = 600;
  const auto N = static_cast<double>(n);
  const Model model = planted_model(n, n, 2, 2 * 40 / N, 2 * 10 / N);
  const Concentration bounds = concentration(model);
  const Matrix P = rates(model);
  for (const std::uint64_t seed : {23U, 24U}) {
    const pattern::Pattern A =
        sample(model, {.method = SampleMethod::bernoulli, .key = {seed, 1}}).pattern;
    const double directed = large_singular(mask(A) - P).front();
    CHECK(directed < bounds.bernstein);
    CHECK(directed == Approx(bounds.sharp).epsilon(.1));
    const Matrix mirrored = mask(undirected(A)) - P;
    CHECK(large_singular(mirrored).front() == Approx(bounds.sharp).epsilon(.1));
  }
}

TEST_CASE("concentration: Bernstein holds for every model, sparse and uneven ones too",
          "[sbm][spectrum]") {
  // The mean of ||B - P|| over 40 draws stays below the bound of its expectation.
  std::vector<zoo::Case> cases = zoo::cases();
  for (const double degree : {.5, 2.0, 12.0})
    cases.push_back(
        {message("degree ", degree), with_degree(zoo::random_model(60, 40, 3, 3, .1), degree)});
  std::vector<double> theta = lognormal_weights(60, 1.5, {25, 1});
  Model hubs =
      degree_corrected(planted_model(60, 40, 2, .05, .01), theta, std::vector<double>(40, 1.0));
  hubs.clamp = true;
  cases.push_back({"hubs", hubs});
  for (const zoo::Case& one : cases) {
    if (one.poisson_only)
      continue;
    INFO(one.name);
    const Matrix P = rates(one.model).cwiseMin(1);
    double mean = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const pattern::Pattern A =
          sample(one.model, {.method = SampleMethod::bernoulli, .key = {26, seed}}).pattern;
      const double norm = singular(mask(A) - P).front();
      mean += norm / 40;
    }
    CHECK(mean <= concentration(one.model).bernstein);
  }
}

TEST_CASE("expected_spectrum: of min(P, 1) where the clamp cuts rates", "[sbm][spectrum]") {
  const auto clamping = [](Model model, double degree, double delta) {
    model.delta = delta;
    model.clamp = true;
    return with_degree(std::move(model), degree);
  };
  Dense<double> S(2, 3);
  const std::vector<double> entries{.9, .1, .4, .05, .8, .2};
  std::copy(entries.begin(), entries.end(), S.data());
  std::vector<std::uint32_t> rows(40);
  std::vector<std::uint32_t> cols(30);
  for (std::uint32_t i = 0; i < 40; ++i)
    rows[i] = i < 15 ? 0 : 1;
  for (std::uint32_t j = 0; j < 30; ++j)
    cols[j] = j % 3;
  const std::vector<double> theta = lognormal_weights(300, .8, {27, 1});
  for (const Model& model :
       {clamping(planted_model(40, 40, 4, .5, .1), 30, 0),
        clamping(planted_model(40, 40, 2, .9, .02), 32, .3), // above 1 because of delta alone
        clamping(blocks(rows, S.view(), cols), 25, .1),
        clamping(zoo::random_model(30, 30, 3, 3, .3), 20, 0),
        clamping(zoo::random_model(200, 150, 3, 4, .3), 110, .02), // Lanczos from 129 tokens
        clamping(degree_corrected(planted_model(300, 300, 3, .4, .05), theta, theta), 60, 0)}) {
    CAPTURE(model.queries(), model.keys());
    const Matrix P = rates(model).cwiseMin(1);
    REQUIRE(P.maxCoeff() < rates(model).maxCoeff()); // the clamp cuts
    const ExpectedSpectrum spectrum = expected_spectrum(model);
    CHECK(spectrum.known);
    CHECK(spectrum.sigma_2() == Approx(singular(scaled(P, .5, .5))[1]).epsilon(tol));
    CHECK(spectrum.singular.front() == Approx(singular(P).front()).epsilon(tol));
    CHECK(detectability(model).row_degree ==
          Approx(P.sum() / static_cast<double>(P.rows())).epsilon(tol));
    if (P.rows() == P.cols())
      CHECK(spectrum.slem() == Approx(moduli(scaled(P, 1, 0))[1]).epsilon(tol));
  }
  // Too many to store: 2100^2 > 2^22 rates of weighted tokens, all above 1.
  const std::vector<double> heavy(2100, 1.2);
  Model cut = degree_corrected(planted_model(2100, 2100, 2, .9, .8), heavy, heavy);
  cut.clamp = true;
  const ExpectedSpectrum unknown = expected_spectrum(cut);
  CHECK_FALSE(unknown.known);
  CHECK(std::isnan(unknown.slem()));
  CHECK(unknown.row_degree == 2100);
  CHECK(std::isnan(detectability(unknown).signal));
  CHECK_FALSE(detectability(unknown).visible);
  // A P of ones: the Krylov space ends after one vector, and what is not found is not made up.
  Model ones = degree_corrected(planted_model(200, 200, 2, .9, .8), std::vector<double>(200, 1.2),
                                std::vector<double>(200, 1.2));
  ones.clamp = true;
  const ExpectedSpectrum flat = expected_spectrum(ones);
  CHECK((!flat.known || flat.sigma_2() < 1e-7)); // sqrt of the rounding of P'P
  // A row's bound exceeds 1 where no rate of it does: nothing is cut.
  Model model = zoo::random_model(30, 30, 3, 3, .3);
  const double most = rates(model).maxCoeff();
  model.clamp = true;
  const Model low = with_degree(model, rates(model).sum() / 30 * .999 / most);
  REQUIRE(rates(low).maxCoeff() < 1);
  REQUIRE(rate_bound(low) > 1);
  CHECK_FALSE(expected_degrees(low).clamped);
}
