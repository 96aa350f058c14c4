// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/sampled_spectrum.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/sbm/rates.hpp"
#include "attnwalk/sbm/spectrum.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace attnwalk::sbm {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr Index most_tokens = 1024;
constexpr double accuracy = 1e-3; // relative, of predictions good to a few per cent
constexpr double iteration_accuracy = accuracy / 100;

/// Token i of `count` evenly spaced among n.
Index spaced(Index i, Index count, Index n) {
  return (2 * i + 1) * n / (2 * count);
}

/// p_ij of evenly spaced tokens, and how many tokens one of them stands for.
struct Sketch {
  Matrix P;
  double queries_each = 1;
  double keys_each = 1;

  [[nodiscard]] Vector row_degrees() const { return keys_each * P.rowwise().sum(); }
  [[nodiscard]] Vector col_degrees() const { return queries_each * P.colwise().sum().transpose(); }
  [[nodiscard]] Matrix variances() const { return P.cwiseProduct((1 - P.array()).matrix()); }
};

Sketch sketch_of(const Model& model) {
  const Index n = std::min(model.queries(), most_tokens);
  const Index m = std::min(model.keys(), most_tokens);
  Sketch sketch{Matrix(n, m), static_cast<double>(model.queries()) / static_cast<double>(n),
                static_cast<double>(model.keys()) / static_cast<double>(m)};
  const RateRows rates(model);
  std::vector<double> x(rates.width());
  for (Index i = 0; i < n; ++i) {
    const Index query = spaced(i, n, model.queries());
    rates.row(query, x.data());
    for (Index j = 0; j < m; ++j)
      sketch.P(i, j) = rates.probability(x.data(), query, spaced(j, m, model.keys()));
  }
  return sketch;
}

/// 1 / x, 0 for 0.
Vector inverse(const Vector& x) {
  return x.unaryExpr([](double value) { return value > 0 ? 1 / value : 0; });
}

/// rho(W) of a matrix without negative entries, by its powers.
double radius(const Matrix& W) {
  Vector x = Vector::Ones(W.rows());
  double value = 0;
  for (int step = 0; step < 1000; ++step) {
    const Vector next = W * x;
    const double before = value;
    value = next.norm() / x.norm();
    if (value == 0 || std::abs(value - before) <= iteration_accuracy * value)
      break;
    x = next / next.norm();
  }
  return value;
}

/// ||B||, by powers of B'B.
double norm(const Matrix& B) {
  Vector x = Vector::LinSpaced(B.cols(), 1, 2);
  double value = 0;
  for (int step = 0; step < 1000; ++step) {
    x.normalize();
    const Vector next = B.transpose() * (B * x);
    const double before = value;
    value = std::sqrt(next.norm());
    if (value == 0 || std::abs(value - before) <= iteration_accuracy * value)
      break;
    x = next;
  }
  return value;
}

/// Independent noise of variances W on a mask whose tokens stand for several each.
class Noise {
public:
  Noise(Matrix W, const Sketch& sketch)
      : W_(std::move(W)), queries_each_(sketch.queries_each), keys_each_(sketch.keys_each) {}

  /// x and y of an E above the edge.
  struct Resolvent {
    Vector x;
    Vector y;
  };
  [[nodiscard]] Resolvent origin() const {
    return {Vector::Zero(W_.rows()), Vector::Zero(W_.cols())};
  }

  /// Iterates from x = y = 0 or from those of a larger E, from which they rise; nothing below the
  /// edge, where they leave the positive numbers, or so near it that they creep.
  [[nodiscard]] std::optional<Resolvent> resolvent(double E, Resolvent at) const {
    for (int step = 0; step < 500; ++step) {
      const Vector row = Vector::Constant(W_.rows(), E) - keys_each_ * (W_ * at.y);
      if (row.minCoeff() <= 0)
        return std::nullopt;
      const Vector x = row.cwiseInverse();
      const Vector col = Vector::Constant(W_.cols(), E) - queries_each_ * (W_.transpose() * x);
      if (col.minCoeff() <= 0)
        return std::nullopt;
      const Vector y = col.cwiseInverse();
      const double change = std::max((1 - at.x.cwiseQuotient(x).array()).maxCoeff(),
                                     (1 - at.y.cwiseQuotient(y).array()).maxCoeff());
      at = {x, y};
      if (change < iteration_accuracy)
        return at;
    }
    return std::nullopt;
  }

  /// The edge and the x and y there. No row and no column of a matrix is longer than its norm; the
  /// sum of the longest is the edge if all are equal.
  [[nodiscard]] std::pair<double, Resolvent> edge() const {
    const double row = std::sqrt(keys_each_ * W_.rowwise().sum().maxCoeff());
    const double col = std::sqrt(queries_each_ * W_.colwise().sum().maxCoeff());
    double below = std::max(row, col) * (1 - accuracy);
    double above = (row + col) * (1 + accuracy);
    Resolvent at = resolvent(above, origin()).value_or(origin());
    while (above - below > accuracy * above) {
      const double middle = (below + above) / 2;
      if (std::optional<Resolvent> found = resolvent(middle, at)) {
        above = middle;
        at = *std::move(found);
      } else {
        below = middle;
      }
    }
    return {above, std::move(at)};
  }

private:
  Matrix W_;
  double queries_each_;
  double keys_each_;
};

/// The second singular value of a A b, whose expectation has the first singular value 1 with the
/// vectors u and v.
double second_singular(const Sketch& sketch, const Vector& a, const Vector& b, const Vector& u,
                       const Vector& v) {
  const Matrix signal = std::sqrt(sketch.queries_each * sketch.keys_each) *
                        (a.asDiagonal() * sketch.P * b.asDiagonal() - u * v.transpose()).eval();
  const Matrix W = a.cwiseAbs2().asDiagonal() * sketch.variances() * b.cwiseAbs2().asDiagonal();
  const double strength = norm(signal);
  if (W.maxCoeff() <= 0)
    return std::min(1.0, strength);
  const Noise noise(W, sketch);
  const auto stands_out = [&](const Noise::Resolvent& at) {
    return norm(at.x.cwiseSqrt().asDiagonal() * signal * at.y.cwiseSqrt().asDiagonal()) > 1;
  };
  auto [inside, at] = noise.edge();
  if (!stands_out(at))
    return std::min(1.0, inside);
  double outside = inside + strength; // the triangle's inequality
  while (outside - inside > accuracy * outside) {
    const double middle = (inside + outside) / 2;
    const std::optional<Noise::Resolvent> found = noise.resolvent(middle, noise.origin());
    (found && !stands_out(*found) ? outside : inside) = middle;
  }
  return std::min(1.0, outside);
}

/// pi of the lazy walk, which settles whatever the period; sums to 1 over the rows.
Vector stationary(const Matrix& M) {
  Vector pi = Vector::Constant(M.rows(), 1 / static_cast<double>(M.rows()));
  for (int step = 0; step < 1000; ++step) {
    Vector next = (pi + M.transpose() * pi) / 2;
    next /= next.sum();
    const double change = (next - pi).lpNorm<1>();
    pi = std::move(next);
    if (change < iteration_accuracy)
      break;
  }
  return pi;
}

} // namespace

SampledSpectrum sampled_spectrum(const Model& model) {
  return sampled_spectrum(model, expected_spectrum(model));
}

SampledSpectrum sampled_spectrum(const Model& model, const ExpectedSpectrum& expected) {
  check(model);
  require(!model.loops, Code::domain,
          "forced loops are certain, not drawn: the spectrum is that of a model without them");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  SampledSpectrum found{nan, nan, nan};
  if (model.queries() == 0 || model.keys() == 0)
    return found;
  const Sketch sketch = sketch_of(model);
  const Vector d = sketch.row_degrees();
  const Vector c = sketch.col_degrees();
  const double entries = sketch.queries_each * d.sum();
  if (entries == 0)
    return found;
  const Vector by_row = inverse(d);
  found.sigma_2 = second_singular(sketch, by_row.cwiseSqrt(), inverse(c).cwiseSqrt(),
                                  (d / entries).cwiseSqrt(), (c / entries).cwiseSqrt());
  if (model.queries() != model.keys())
    return found;
  const double disc =
      std::sqrt(radius(sketch.keys_each * by_row.cwiseAbs2().asDiagonal() * sketch.variances()));
  found.slem = std::clamp(expected.slem(), disc, 1.0);
  const Vector pi =
      stationary(sketch.keys_each * by_row.asDiagonal() * sketch.P) / sketch.queries_each;
  found.walk_sigma_2 = second_singular(sketch, pi.cwiseSqrt().cwiseProduct(by_row),
                                       inverse(pi).cwiseSqrt(), pi.cwiseSqrt(), pi.cwiseSqrt());
  return found;
}

} // namespace attnwalk::sbm
