// SPDX-License-Identifier: Apache-2.0
// The top of a symmetric matrix by a few products and factorizations, with a proof, where Householder's tridiagonal form
// costs four times as much.
#include "attnwalk/kernels/dense_product.hpp"
#include "attnwalk/solvers/dense.hpp"
#include "attnwalk/solvers/krylov.hpp"
#include "attnwalk/solvers/random_start.hpp"
#include "attnwalk/solvers/ritz_pairs.hpp"
#include "attnwalk/solvers/tridiagonal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace attnwalk::solvers {

namespace {

using Numbers = std::vector<double>;

constexpr double eps = std::numeric_limits<double>::epsilon();
/// Below this size the tridiagonal form takes a few milliseconds.
constexpr Index form_below = 200;
/// Products with S before the first factorization, where no bound says how near above it may be.
constexpr Index krylov_steps = 40;
constexpr Index steps_below_bound = 12;
constexpr int most_shifts = 4;
/// Columns that are eliminated together, and one by one.
constexpr Index block = 128;
constexpr Index narrow = 16;

double norm(const Numbers& x) {
  return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
}

/// S -= L L' in columns `begin` .. `end`-1 from the diagonal down, with L the `width` columns from `at` on.
void subtract(DenseMatrix& S, Index at, Index width, Index begin, Index end,
              Buffer<double>& update) {
  const Index n = S.n;
  const Index rows = n - begin;
  const double* left = S.a.data() + at * n + begin;
  kernels::dense_product(rows, end - begin, width, {left, 1, n}, {left, n, 1}, update.data(), rows);
  for (Index j = begin; j < end; ++j)
    for (Index i = j; i < n; ++i)
      S(i, j) -= update[(j - begin) * rows + i - begin];
}

/// Makes `width` columns from `at` on those of L in S = L L', from the diagonal down.
bool eliminate_block(DenseMatrix& S, Index at, Index width, Buffer<double>& update) {
  const Index n = S.n;
  if (width > narrow) {
    const Index half = width / 2;
    if (!eliminate_block(S, at, half, update))
      return false;
    subtract(S, at, half, at + half, at + width, update);
    return eliminate_block(S, at + half, width - half, update);
  }
  for (Index j = at; j < at + width; ++j) {
    double* column = S.a.data() + j * n;
    for (Index i = at; i < j; ++i) {
      const double* left = S.a.data() + i * n;
      const double factor = left[j];
      for (Index t = j; t < n; ++t)
        column[t] -= factor * left[t];
    }
    if (!(column[j] > 0)) // NaN included
      return false;
    const double root = std::sqrt(column[j]);
    for (Index t = j; t < n; ++t)
      column[t] /= root;
  }
  return true;
}

} // namespace

bool cholesky(DenseMatrix& S) {
  const Index n = S.n;
  Buffer<double> update(n * block);
  for (Index at = 0; at < n; at += block) {
    const Index width = std::min(block, n - at);
    if (!eliminate_block(S, at, width, update))
      return false;
    for (Index begin = at + width; begin < n; begin += block)
      subtract(S, at, width, begin, std::min(n, begin + block), update);
  }
  return true;
}

bool positive_definite(DenseMatrix S) {
  double size = 0;
  for (Index i = 0; i < S.n; ++i)
    size += S(i, i);
  if (!std::isfinite(std::accumulate(S.a.begin(), S.a.end(), 0.0)) || !(size > 0))
    return false;
  // L L' = S - c I + E with |E| <= u (n+1) |L||L'| / (1 - u (n+1)), of norm at most that times
  // tr(L L'), in whatever order the sums run.
  for (Index i = 0; i < S.n; ++i)
    S(i, i) -= static_cast<double>(S.n + 2) * eps * size;
  return cholesky(S);
}

namespace {

/// x = (L L')^-1 x.
void solve(const DenseMatrix& L, double* x) {
  const Index n = L.n;
  for (Index j = 0; j < n; ++j) {
    const double* column = L.a.data() + j * n;
    const double value = x[j] /= column[j];
    for (Index i = j + 1; i < n; ++i)
      x[i] -= value * column[i];
  }
  for (Index j = n; j-- > 0;) {
    const double* column = L.a.data() + j * n;
    const double rest = std::inner_product(column + j + 1, column + n, x + j + 1, 0.0);
    x[j] = (x[j] - rest) / column[j];
  }
}

struct Pair {
  double value = 0;
  double residual = 0;
  Numbers vector;
};

/// The Rayleigh quotient of x, which is scaled to norm 1, and its residual.
Pair rayleigh(const DenseMatrix& S, Numbers x) {
  const double size = norm(x);
  for (double& entry : x)
    entry /= size;
  Numbers image(x.size());
  multiply(S, false, x.data(), image.data());
  Pair out{std::inner_product(x.begin(), x.end(), image.begin(), 0.0), 0, std::move(x)};
  for (std::size_t i = 0; i < image.size(); ++i)
    image[i] -= out.value * out.vector[i];
  out.residual = norm(image);
  return out;
}

/// The top Ritz pair of a short Krylov space.
Pair roughly(const DenseMatrix& S, Index steps) {
  Numbers start = gaussian_vector(S.n, {91, 5});
  const double size = norm(start);
  for (double& entry : start)
    entry /= size;
  const LinearMap product(S.n, [&S](const double* x, double* y) { multiply(S, false, x, y); });
  Krylov space(product, [](double*) {}, std::move(start), {.orthogonal = true, .threads = 1});
  do
    space.step();
  while (space.steps() < steps && space.next() > 16 * eps * std::abs(space.main().front()));
  return rayleigh(S, space.vector(space.highest().y));
}

/// Lanczos on the inverse above the spectrum, ever nearer to it, until the residual is rounding.
Pair refined(const DenseMatrix& S, Pair top, double size, double bound) {
  const double floor = 8 * eps * size;
  for (int shift = 0; shift < most_shifts && top.residual > floor; ++shift) {
    DenseMatrix L(S.n);
    double above = std::max(std::min(2 * top.residual, bound - top.value),
                            64 * static_cast<double>(S.n) * eps * size);
    bool factored = false;
    for (int tries = 0; tries < 4 && !factored; ++tries, above *= 8) {
      std::transform(S.a.begin(), S.a.end(), L.a.begin(), [](double x) { return -x; });
      for (Index i = 0; i < S.n; ++i)
        L(i, i) += top.value + above;
      factored = cholesky(L);
    }
    if (!factored)
      break;
    const LinearMap inverse(S.n, [&L](const double* x, double* y) {
      std::copy_n(x, L.n, y);
      solve(L, y);
    });
    const Numbers start = top.vector;
    Numbers x = largest_eigenvector(
        inverse, [](double*) {},
        {.krylov = 30, .tolerance = 1e-12, .max_restarts = 1, .start = start, .threads = 1});
    for (int turn = 0; turn < 2 && !x.empty(); ++turn) {
      Pair next = rayleigh(S, std::move(x));
      if (next.residual < top.residual)
        top = std::move(next);
      x = top.vector;
      solve(L, x.data());
    }
  }
  return top;
}

/// Whether the top eigenvalue l is proved to be within n eps |l| of the pair's, rounding of the
/// quotient aside. If all eigenvalues but one are at most mu < value, then
///   value <= l <= value + residual^2 / (value - mu)    [kato1949].
/// All but one are where S - t x x' < mu, as adding t x x' moves one eigenvalue alone above.
bool proved(const DenseMatrix& S, const Pair& top, double size) {
  const auto n = static_cast<double>(S.n);
  double trace = 0;
  for (Index i = 0; i < S.n; ++i)
    trace += S(i, i);
  const double push = 2 * size;
  const double forming = 4 * eps * (frobenius(S) + push + std::abs(top.value));
  const double apart =
      8 * (n + 2) * eps * (n * std::abs(top.value) + std::abs(trace) + push) + 2 * forming;
  const double residual = top.residual + n * eps * size;
  if (!(residual * residual <= n * eps * std::abs(top.value) * apart))
    return false;
  const double mu = top.value - apart;
  DenseMatrix T(S.n);
  for (Index j = 0; j < S.n; ++j)
    for (Index i = 0; i < S.n; ++i)
      T(i, j) = push * top.vector[i] * top.vector[j] - S(i, j);
  for (Index i = 0; i < S.n; ++i)
    T(i, i) += mu - forming;
  return positive_definite(std::move(T));
}

} // namespace

SymmetricPair largest_eigenpair(const DenseMatrix& S, bool with_vector, double bound) {
  if (S.n == 0)
    return {};
  if (S.n >= form_below) {
    const double size = mixed_norm(S);
    if (std::isfinite(size) && size > 0) {
      const bool near = std::isfinite(bound);
      Pair top = refined(S, roughly(S, near ? steps_below_bound : krylov_steps), size, bound);
      if (proved(S, top, size))
        return {top.value, std::move(top.vector)};
    }
  }
  const TridiagonalForm form(S);
  SymmetricPair out{form.values().back(), {}};
  if (with_vector)
    out.vector = form.vector(out.value);
  return out;
}

} // namespace attnwalk::solvers
