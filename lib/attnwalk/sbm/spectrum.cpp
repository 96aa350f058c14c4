// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/spectrum.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/moments.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace attnwalk::sbm {
namespace {

using Matrix = Eigen::MatrixXd;

Matrix matrix(const Dense<double>& A) {
  return Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      A.data(), A.shape().tokens, A.shape().width);
}

/// R with R'R = Y' D Y: from the thin QR factorization of D^{1/2} Y, which keeps the digits that
/// the Gram matrix would square away; a diagonal for hard memberships.
Matrix triangle(const Membership& Y, const std::vector<double>& d) {
  const Index k = Y.clusters();
  if (Y.is_hard()) {
    const std::vector<double> G = Y.gram(d);
    Matrix R = Matrix::Zero(k, k);
    for (Index c = 0; c < k; ++c)
      R(c, c) = std::sqrt(G[c * (k + 1)]);
    return R;
  }
  Matrix A(Y.tokens(), k);
  for (Index i = 0; i < Y.tokens(); ++i)
    for (Index c = 0; c < k; ++c)
      A(i, c) = Y.row(i)[c] * std::sqrt(d[i]);
  if (A.rows() == 0)
    return Matrix::Zero(0, k);
  const Eigen::HouseholderQR<Matrix> qr(A);
  const Index rank = std::min<Index>(Y.tokens(), k);
  return qr.matrixQR().topRows(rank).triangularView<Eigen::Upper>();
}

/// Z' D Y, b x a.
Matrix crossed(const Membership& Z, const std::vector<double>& d, const Membership& Y) {
  Matrix C = Matrix::Zero(Z.clusters(), Y.clusters());
  for (Index i = 0; i < Y.tokens(); ++i) {
    const double scale = d[i];
    if (Z.is_hard() && Y.is_hard()) {
      C(Z.cluster(i), Y.cluster(i)) += scale * Z.weight(i) * Y.weight(i);
      continue;
    }
    for (Index v = 0; v < Z.clusters(); ++v)
      for (Index u = 0; u < Y.clusters(); ++u)
        C(v, u) += scale * Z.at(i, v) * Y.at(i, u);
  }
  return C;
}

std::vector<double> singular_values(const Matrix& A) {
  if (A.size() == 0)
    return {};
  const Eigen::VectorXd s = A.jacobiSvd().singularValues();
  return {s.data(), s.data() + s.size()};
}

std::vector<std::complex<double>> eigenvalues(const Matrix& A) {
  if (A.size() == 0)
    return {};
  const Eigen::VectorXcd l = Eigen::EigenSolver<Matrix>(A, false).eigenvalues();
  std::vector<std::complex<double>> values(l.data(), l.data() + l.size());
  std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) {
    const double x = std::abs(a);
    const double y = std::abs(b);
    return x != y ? x > y : (a.real() != b.real() ? a.real() > b.real() : a.imag() > b.imag());
  });
  return values;
}

/// 1 / d, 0 for an empty row; `empty` counts those.
std::vector<double> inverted(const std::vector<double>& d, Index& empty) {
  std::vector<double> inverse;
  for (const double x : d) {
    inverse.push_back(x > 0 ? 1 / x : 0);
    empty += x > 0 ? 0 : 1;
  }
  return inverse;
}

} // namespace

ExpectedSpectrum expected_spectrum(const Model& model) {
  check(model);
  require(
      !model.loops, Code::domain,
      "forced loops are not of low rank: the expected spectrum is that of a model without them");
  const Model plain = extended(model);
  Model rates = plain;
  rates.clamp = false; // the spectrum is that of the rates
  const ExpectedDegrees degrees = expected_degrees(rates, 1);
  const Matrix S = matrix(plain.S);
  const std::vector<double> ones_y(static_cast<std::size_t>(plain.queries()), 1);
  const std::vector<double> ones_z(static_cast<std::size_t>(plain.keys()), 1);
  ExpectedSpectrum spectrum;
  const std::vector<double> by_row = inverted(degrees.rows, spectrum.empty_rows);
  const std::vector<double> by_col = inverted(degrees.cols, spectrum.empty_cols);
  spectrum.singular =
      singular_values(triangle(plain.Y, ones_y) * S * triangle(plain.Z, ones_z).transpose());
  spectrum.normalized =
      singular_values(triangle(plain.Y, by_row) * S * triangle(plain.Z, by_col).transpose());
  if (plain.queries() == plain.keys()) {
    spectrum.values = eigenvalues(S * crossed(plain.Z, ones_y, plain.Y));
    spectrum.walk = eigenvalues(S * crossed(plain.Z, by_row, plain.Y));
  }
  return spectrum;
}

Detectability detectability(const Model& model) {
  Model rates = model;
  rates.clamp = false;
  rates.loops = false;
  const auto mean = [](const std::vector<double>& d) {
    return d.empty() ? 0 : std::accumulate(d.begin(), d.end(), 0.0) / static_cast<double>(d.size());
  };
  const ExpectedDegrees degrees = expected_degrees(rates, 1);
  Detectability found;
  found.row_degree = mean(degrees.rows);
  found.col_degree = mean(degrees.cols);
  found.second = expected_spectrum(rates).sigma_2();
  found.signal = std::sqrt(found.row_degree * found.col_degree) * found.second * found.second;
  found.visible = found.signal > 1;
  return found;
}

SampledSecond sampled_second(double degree, double second, SamplingLaw law) {
  require(degree > 0, Code::domain, "degree = ", degree, " must be positive");
  require(second >= 0 && second <= 1, Code::domain, "expected second value ", second,
          " must be in [0, 1]");
  const double root = std::sqrt(degree);
  SampledSecond sampled;
  sampled.sigma_2 = second * root > 1 ? second + 1 / (degree * second) : 2 / root;
  sampled.slem = law == SamplingLaw::symmetric ? sampled.sigma_2 : std::max(second, 1 / root);
  return sampled;
}

double sampled_bipartite(double row_degree, double col_degree, double sigma_2) {
  require(row_degree > 0 && col_degree > 0, Code::domain, "degrees ", row_degree, " and ",
          col_degree, " must be positive");
  require(sigma_2 >= 0 && sigma_2 <= 1, Code::domain, "sigma_2 = ", sigma_2, " must be in [0, 1]");
  const double both = std::sqrt(row_degree * col_degree);
  if (both * sigma_2 * sigma_2 <= 1)
    return std::sqrt(row_degree) + std::sqrt(col_degree);
  const double s = sigma_2 * both;
  return std::sqrt((s * s + row_degree) * (s * s + col_degree)) / s;
}

double threshold_ratio(double degree, Index k) {
  require(degree > 1, Code::domain, "degree = ", degree, " must be above 1");
  require(k >= 2, Code::domain, "k = ", k, " blocks must be 2 or more");
  const double excess = std::sqrt(degree) - 1;
  return excess / (excess + static_cast<double>(k));
}

Concentration concentration(const Model& model, int threads) {
  const PairSums sums = pair_sums(model, threads);
  const double v = std::max(sums.largest_row_variance, sums.largest_col_variance);
  const double log_size =
      std::log(static_cast<double>(std::max<Index>(1, model.queries() + model.keys())));
  return {std::sqrt(2 * v * log_size) + log_size / 3,
          std::sqrt(sums.largest_row_variance) + std::sqrt(sums.largest_col_variance)};
}

} // namespace attnwalk::sbm
