// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/spectrum.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/sbm/rates.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <Eigen/SparseCore>
#include <Spectra/GenEigsSolver.h>
#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <stdexcept>

namespace attnwalk::sbm {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

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
  const Vector s = A.jacobiSvd().singularValues();
  return {s.data(), s.data() + s.size()};
}

std::vector<std::complex<double>> by_modulus(const Eigen::VectorXcd& l) {
  std::vector<std::complex<double>> values(l.data(), l.data() + l.size());
  std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) {
    const double x = std::abs(a);
    const double y = std::abs(b);
    return x != y ? x > y : (a.real() != b.real() ? a.real() > b.real() : a.imag() > b.imag());
  });
  return values;
}

std::vector<std::complex<double>> eigenvalues(const Matrix& A) {
  return A.size() == 0 ? std::vector<std::complex<double>>()
                       : by_modulus(Eigen::EigenSolver<Matrix>(A, false).eigenvalues());
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

constexpr Index dense_below = 128;         // tokens; sorted lists of a dense P are whole
constexpr Index leading = 4;               // values of a larger one
constexpr Index most_cut = Index{1} << 22; // rates, at 16 bytes each

/// min(P, 1) = X Z' less what the clamp cuts of single rates, X = Y S.
struct Clamped {
  Matrix X;
  Matrix Z;
  Eigen::SparseMatrix<double, Eigen::RowMajor> cut;

  [[nodiscard]] Vector times(const Vector& v) const { return X * (Z.transpose() * v) - cut * v; }
  [[nodiscard]] Vector transposed_times(const Vector& v) const {
    return Z * (X.transpose() * v) - cut.transpose() * v;
  }
  [[nodiscard]] Matrix dense() const { return X * Z.transpose() - Matrix(cut); }
};

/// None if more than `most_cut` rates are cut. @param model  without a delta of its own
std::optional<Clamped> clamped(const Model& model) {
  const RateRows rates(model);
  std::vector<double> x(rates.width());
  std::vector<Eigen::Triplet<double, Index>> cut;
  Clamped P{Matrix(model.queries(), static_cast<Index>(x.size())), matrix(model.Z.dense()), {}};
  for (Index i = 0; i < model.queries(); ++i) {
    rates.row(i, x.data());
    P.X.row(i) = Eigen::Map<const Eigen::RowVectorXd>(x.data(), P.X.cols());
    if (rates.bound(x.data()) <= 1)
      continue;
    for (Index j = 0; j < model.keys(); ++j)
      if (const double rate = rates.rate(x.data(), j); rate > 1)
        cut.emplace_back(i, j, rate - 1);
    if (static_cast<Index>(cut.size()) > most_cut)
      return std::nullopt;
  }
  P.cut.resize(model.queries(), model.keys());
  P.cut.setFromTriplets(cut.begin(), cut.end());
  return P;
}

/// diag(row) P diag(col), squared for singular values.
struct ScaledClamped {
  using Scalar = double;
  const Clamped* P = nullptr;
  Vector row;
  Vector col;
  bool gram = false;

  [[nodiscard]] Index rows() const { return col.size(); }
  [[nodiscard]] Index cols() const { return col.size(); }
  void perform_op(const double* in, double* out) const {
    const Vector x = Eigen::Map<const Vector>(in, col.size()).cwiseProduct(col);
    const Vector y = P->times(x).cwiseProduct(row);
    Eigen::Map<Vector>(out, col.size()) =
        gram ? P->transposed_times(y.cwiseProduct(row)).cwiseProduct(col) : y;
  }
};

/// A descending list without its end of zeros, which dense solvers leave at the size of rounding.
template <class T>
std::vector<T> without_rounding(std::vector<T> values) {
  while (values.size() > 2 && std::abs(values.back()) <= 1e-14 * std::abs(values.front()))
    values.pop_back();
  return values;
}

/// Whether the leading values of an operator converged. Spectra throws where a Krylov space ends early,
/// as that of a P of ones does.
template <class Solver>
bool converged(Solver& solver, Spectra::SortRule order, double tolerance) {
  try {
    solver.init();
    return solver.compute(order, 1000, tolerance) >= leading;
  } catch (const std::runtime_error&) {
    return false;
  }
}

/// Singular values of diag(row) P diag(col), descending: all, or the leading ones; none without
/// convergence.
std::vector<double> singular_values(const Clamped& P, const Vector& row, const Vector& col) {
  if (std::max(row.size(), col.size()) <= dense_below)
    return without_rounding(singular_values(row.asDiagonal() * P.dense() * col.asDiagonal()));
  ScaledClamped op{&P, row, col, true};
  Spectra::SymEigsSolver<ScaledClamped> solver(op, leading, 8 * leading);
  if (!converged(solver, Spectra::SortRule::LargestAlge, 1e-14))
    return {};
  const Vector s = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
  return {s.data(), s.data() + s.size()};
}

/// Eigenvalues of diag(row) P by modulus, likewise.
std::vector<std::complex<double>> eigenvalues(const Clamped& P, const Vector& row) {
  if (row.size() <= dense_below)
    return without_rounding(eigenvalues(row.asDiagonal() * P.dense()));
  ScaledClamped op{&P, row, Vector::Ones(row.size()), false};
  Spectra::GenEigsSolver<ScaledClamped> solver(op, leading, 8 * leading);
  if (!converged(solver, Spectra::SortRule::LargestMagn, 1e-12))
    return {};
  return by_modulus(solver.eigenvalues());
}

/// The spectra of min(P, 1) where it is not of low rank.
void fill_clamped(const Model& model, const std::vector<double>& by_row,
                  const std::vector<double>& by_col, ExpectedSpectrum& spectrum) {
  const std::optional<Clamped> P = clamped(model);
  if (!P) {
    spectrum.known = false;
    return;
  }
  const Vector row = Eigen::Map<const Vector>(by_row.data(), std::ssize(by_row));
  const Vector col = Eigen::Map<const Vector>(by_col.data(), std::ssize(by_col));
  spectrum.singular = singular_values(*P, Vector::Ones(row.size()), Vector::Ones(col.size()));
  spectrum.normalized = singular_values(*P, row.cwiseSqrt(), col.cwiseSqrt());
  spectrum.known = !spectrum.singular.empty() && !spectrum.normalized.empty();
  if (model.queries() != model.keys())
    return;
  spectrum.values = eigenvalues(*P, Vector::Ones(row.size()));
  spectrum.walk = eigenvalues(*P, row);
  spectrum.known &= !spectrum.values.empty() && !spectrum.walk.empty();
}

} // namespace

ExpectedSpectrum expected_spectrum(const Model& model, int threads) {
  check(model);
  require(
      !model.loops, Code::domain,
      "forced loops are not of low rank: the expected spectrum is that of a model without them");
  Model plain = extended(model);
  const ExpectedDegrees degrees = expected_degrees(plain, threads);
  const std::vector<double> ones_y(static_cast<std::size_t>(plain.queries()), 1);
  const std::vector<double> ones_z(static_cast<std::size_t>(plain.keys()), 1);
  ExpectedSpectrum spectrum;
  const auto mean = [](const std::vector<double>& d) {
    return d.empty() ? 0 : std::accumulate(d.begin(), d.end(), 0.0) / static_cast<double>(d.size());
  };
  spectrum.row_degree = mean(degrees.rows);
  spectrum.col_degree = mean(degrees.cols);
  const std::vector<double> by_row = inverted(degrees.rows, spectrum.empty_rows);
  const std::vector<double> by_col = inverted(degrees.cols, spectrum.empty_cols);
  if (degrees.clamped && !(plain.Y.is_plain() && plain.Z.is_plain())) {
    fill_clamped(plain, by_row, by_col, spectrum);
    return spectrum;
  }
  for (Index e = 0; degrees.clamped && e < plain.S.shape().size(); ++e)
    plain.S.data()[e] = std::min(plain.S.data()[e], 1.0); // of plain blocks an entry is a rate
  const Matrix S = matrix(plain.S);
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

Detectability detectability(const ExpectedSpectrum& spectrum) {
  Detectability found;
  found.row_degree = spectrum.row_degree;
  found.col_degree = spectrum.col_degree;
  found.second = spectrum.sigma_2();
  found.signal = std::sqrt(found.row_degree * found.col_degree) * found.second * found.second;
  found.visible = found.signal > 1;
  return found;
}

Detectability detectability(const Model& model) {
  Model drawn = model;
  drawn.loops = false;
  return detectability(expected_spectrum(drawn));
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
