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

using Tall = SlowModes::Tall;
using Complex = std::complex<double>;
using kernels::Strided;

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr Index most_columns = 24;
/// Products with a power before a proof is tried.
constexpr int turns = 3;
/// Numbers of modes tried with one power.
constexpr int most_tries = 3;
/// Ritz vectors whose residual is larger are no modes; the error of a disc is its square.
constexpr double most_residual = 1e-7;

double norm(const Tall& A) {
  return std::sqrt(std::inner_product(A.a.begin(), A.a.end(), A.a.begin(), 0.0));
}

/// X A or X'A.
Tall times(const DenseMatrix& X, bool transposed, const Tall& A) {
  Tall out(A.n, A.p);
  const Strided left = transposed ? Strided{X.a.data(), X.n, 1} : Strided{X.a.data(), 1, X.n};
  kernels::dense_product(A.n, A.p, A.n, left, {A.a.data(), 1, A.n}, out.a.data(), A.n);
  return out;
}

/// A'B, p x p.
DenseMatrix inner(const Tall& A, const Tall& B) {
  DenseMatrix out(A.p);
  kernels::dense_product(A.p, B.p, A.n, {A.a.data(), A.n, 1}, {B.a.data(), 1, B.n}, out.a.data(),
                         A.p);
  return out;
}

/// A T or A T'.
Tall times(const Tall& A, const DenseMatrix& T, bool transposed = false) {
  Tall out(A.n, T.n);
  const Strided right = transposed ? Strided{T.a.data(), T.n, 1} : Strided{T.a.data(), 1, T.n};
  kernels::dense_product(A.n, T.n, A.p, {A.a.data(), 1, A.n}, right, out.a.data(), A.n);
  return out;
}

Tall minus(const Tall& A, const Tall& B) {
  Tall out = A;
  for (std::size_t i = 0; i < out.a.size(); ++i)
    out.a[i] -= B.a[i];
  return out;
}

/// ||T - I||_F.
double from_identity(const DenseMatrix& T) {
  double sum = 0;
  for (Index j = 0; j < T.n; ++j)
    for (Index i = 0; i < T.n; ++i) {
      const double x = T(i, j) - (i == j ? 1 : 0);
      sum += x * x;
    }
  return std::sqrt(sum);
}

/// Gram-Schmidt, twice, in place. A column that depends on those before it is divided by rounding,
/// which a proof then sees.
void orthonormalize(Tall& A) {
  for (Index j = 0; j < A.p; ++j) {
    double* x = A.column(j);
    for (int pass = 0; pass < 2; ++pass) {
      for (Index i = 0; i < j; ++i) {
        const double* y = A.column(i);
        const double along = std::inner_product(x, x + A.n, y, 0.0);
        for (Index t = 0; t < A.n; ++t)
          x[t] -= along * y[t];
      }
      const double size = std::sqrt(std::inner_product(x, x + A.n, x, 0.0));
      for (Index t = 0; t < A.n; ++t)
        x[t] /= std::max(size, std::numeric_limits<double>::min());
    }
  }
}

/// Ritz pairs of the largest moduli first, with the residuals of their vectors.
struct Ritz {
  Eigensystem system;
  std::vector<double> residual;
};

Ritz ritz(const DenseMatrix& X, bool transposed, const Tall& A) {
  const Tall image = times(X, transposed, A);
  Ritz out{eigensystem(inner(A, image)), {}};
  const Index p = A.p;
  for (Index c = 0; c < p; ++c) {
    double sum = 0;
    for (Index t = 0; t < A.n; ++t) {
      Complex r = 0;
      for (Index j = 0; j < p; ++j)
        r += out.system.vectors[c * p + j] *
             (image.column(j)[t] - out.system.values[c] * A.column(j)[t]);
      sum += std::norm(r);
    }
    out.residual.push_back(std::sqrt(sum));
  }
  return out;
}

/// An orthonormal basis of the first g Ritz vectors, of which a pair of conjugates is never split.
Tall leading(const Tall& A, const Ritz& ritz, Index g) {
  DenseMatrix Y(A.p);
  std::fill(Y.a.begin(), Y.a.end(), 0.0);
  for (Index c = 0; c < g; ++c)
    for (Index j = 0; j < A.p; ++j) {
      const Complex& y = ritz.system.vectors[c * A.p + j];
      Y(j, c) = ritz.system.values[c].imag() < 0 ? y.imag() : y.real();
    }
  Tall out = times(A, Y);
  out.a.resize(static_cast<std::size_t>(A.n * g));
  out.p = g;
  orthonormalize(out);
  return out;
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
  double radius = std::numeric_limits<double>::infinity();
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
    // Both sides stop between two moduli, and have found their modes.
    const auto between = [g](const Ritz& side) {
      return std::abs(side.system.values[g - 1]) > std::abs(side.system.values[g]) * (1 + 1e-9) &&
             *std::max_element(side.residual.begin(), side.residual.begin() + g) <= most_residual;
    };
    if (!between(right) || !between(left))
      continue;
    ++tries;
    Tall W = leading(W_, left, g);
    Tall V = leading(V_, right, g);
    V = times(V, inverse(inner(W, V), 1).matrix);
    if (auto found = prove(V, W, top, P, k, scale, error))
      return found;
  }
  return {};
}

std::optional<ModeBounds> SlowModes::prove(const Tall& V, const Tall& W, double top,
                                           const DenseMatrix& P, Index k, double scale,
                                           double error) const {
  const auto n = static_cast<double>(V.n);
  const auto g = static_cast<double>(V.p);
  const auto power = static_cast<double>(k);
  const double v = norm(V) * (1 + n * eps);
  const double w = norm(W) * (1 + n * eps);
  // S = W'V and W'W, both nearly I.
  const double s = from_identity(inner(W, V)) + n * eps * w * v;
  const double o = from_identity(inner(W, W)) + n * eps * w * w;
  if (!(s < 0.5) || !(o < 0.5))
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
  const double size = frobenius(P) * (1 + n * eps);
  Tall along = times(P, false, W);
  DenseMatrix rest(P.n);
  kernels::dense_product(P.n, P.n, W.p, {along.a.data(), 1, P.n}, {W.a.data(), P.n, 1},
                         rest.a.data(), P.n);
  for (std::size_t i = 0; i < rest.a.size(); ++i)
    rest.a[i] = P.a[i] - rest.a[i];
  const double outside = frobenius(rest) * (1 + n * eps) +
                         (2 * (n + g + 4) * eps * w * w + (1 + o) * o / (1 - o)) * size + error;
  const double grown =
      std::pow(std::max({1.0, how_.norm, how_.norm + v * eta_l}), power) * (1 + power * eps);
  const double c = std::ldexp(outside, static_cast<int>(scale)) + power * v * eta_l * grown;
  const double margin = 0.05 * std::min(1 - top, top);
  const double r = top - margin;
  const double r_k = std::exp(power * std::log(r)) * (1 - 4 * power * eps);
  if (!(margin > 0) || !(c < r_k)) // NaN included
    return {};
  const double resolvent = power * grown / (r_k - c);

  const Discs found = discs(G, (off_b + eta_l * eta_r * resolvent) * (1 + 64 * eps));
  const double radius = found.radius + 8 * eps * norm(found.centers);
  if (!(radius < margin))
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
