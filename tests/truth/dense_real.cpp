// SPDX-License-Identifier: Apache-2.0
#include "truth/dense_real.hpp"

#include <algorithm>

namespace attnwalk::test {

namespace {

/// Off-diagonal entries this small beside the largest are rounding.
const Real negligible("1e-59");

struct Complex {
  Real re = 0;
  Real im = 0;
};
Complex operator+(const Complex& x, const Complex& y) {
  return {x.re + y.re, x.im + y.im};
}
Complex operator-(const Complex& x, const Complex& y) {
  return {x.re - y.re, x.im - y.im};
}
Complex operator*(const Complex& x, const Complex& y) {
  return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
}
Complex conj(const Complex& x) {
  return {x.re, -x.im};
}
Real square(const Complex& x) {
  return x.re * x.re + x.im * x.im;
}
/// |x| up to a factor of the root of 2.
Real size(const Complex& x) {
  return abs(x.re) + abs(x.im);
}
Complex root(const Complex& x) {
  const Real length = sqrt(square(x));
  if (length == 0)
    return {};
  const Real large = sqrt((length + abs(x.re)) / 2);
  const Real small = x.im / (2 * large);
  if (x.re >= 0)
    return {large, small};
  return {abs(small), x.im < 0 ? -large : large};
}

/// The vector v with I - 2 v v' / v'v taking x to its first axis; false if there is nothing to do.
bool householder(std::vector<Real>& v, Real& squares) {
  squares = 0;
  for (const Real& x : v)
    squares += x * x;
  Real rest = squares - v.front() * v.front();
  if (rest == 0)
    return false;
  const Real length = sqrt(squares);
  v.front() += v.front() < 0 ? -length : length;
  squares = rest + v.front() * v.front();
  return true;
}

/// Householder's similarity to upper Hessenberg form: tridiagonal, if X is symmetric.
void to_hessenberg(RealMatrix& X) {
  const std::size_t n = X.rows;
  for (std::size_t k = 0; k + 2 < n; ++k) {
    std::vector<Real> v(n - k - 1);
    for (std::size_t i = 0; i < v.size(); ++i)
      v[i] = X(k + 1 + i, k);
    Real squares;
    if (!householder(v, squares))
      continue;
    const Real scale = 2 / squares;
    std::vector<Real> dot(n);
    for (std::size_t i = 0; i < v.size(); ++i)
      for (std::size_t j = k; j < n; ++j)
        dot[j] += v[i] * X(k + 1 + i, j);
    for (std::size_t i = 0; i < v.size(); ++i) {
      const Real s = scale * v[i];
      for (std::size_t j = k; j < n; ++j)
        X(k + 1 + i, j) -= s * dot[j];
    }
    for (std::size_t i = 0; i < n; ++i) {
      Real sum = 0;
      for (std::size_t j = 0; j < v.size(); ++j)
        sum += X(i, k + 1 + j) * v[j];
      sum *= scale;
      for (std::size_t j = 0; j < v.size(); ++j)
        X(i, k + 1 + j) -= sum * v[j];
    }
  }
}

/// Eigenvalues of a tridiagonal matrix below x.
std::size_t below(const std::vector<Real>& diagonal, const std::vector<Real>& squares,
                  const Real& x) {
  std::size_t count = 0;
  Real pivot = 1;
  for (std::size_t i = 0; i < diagonal.size(); ++i) {
    pivot = diagonal[i] - x - (i == 0 ? Real(0) : squares[i - 1] / pivot);
    if (pivot == 0)
      pivot = negligible * negligible;
    count += pivot < 0 ? 1 : 0;
  }
  return count;
}

/// Wilkinson's shift: the eigenvalue of the last 2 x 2 block that is nearer to its last entry.
Complex shift_of(const std::vector<std::vector<Complex>>& H, std::size_t last, int round) {
  const Complex& c = H[last][last - 1];
  const Complex& d = H[last][last];
  if (round % 11 == 10) // out of a cycle
    return d + Complex{size(c), size(c) / 3};
  const Complex twice = H[last - 1][last - 1] - d;
  const Complex half{twice.re / 2, twice.im / 2};
  const Complex apart = root(half * half + H[last - 1][last] * c);
  return d + (square(half + apart) < square(half - apart) ? half + apart : half - apart);
}

/// One QR step with a shift on rows and columns first..last of a Hessenberg matrix.
void qr_step(std::vector<std::vector<Complex>>& H, std::size_t first, std::size_t last,
             const Complex& shift) {
  struct Rotation {
    Complex c, s;
  };
  std::vector<Rotation> turns;
  for (std::size_t i = first; i <= last; ++i)
    H[i][i] = H[i][i] - shift;
  for (std::size_t k = first; k < last; ++k) {
    const Real length = sqrt(square(H[k][k]) + square(H[k + 1][k]));
    Rotation turn{{1, 0}, {0, 0}};
    if (length > 0)
      turn = {{H[k][k].re / length, H[k][k].im / length},
              {H[k + 1][k].re / length, H[k + 1][k].im / length}};
    for (std::size_t j = k; j <= last; ++j) {
      const Complex x = H[k][j];
      const Complex y = H[k + 1][j];
      H[k][j] = conj(turn.c) * x + conj(turn.s) * y;
      H[k + 1][j] = turn.c * y - turn.s * x;
    }
    turns.push_back(turn);
  }
  for (std::size_t k = first; k < last; ++k) {
    const Rotation& turn = turns[k - first];
    for (std::size_t i = first; i <= std::min(k + 1, last); ++i) {
      const Complex x = H[i][k];
      const Complex y = H[i][k + 1];
      H[i][k] = x * turn.c + y * turn.s;
      H[i][k + 1] = y * conj(turn.c) - x * conj(turn.s);
    }
  }
  for (std::size_t i = first; i <= last; ++i)
    H[i][i] = H[i][i] + shift;
}

} // namespace

RealMatrix transpose(const RealMatrix& X) {
  RealMatrix out(X.cols, X.rows);
  for (std::size_t i = 0; i < X.rows; ++i)
    for (std::size_t j = 0; j < X.cols; ++j)
      out(j, i) = X(i, j);
  return out;
}

RealMatrix product(const RealMatrix& X, const RealMatrix& Y) {
  RealMatrix out(X.rows, Y.cols);
  for (std::size_t i = 0; i < X.rows; ++i)
    for (std::size_t k = 0; k < X.cols; ++k) {
      const Real& x = X(i, k);
      if (x == 0)
        continue;
      for (std::size_t j = 0; j < Y.cols; ++j)
        out(i, j) += x * Y(k, j);
    }
  return out;
}

RealMatrix restricted(const RealMatrix& X, const std::vector<std::size_t>& keep) {
  RealMatrix out(keep.size(), keep.size());
  for (std::size_t i = 0; i < keep.size(); ++i)
    for (std::size_t j = 0; j < keep.size(); ++j)
      out(i, j) = X(keep[i], keep[j]);
  return out;
}

std::vector<Real> symmetric_eigenvalues(RealMatrix S, const std::vector<std::size_t>& ranks) {
  to_hessenberg(S);
  const std::size_t n = S.rows;
  std::vector<Real> diagonal(n), squares(n);
  Real bound = 0;
  for (std::size_t i = 0; i < n; ++i) {
    diagonal[i] = S(i, i);
    const Real next = i + 1 < n ? S(i + 1, i) : Real(0);
    squares[i] = next * next;
    bound = std::max(bound, Real(abs(diagonal[i]) + abs(next) + (i > 0 ? abs(S(i, i - 1)) : 0)));
  }
  std::vector<Real> out;
  for (const std::size_t rank : ranks) {
    Real lo = -bound;
    Real hi = bound;
    for (int step = 0; step < 205; ++step) { // 2^-205 = 2e-62
      const Real middle = (lo + hi) / 2;
      (below(diagonal, squares, middle) > rank ? hi : lo) = middle;
    }
    out.push_back((lo + hi) / 2);
  }
  return out;
}

Real norm_2(const RealMatrix& X) {
  const bool wide = X.cols > X.rows;
  const RealMatrix gram = wide ? product(X, transpose(X)) : product(transpose(X), X);
  if (gram.rows == 0)
    return 0;
  return sqrt(std::max(Real(0), symmetric_eigenvalues(gram, {gram.rows - 1}).front()));
}

Real spectral_radius(const RealMatrix& X) {
  const std::size_t n = X.rows;
  RealMatrix Y = X;
  to_hessenberg(Y);
  std::vector<std::vector<Complex>> H(n, std::vector<Complex>(n));
  Real scale = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i == 0 ? 0 : i - 1; j < n; ++j) {
      H[i][j] = {Y(i, j), 0};
      scale = std::max(scale, Real(abs(Y(i, j))));
    }
  if (n == 0 || scale == 0)
    return 0;
  Real largest = 0;
  std::size_t last = n - 1;
  for (int round = 0; round < 10000; ++round) {
    std::size_t first = last;
    while (first > 0 && size(H[first][first - 1]) > negligible * scale)
      --first;
    if (first == last) {
      largest = std::max(largest, square(H[last][last]));
      if (last == 0)
        return sqrt(largest);
      --last;
      round = 0;
      continue;
    }
    qr_step(H, first, last, shift_of(H, last, round));
  }
  return -1; // no convergence, which no walk has shown
}

std::vector<Real> stationary(RealMatrix A) {
  const std::size_t n = A.rows;
  for (std::size_t k = n; k-- > 1;) {
    Real out = 0;
    for (std::size_t j = 0; j < k; ++j)
      out += A(k, j);
    for (std::size_t i = 0; i < k; ++i) {
      A(i, k) /= out;
      for (std::size_t j = 0; j < k; ++j)
        A(i, j) += A(i, k) * A(k, j);
    }
  }
  std::vector<Real> pi(n, Real(0));
  pi[0] = 1;
  Real total = 1;
  for (std::size_t k = 1; k < n; ++k) {
    for (std::size_t i = 0; i < k; ++i)
      pi[k] += pi[i] * A(i, k);
    total += pi[k];
  }
  for (Real& p : pi)
    p /= total;
  return pi;
}

} // namespace attnwalk::test
