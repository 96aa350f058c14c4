// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/slow_modes.hpp"

#include "attnwalk/core/random.hpp"
#include "attnwalk/kernels/dense_product.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numeric>

namespace attnwalk::solvers {

namespace {

using Complex = std::complex<double>;

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Index most_columns = 24;
/// Products with a power before a proof is tried.
constexpr int turns = 3;
/// Numbers of modes tried with one power.
constexpr int most_tries = 3;
/// Steps of Arnoldi's iteration on either side, and the numbers of modes tried then.
constexpr Index krylov_steps = 40;
constexpr Index numbers_tried[] = {4, 8, 16};

/// How far below the largest modulus the rest of the spectrum has to be.
double margin(double top) {
  return 0.05 * std::min(1 - top, top);
}

/// T^-1 by elimination with row exchanges; empty if T is singular. Column-major.
std::vector<Complex> inverse_of(std::vector<Complex> T, Index g) {
  std::vector<Complex> Z(g * g, 0.0);
  for (Index i = 0; i < g; ++i)
    Z[i * g + i] = 1;
  for (Index k = 0; k < g; ++k) {
    Index pivot = k;
    for (Index i = k + 1; i < g; ++i)
      if (std::abs(T[k * g + i]) > std::abs(T[k * g + pivot]))
        pivot = i;
    if (T[k * g + pivot] == 0.0)
      return {};
    for (Index j = 0; j < g; ++j) {
      std::swap(T[j * g + k], T[j * g + pivot]);
      std::swap(Z[j * g + k], Z[j * g + pivot]);
    }
    const Complex head = T[k * g + k];
    for (Index j = 0; j < g; ++j) {
      T[j * g + k] /= head;
      Z[j * g + k] /= head;
    }
    for (Index i = 0; i < g; ++i) {
      const Complex factor = T[k * g + i];
      if (i == k || factor == 0.0)
        continue;
      for (Index j = 0; j < g; ++j) {
        T[j * g + i] -= factor * T[j * g + k];
        Z[j * g + i] -= factor * Z[j * g + k];
      }
    }
  }
  return Z;
}

double norm(const std::vector<Complex>& A) {
  double sum = 0;
  for (const Complex& x : A)
    sum += std::norm(x);
  return std::sqrt(sum);
}

/// 1 - |1 - z| without cancellation.
double gap_at(const Complex& z) {
  return (2 * z.real() - std::norm(z)) / (1 + std::abs(1.0 - z));
}

/// Eigenvalues z_i of G with a radius: all matrices within `distance` of G have their eigenvalues in
/// these discs, and as many in each connected part of their union as there are centers (Bauer and
/// Fike, by continuity).
struct Discs {
  std::vector<Complex> centers, right,
      left; ///< `left` is the inverse of `right`, both column-major
  double radius = infinity;
};

Discs discs(const DenseMatrix& G, double distance) {
  const Index g = G.n;
  const auto size = static_cast<double>(g);
  Eigensystem system = eigensystem(G);
  Discs out{std::move(system.values), std::move(system.vectors), {}};
  out.left = inverse_of(out.right, g);
  if (out.left.empty())
    return out;
  double defect = 0; // ||Z Y - I||_F
  double off = 0;    // ||G Y - Y diag(z)||_F
  for (Index j = 0; j < g; ++j)
    for (Index i = 0; i < g; ++i) {
      Complex one = i == j ? -1.0 : 0.0;
      Complex rest = -out.centers[j] * out.right[j * g + i];
      for (Index k = 0; k < g; ++k) {
        one += out.left[k * g + i] * out.right[j * g + k];
        rest += G(i, k) * out.right[j * g + k];
      }
      defect += std::norm(one);
      off += std::norm(rest);
    }
  const double y = norm(out.right);
  const double z = norm(out.left);
  const double rounding = 8 * (size + 4) * eps;
  defect = std::sqrt(defect) + rounding * z * y;
  if (!(defect < 0.5))
    return out;
  const double inside = std::sqrt(off) + rounding * (frobenius(G) + norm(out.centers)) * y;
  out.radius = z / (1 - defect) * (inside + distance * y) * (1 + rounding);
  return out;
}

/// The eigenpair at disc i, with N = V - XV.
Eigenpair pair_at(const Discs& discs, std::size_t i, const Tall& V, const Tall& W, const Tall& N) {
  const auto g = static_cast<std::size_t>(V.p);
  Eigenpair out{1.0 - discs.centers[i], std::vector<Complex>(static_cast<std::size_t>(V.n)), 0, 0};
  double size = 0;
  double size_left = 0;
  double off = 0;
  for (Index t = 0; t < V.n; ++t) {
    Complex image = 0;
    Complex left = 0;
    Complex& x = out.vector[t];
    for (std::size_t j = 0; j < g; ++j) {
      const auto column = static_cast<Index>(j);
      x += V.column(column)[t] * discs.right[i * g + j];
      image += N.column(column)[t] * discs.right[i * g + j];
      left += W.column(column)[t] * discs.left[j * g + i];
    }
    size += std::norm(x);
    size_left += std::norm(left);
    off += std::norm(discs.centers[i] * x - image);
  }
  size = std::sqrt(size);
  for (Complex& x : out.vector)
    x /= size;
  out.residual = std::sqrt(off) / size;
  out.condition = size * std::sqrt(size_left); // left'x = 1
  return out;
}

/// ||D^k (I - W W^+)|| at most, by Frobenius's norm, where P is 2^-scale D^k within `error`.
double outside_of(const DenseMatrix& P, double scale, double error, const Tall& W) {
  const auto n = static_cast<double>(W.n);
  const auto g = static_cast<double>(W.p);
  const double w = norm(W) * (1 + n * eps);
  const double o = from_identity(inner(W, W)) + n * eps * w * w;
  if (!(o < 0.5))
    return infinity;
  const double size = frobenius(P) * (1 + n * eps);
  const Tall along = times(P, false, W);
  DenseMatrix rest(P.n);
  kernels::dense_product(P.n, P.n, W.p, {along.a.data(), 1, P.n}, {W.a.data(), P.n, 1},
                         rest.a.data(), P.n);
  for (std::size_t i = 0; i < rest.a.size(); ++i)
    rest.a[i] = P.a[i] - rest.a[i];
  const double outside = frobenius(rest) * (1 + n * eps) +
                         (2 * (n + g + 4) * eps * w * w + (1 + o) * o / (1 - o)) * size + error;
  return std::ldexp(outside, static_cast<int>(scale));
}

} // namespace

SlowModes::SlowModes(const DenseMatrix& X, const ModesOptions& how)
    : X_(X), how_(how), held_(std::min(frobenius(X), mixed_norm(X))),
      V_(X.n, std::min(most_columns, X.n / 4)), W_(X.n, V_.p) {
  RandomStream draws({31, 7});
  for (double& x : V_.a)
    x = draws.normal();
  for (double& x : W_.a)
    x = draws.normal();
}

std::optional<ModeBounds> SlowModes::enclose(const DenseMatrix& P, Index k, double scale,
                                             double error) {
  for (int turn = 0; turn < turns; ++turn) {
    V_ = times(P, false, V_);
    W_ = times(P, true, W_);
    orthonormalize(V_);
    orthonormalize(W_);
  }
  const Ritz right = ritz(X_, false, V_);
  const Ritz left = ritz(X_, true, W_);
  const double top = std::abs(right.system.values[0]);
  int tries = 0;
  for (Index g = V_.p - 1; g >= 1 && tries < most_tries; --g) {
    if (!between(right, g) || !between(left, g))
      continue;
    ++tries;
    const Tall W = leading(W_, left, g);
    const Tall V = dual(leading(V_, right, g), W);
    if (auto found = prove(V, W, top, top - margin(top), k, outside_of(P, scale, error, W)))
      return found;
  }
  return {};
}

std::optional<ModeBounds> SlowModes::enclose_near_one(const DenseMatrix& inverse,
                                                      const DenseMatrix& gram) const {
  const Index steps = std::min(krylov_steps, X_.n / 2);
  const Tall V_all = krylov_basis(inverse, false, steps, 1);
  const Tall W_all = krylov_basis(inverse, true, steps, 2);
  const Ritz right = ritz(X_, false, V_all);
  const Ritz left = ritz(X_, true, W_all);
  const double top = std::abs(right.system.values[0]);
  const double r = top - margin(top);
  // Of the distance to r, a fifth of the margin is left to the resolvent.
  const double c = r - 0.2 * margin(top);
  const Index most = std::min(most_columns, steps - 1);
  Index g = 0;
  for (const Index number : numbers_tried) {
    g = std::max(g + 1, number);
    while (g < most && !(between(right, g) && between(left, g)))
      ++g;
    if (g >= most)
      break;
    const Tall W = leading(W_all, left, g);
    if (!outside_below(c, gram, W))
      continue;
    return prove(dual(leading(V_all, right, g), W), W, top, r, 1, c);
  }
  return {};
}

bool SlowModes::outside_below(double c, const DenseMatrix& gram, const Tall& W) const {
  const auto n = static_cast<double>(W.n);
  const auto g = static_cast<double>(W.p);
  const double w = norm(W) * (1 + n * eps);
  const double weight = n / g; // as much trace as c^2 I has
  DenseMatrix T(W.n);
  kernels::dense_product(W.n, W.n, W.p, {W.a.data(), 1, W.n}, {W.a.data(), W.n, 1}, T.a.data(),
                         W.n);
  for (std::size_t i = 0; i < T.a.size(); ++i)
    T.a[i] = weight * T.a[i] - gram.a[i];
  const double e = how_.error;
  const double rounding = n * eps * held_ * held_ + (2 * held_ + e) * e +
                          4 * eps * (frobenius(gram) + (g + 2) * weight * w * w + c * c);
  for (Index i = 0; i < W.n; ++i)
    T(i, i) += c * c - rounding;
  return positive_definite(std::move(T));
}

std::optional<ModeBounds> SlowModes::prove(const Tall& V, const Tall& W, double top, double r,
                                           Index k, double outside) const {
  const auto n = static_cast<double>(V.n);
  const auto g = static_cast<double>(V.p);
  const auto power = static_cast<double>(k);
  const double v = norm(V) * (1 + n * eps);
  const double w = norm(W) * (1 + n * eps);
  // S = W'V, nearly I.
  const double s = from_identity(inner(W, V)) + n * eps * w * v;
  if (!(s < 0.5))
    return {};
  const double t = s / (1 - s); // ||S^-1 - I||
  const double entry = (n + 4) * eps * (held_ + 1) + how_.error;

  // N = V - DV, F = W - D'W, G = I - B = S^-1 W'N.
  const Tall N = minus(V, times(X_, false, V));
  const Tall F = minus(W, times(X_, true, W));
  const DenseMatrix G = inner(W, N);
  const double norm_n = norm(N) * (1 + n * eps);
  const double norm_f = norm(F) * (1 + n * eps);
  const double norm_g = frobenius(G) * (1 + n * eps);
  const double off_g = n * eps * w * norm_n + w * entry * v;
  const double off_b = off_g + t * (norm_g + off_g);
  const double small = (g + 4) * eps;
  const double eta_r = norm(minus(N, times(V, G))) * (1 + n * eps) + entry * v + v * off_b +
                       small * (norm_n + v * norm_g);
  const double eta_l = norm(minus(F, times(W, G, true))) * (1 + n * eps) + entry * w +
                       t * (norm_f + entry * w + norm_g * w) + off_b * w / (1 - s) +
                       small * (norm_f + w * norm_g);

  // c >= ||C^k||.
  const double grown =
      std::pow(std::max({1.0, how_.norm, how_.norm + v * eta_l}), power) * (1 + power * eps);
  const double c = outside + power * v * eta_l * grown;
  const double r_k = std::exp(power * std::log(r)) * (1 - 4 * power * eps);
  if (!(r > 0) || !(c < r_k)) // NaN included
    return {};
  const double resolvent = power * grown / (r_k - c);

  const Discs found = discs(G, (off_b + eta_l * eta_r * resolvent) * (1 + 64 * eps));
  const double radius = found.radius + 8 * eps * norm(found.centers);
  if (!(radius < top - r))
    return {};
  // The part of the union that holds the disc nearest to the unit circle.
  std::vector<std::size_t> part{0};
  for (std::size_t i = 1; i < found.centers.size(); ++i)
    if (gap_at(found.centers[i]) < gap_at(found.centers[part[0]]))
      part[0] = i;
  for (std::size_t next = 0; next < part.size(); ++next)
    for (std::size_t i = 0; i < found.centers.size(); ++i)
      if (std::find(part.begin(), part.end(), i) == part.end() &&
          std::abs(found.centers[i] - found.centers[part[next]]) <= 2 * radius)
        part.push_back(i);
  ModeBounds out;
  const double nearest = gap_at(found.centers[part[0]]);
  out.gap_lo = std::min(nearest - radius, 1 - r);
  double farthest = nearest;
  for (const std::size_t i : part)
    farthest = std::max(farthest, gap_at(found.centers[i]));
  out.gap_hi = farthest + radius;
  if (!(out.gap_hi < (1 - r) * (1 - 4 * eps)))
    return {}; // the circle of the rest is not apart from these discs
  out.count = V.p;
  out.top = pair_at(found, part[0], V, W, N);
  return out;
}

} // namespace attnwalk::solvers
