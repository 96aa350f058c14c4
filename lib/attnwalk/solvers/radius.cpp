// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/dense.hpp"
#include "attnwalk/solvers/slow_modes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::solvers {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double infinity = std::numeric_limits<double>::infinity();
/// Squaring stops short of the precision asked for by this factor: the walk is far from normal.
constexpr double far_from_normal = 50;
/// Doublings that a proof may take: it covers radii up to 1 - 2^-14 of the target.
constexpr int most_doublings = 14;
constexpr int most_proofs = 6;
/// A proof costs up to 40 products; six of them take seconds at this size.
constexpr Index proofs_below = 400;
/// Gaps below this are resolved by squaring, and cost a proof many doublings.
constexpr double near_one = 0.05;
/// Matrices and powers that have slow modes to tell from the rest.
constexpr Index modes_from = 8;
constexpr Index first_power = 4;

double trace(const DenseMatrix& X) {
  double sum = 0;
  for (Index i = 0; i < X.n; ++i)
    sum += X(i, i);
  return sum;
}

double gap_of(double log_radius) {
  return std::max(0.0, -std::expm1(log_radius));
}

DenseMatrix absolute(DenseMatrix X) {
  for (double& x : X.a)
    x = std::abs(x);
  return X;
}

/// P + sign (U + U')/2, exactly symmetric if P is.
void add_symmetric(DenseMatrix& P, const DenseMatrix& U, double sign) {
  for (Index j = 0; j < P.n; ++j)
    for (Index i = 0; i < P.n; ++i)
      P(i, j) += sign * 0.5 * (U(i, j) + U(j, i));
}

/// The better ends of both.
void keep(RadiusBounds& out, ModeBounds found) {
  if (const double log_hi = std::log1p(-found.gap_lo) * (1 - 8 * eps); log_hi < out.log_hi) {
    out.log_hi = log_hi;
    out.modes = found.count;
  }
  out.log_lo = std::max(out.log_lo, std::log1p(-found.gap_hi) * (1 + 8 * eps));
  out.top = std::move(found.top);
}

/// The bounds by squaring, and by slow modes.
RadiusBounds by_squaring(const DenseMatrix& first, const RadiusOptions& how) {
  DenseMatrix X = first;
  const auto n = static_cast<double>(X.n);
  const double rounding = n * eps;
  RadiusBounds out;
  out.log_lo = -infinity;
  out.log_hi = infinity;
  // X^k = 2^scale times what X holds up to `error`, a bound on the Frobenius norm of the
  // difference.
  double scale = 0;
  double error = how.error;
  double k = 1;
  const double ln2 = std::log(2.0);
  std::optional<SlowModes> modes;
  if (X.n >= modes_from && std::isfinite(how.norm))
    modes.emplace(first, ModesOptions{.error = how.error, .norm = how.norm});
  if (modes && how.inverse != nullptr && how.gram != nullptr)
    if (auto found = modes->enclose_near_one(*how.inverse, *how.gram))
      keep(out, std::move(*found));
  for (int round = 0;; ++round) {
    poll(how.monitor, "squaring", static_cast<double>(round) / how.squarings);
    const double size = frobenius(X);
    const double above = size * (1 + rounding) + error;
    const double below =
        std::abs(trace(X)) * (1 - rounding) - rounding * size - std::sqrt(n) * error;
    if (const double log_hi = above > 0 ? (std::log(above) + scale * ln2) / k : -infinity;
        log_hi < out.log_hi) {
      out.log_hi = log_hi;
      out.power = static_cast<Index>(k);
    }
    if (below > 0)
      out.log_lo = std::max(out.log_lo, (std::log(below / (n - 1)) + scale * ln2) / k);
    if (modes && k >= first_power && out.modes == 0)
      if (auto found = modes->enclose(X, static_cast<Index>(k), scale, error))
        keep(out, std::move(*found));
    const bool narrow = out.log_hi - out.log_lo <= how.precision * gap_of(out.log_hi);
    // Once the error is as large as the power itself, squaring teaches nothing more.
    if (narrow || round >= how.squarings || size == 0 || error > 0.5 * size)
      break;
    const double unit = std::exp2(std::floor(std::log2(size)));
    for (double& x : X.a)
      x /= unit;
    error /= unit;
    scale += std::log2(unit);
    // Frobenius norms would multiply the error by the root of the rank at every squaring.
    const double held = std::min(size / unit, mixed_norm(X));
    const double true_norm = std::min(held + error, std::exp2(k * std::log2(how.norm) - scale));
    error = rounding * (size / unit) * held + (2 * true_norm + error) * error;
    scale *= 2;
    if (round < std::ssize(how.squares)) {
      X = how.squares[static_cast<std::size_t>(round)];
      error = std::ldexp(error, static_cast<int>(scale));
      scale = 0;
    } else {
      X = product(X, X, false, how.threads);
    }
    k *= 2;
  }
  return out;
}

/// Lowers the upper end by bisection on its logarithm; without a lower end the search begins at
/// 1/1000 of the upper one.
void bisect(RadiusBounds& out, const DenseMatrix& X, const RadiusOptions& how) {
  double low = std::max(out.log_lo, out.log_hi - std::log(1000.0));
  for (int proof = 0; proof < most_proofs; ++proof) {
    poll(how.monitor, "proofs of the radius", static_cast<double>(proof) / most_proofs);
    const double middle = 0.5 * (low + out.log_hi);
    if (radius_proved(X, std::exp(middle), how.error, how.threads)) {
      out.log_hi = middle + 8 * eps * std::max(1.0, std::abs(middle)); // exp and log round
      out.power = 0;
    } else {
      low = middle;
    }
    if (out.log_hi - low <= how.precision * gap_of(out.log_hi))
      break;
  }
}

} // namespace

bool radius_proved(const DenseMatrix& X, double r, double error, int threads) {
  const auto n = static_cast<double>(X.n);
  DenseMatrix Y = X;
  for (double& y : Y.a)
    y /= r;
  DenseMatrix P(X.n);
  std::fill(P.a.begin(), P.a.end(), 0.0);
  for (Index i = 0; i < P.n; ++i)
    P(i, i) = 1;
  DenseMatrix Z = Y;
  for (int doubling = 0; frobenius(Z) > 0.5; ++doubling) {
    // The largest P that the rounding of Y'PY leaves room for.
    if (doubling == most_doublings || !(frobenius(P) < 1 / (n * eps)))
      return false;
    add_symmetric(P, product(Z, product(P, Z, false, threads), true, threads), 1);
    Z = product(Z, Z, false, threads);
  }
  DenseMatrix S = P;
  add_symmetric(S, product(Y, product(P, Y, false, threads), true, threads), -1);
  // |fl(Y'PY) - Y'PY| <= 2 n u |Y'||P||Y|; the matrix bounded may differ from X, and Y from X/r.
  const DenseMatrix size_y = absolute(Y);
  const DenseMatrix size_p = absolute(P);
  const double held =
      mixed_norm(product(size_y, product(size_p, size_y, false, threads), true, threads));
  const double y = mixed_norm(Y);
  const double p = mixed_norm(P);
  const double e = error / r + eps * y;
  const double margin = (n + 4) * eps * held + 4 * eps * (p + held) + p * e * (2 * y + e);
  for (Index i = 0; i < S.n; ++i)
    S(i, i) -= margin;
  return positive_definite(std::move(S)) && positive_definite(std::move(P));
}

RadiusBounds radius_bounds(const DenseMatrix& X, const RadiusOptions& how) {
  if (X.n <= 1)
    return {-infinity, -infinity, 1, 0, {}};
  RadiusBounds out = by_squaring(X, how);
  const double gap = gap_of(out.log_hi);
  if (X.n <= proofs_below && gap > near_one &&
      out.log_hi - out.log_lo > far_from_normal * how.precision * gap)
    bisect(out, X, how);
  return out;
}

} // namespace attnwalk::solvers
