// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/spectrum.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/moments.hpp"
#include "attnwalk/sbm/products.hpp"
#include "attnwalk/sbm/rates.hpp"
#include "attnwalk/solvers/iterative.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

namespace attnwalk::sbm {
namespace {

using Matrix = Dense<double>;
using Vector = std::vector<double>;

Matrix product(const Matrix& A, const Matrix& B, bool transposed = false) {
  Matrix C(A.shape().tokens, transposed ? B.shape().tokens : B.shape().width);
  write(C) = transposed ? times_transposed(read(A), read(B)) : times(read(A), read(B));
  return C;
}

/// R with R'R = Y' D Y: from the thin QR factorization of D^{1/2} Y, which keeps the digits that
/// the Gram matrix would square away; a diagonal for hard memberships.
Matrix triangle(const Membership& Y, const Vector& d) {
  const Index k = Y.clusters();
  if (Y.is_hard()) {
    const Vector G = Y.gram(d);
    Matrix R(k, k);
    for (Index c = 0; c < k; ++c)
      R(c, c) = std::sqrt(G[c * (k + 1)]);
    return R;
  }
  Matrix A(Y.tokens(), k);
  for (Index i = 0; i < Y.tokens(); ++i)
    for (Index c = 0; c < k; ++c)
      A(i, c) = Y.row(i)[c] * std::sqrt(d[i]);
  return solvers::triangle(A);
}

/// Z' D Y, b x a.
Matrix crossed(const Membership& Z, const Vector& d, const Membership& Y) {
  Matrix C(Z.clusters(), Y.clusters());
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

std::vector<std::complex<double>> by_modulus(std::vector<std::complex<double>> values) {
  std::sort(values.begin(), values.end(), [](const auto& a, const auto& b) {
    const double x = std::abs(a);
    const double y = std::abs(b);
    return x != y ? x > y : (a.real() != b.real() ? a.real() > b.real() : a.imag() > b.imag());
  });
  return values;
}

std::vector<std::complex<double>> eigenvalues(const Matrix& A) {
  solvers::DenseMatrix columns(A.shape().tokens);
  for (Index i = 0; i < columns.n; ++i)
    for (Index j = 0; j < columns.n; ++j)
      columns(i, j) = A(i, j);
  return by_modulus(solvers::eigenvalues(columns));
}

/// 1 / d, 0 for an empty row; `empty` counts those.
Vector inverted(const Vector& d, Index& empty) {
  Vector inverse;
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
  sparse::Csr<double> cut;

  /// y = min(P, 1) v. @cost O(n k + cuts)
  void times(const double* v, double* y) const {
    factored(X, Z, v, y);
    for (Index i = 0; i < cut.rows; ++i) {
      double sum = 0;
      for (Index e = cut.offsets[i]; e < cut.offsets[i + 1]; ++e)
        sum += cut.values[e] * v[cut.columns[e]];
      y[i] -= sum;
    }
  }
  /// y = min(P, 1)' v, likewise.
  void transposed_times(const double* v, double* y) const {
    factored(Z, X, v, y);
    Vector sums(static_cast<std::size_t>(cut.cols));
    for (Index i = 0; i < cut.rows; ++i)
      for (Index e = cut.offsets[i]; e < cut.offsets[i + 1]; ++e)
        sums[cut.columns[e]] += cut.values[e] * v[i];
    for (Index j = 0; j < cut.cols; ++j)
      y[j] -= sums[j];
  }
  /// diag(row) min(P, 1) diag(col)
  [[nodiscard]] Matrix dense(const Vector& row, const Vector& col) const {
    Matrix P = product(X, Z, true);
    for (Index i = 0; i < cut.rows; ++i) {
      for (Index e = cut.offsets[i]; e < cut.offsets[i + 1]; ++e)
        P(i, cut.columns[e]) -= cut.values[e];
      for (Index j = 0; j < cut.cols; ++j)
        P(i, j) *= row[i] * col[j];
    }
    return P;
  }

private:
  /// y = A B' v
  static void factored(const Matrix& A, const Matrix& B, const double* v, double* y) {
    const Eigen::VectorXd inner =
        read(B).transpose() * Eigen::Map<const Eigen::VectorXd>(v, B.shape().tokens);
    Eigen::Map<Eigen::VectorXd>(y, A.shape().tokens) = read(A) * inner;
  }
};

/// None if more than `most_cut` rates are cut. @param model  without a delta of its own
std::optional<Clamped> clamped(const Model& model) {
  const RateRows rates(model);
  const auto width = static_cast<Index>(rates.width());
  Clamped P{Matrix(model.queries(), width), model.Z.dense(), {}};
  P.cut.rows = model.queries();
  P.cut.cols = model.keys();
  for (Index i = 0; i < model.queries(); ++i) {
    double* x = P.X.view().row(i);
    rates.row(i, x);
    for (Index j = 0; rates.bound(x) > 1 && j < model.keys(); ++j)
      if (const double rate = rates.rate(x, j); rate > 1) {
        P.cut.columns.push_back(j);
        P.cut.values.push_back(rate - 1);
      }
    P.cut.offsets.push_back(static_cast<Index>(P.cut.columns.size()));
    if (P.cut.offsets.back() > most_cut)
      return std::nullopt;
  }
  return P;
}

/// diag(row) P diag(col), and with `gram` its transpose times itself.
solvers::LinearMap scaled(const Clamped& P, const Vector& row, const Vector& col, bool gram) {
  return {P.cut.cols, [&P, &row, &col, gram](const double* in, double* out) {
            Vector x(col.size());
            Vector y(row.size());
            std::transform(col.begin(), col.end(), in, x.begin(), std::multiplies<>());
            P.times(x.data(), y.data());
            std::transform(row.begin(), row.end(), y.begin(), y.begin(), std::multiplies<>());
            if (!gram) {
              std::copy(y.begin(), y.end(), out);
              return;
            }
            std::transform(row.begin(), row.end(), y.begin(), y.begin(), std::multiplies<>());
            P.transposed_times(y.data(), out);
            std::transform(col.begin(), col.end(), out, out, std::multiplies<>());
          }};
}

/// A descending list without its end of zeros, which dense solvers leave at the size of rounding.
template <class T>
std::vector<T> without_rounding(std::vector<T> values) {
  while (values.size() > 2 && std::abs(values.back()) <= 1e-14 * std::abs(values.front()))
    values.pop_back();
  return values;
}

/// Singular values of diag(row) P diag(col), descending: all, or the leading ones; none without
/// convergence.
Vector singular_values(const Clamped& P, const Vector& row, const Vector& col) {
  if (std::max(P.cut.rows, P.cut.cols) <= dense_below)
    return without_rounding(solvers::singular_values(P.dense(row, col)));
  Vector values = solvers::leading_symmetric(scaled(P, row, col, true), leading, 1e-14);
  for (double& value : values)
    value = std::sqrt(std::max(value, 0.0));
  return values;
}

/// Eigenvalues of diag(row) P by modulus, likewise.
std::vector<std::complex<double>> eigenvalues(const Clamped& P, const Vector& row) {
  const Vector ones(row.size(), 1);
  if (P.cut.rows <= dense_below)
    return without_rounding(eigenvalues(P.dense(row, ones)));
  return by_modulus(solvers::leading_eigenvalues(scaled(P, row, ones, false), leading, 1e-12));
}

Vector square_roots(Vector x) {
  for (double& value : x)
    value = std::sqrt(value);
  return x;
}

/// The spectra of min(P, 1) where it is not of low rank.
void fill_clamped(const Model& model, const Vector& by_row, const Vector& by_col,
                  ExpectedSpectrum& spectrum) {
  const std::optional<Clamped> P = clamped(model);
  if (!P) {
    spectrum.known = false;
    return;
  }
  const Vector row_ones(by_row.size(), 1);
  const Vector col_ones(by_col.size(), 1);
  spectrum.singular = singular_values(*P, row_ones, col_ones);
  spectrum.normalized = singular_values(*P, square_roots(by_row), square_roots(by_col));
  spectrum.known = !spectrum.singular.empty() && !spectrum.normalized.empty();
  if (model.queries() != model.keys())
    return;
  spectrum.values = eigenvalues(*P, row_ones);
  spectrum.walk = eigenvalues(*P, by_row);
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
  const Vector ones_y(static_cast<std::size_t>(plain.queries()), 1);
  const Vector ones_z(static_cast<std::size_t>(plain.keys()), 1);
  ExpectedSpectrum spectrum;
  const auto mean = [](const Vector& d) {
    return d.empty() ? 0 : std::accumulate(d.begin(), d.end(), 0.0) / static_cast<double>(d.size());
  };
  spectrum.row_degree = mean(degrees.rows);
  spectrum.col_degree = mean(degrees.cols);
  const Vector by_row = inverted(degrees.rows, spectrum.empty_rows);
  const Vector by_col = inverted(degrees.cols, spectrum.empty_cols);
  if (degrees.clamped && !(plain.Y.is_plain() && plain.Z.is_plain())) {
    fill_clamped(plain, by_row, by_col, spectrum);
    return spectrum;
  }
  for (Index e = 0; degrees.clamped && e < plain.S.shape().size(); ++e)
    plain.S.data()[e] = std::min(plain.S.data()[e], 1.0); // of plain blocks an entry is a rate
  // Y S Z' has the singular values of the small R_Y S R_Z', and the other eigenvalues those of S Z' Y.
  const auto of_factors = [&](const Vector& row, const Vector& col) {
    return solvers::singular_values(
        product(product(triangle(plain.Y, row), plain.S), triangle(plain.Z, col), true));
  };
  spectrum.singular = of_factors(ones_y, ones_z);
  spectrum.normalized = of_factors(by_row, by_col);
  if (plain.queries() == plain.keys()) {
    spectrum.values = eigenvalues(product(plain.S, crossed(plain.Z, ones_y, plain.Y)));
    spectrum.walk = eigenvalues(product(plain.S, crossed(plain.Z, by_row, plain.Y)));
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
