// SPDX-License-Identifier: Apache-2.0
#include "truth/exact_walk.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace attnwalk::test {

namespace {

using Members = std::vector<std::size_t>;

/// Rounding of everything here: eigenvalues of structure, such as a 1, come out within it.
const Real rounding("1e-50");

Bracket at(const Real& x) {
  return {x - rounding, x + rounding};
}

RealMatrix dense(const CsrView<double>& W) {
  RealMatrix out(W.rows, W.cols);
  for (Index i = 0; i < W.rows; ++i) {
    for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e)
      out(i, W.columns[e]) = W.value(e);
    if (W.degree(i) == 0 && W.rows == W.cols)
      out(i, i) = 1;
  }
  return out;
}

std::vector<Real> row_sums(const RealMatrix& W) {
  std::vector<Real> d(W.rows, Real(0));
  for (std::size_t i = 0; i < W.rows; ++i)
    for (std::size_t j = 0; j < W.cols; ++j)
      d[i] += W(i, j);
  return d;
}

/// Who can be reached from whom, and in how many hops; -1 if not.
std::vector<std::vector<Index>> hops(const RealMatrix& A) {
  std::vector<std::vector<Index>> out(A.rows, std::vector<Index>(A.rows, -1));
  for (std::size_t i = 0; i < A.rows; ++i) {
    Members open{i};
    out[i][i] = 0;
    for (std::size_t next = 0; next < open.size(); ++next)
      for (std::size_t j = 0; j < A.rows; ++j)
        if (A(open[next], j) > 0 && out[i][j] < 0) {
          out[i][j] = out[i][open[next]] + 1;
          open.push_back(j);
        }
  }
  return out;
}

std::vector<Members> closed_classes(const std::vector<std::vector<Index>>& reach) {
  std::vector<Members> out;
  for (std::size_t i = 0; i < reach.size(); ++i) {
    Members members;
    bool closed = true;
    for (std::size_t j = 0; j < reach.size(); ++j)
      if (reach[i][j] >= 0) {
        closed = closed && reach[j][i] >= 0;
        members.push_back(j);
      }
    if (closed && members.front() == i)
      out.push_back(std::move(members));
  }
  return out;
}

/// The spectral radius, from the matrix and from its transpose in the opposite order: what differs
/// is the error of ill-conditioned eigenvalues.
Bracket radius(const RealMatrix& X) {
  const Real one = spectral_radius(X);
  RealMatrix turned(X.rows, X.cols);
  for (std::size_t i = 0; i < X.rows; ++i)
    for (std::size_t j = 0; j < X.cols; ++j)
      turned(X.rows - 1 - j, X.cols - 1 - i) = X(i, j);
  const Real other = spectral_radius(turned);
  const Real apart = 1000 * abs(one - other) + rounding;
  return {std::min(one, other) - apart, std::max(one, other) + apart};
}

/// The numbers of an irreducible walk that live in the coordinates of pi, and its slem.
void add_class(std::map<std::string, Bracket>& out, const RealMatrix& A,
               const std::vector<Real>& pi, int steps) {
  const std::size_t n = A.rows;
  if (n < 2)
    return;
  RealMatrix D(n, n), S(n, n), L(n, n);
  std::vector<Real> q(n);
  for (std::size_t i = 0; i < n; ++i)
    q[i] = sqrt(pi[i]);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      D(i, j) = q[i] * A(i, j) / q[j] - q[i] * q[j];
      L(i, j) = Real(i == j ? 1 : 0) - D(i, j);
    }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      S(i, j) = (D(i, j) + D(j, i)) / 2 - 3 * q[i] * q[j];
  const Real top = symmetric_eigenvalues(S, {n - 1}).front();
  out["additive"] = at(top);
  // I - D is I - M + q q': one more singular value, which is 1 and no smaller than the least of all
  // others only if that is below 1. So q goes to 3 instead.
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      L(i, j) += 2 * q[i] * q[j];
  const Real least = symmetric_eigenvalues(product(transpose(L), L), {0}).front();
  out["chatterjee"] = at(sqrt(std::max(Real(0), least)));
  out["slem"] = radius(D);

  bool symmetric = true;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      symmetric = symmetric && abs(D(i, j) - D(j, i)) < Real("1e-9") * (abs(D(i, j)) + q[i] * q[j]);
  // Of a walk that is reversible but for rounding: real eigenvalues, if the pairs do not meet.
  if (symmetric) {
    RealMatrix up = D, down = D;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        up(i, j) -= 3 * q[i] * q[j];
        down(i, j) = -down(i, j) - 3 * q[i] * q[j];
      }
      up(i, i) += 2;
      down(i, i) += 2;
    }
    const Bracket second = radius(up), last = radius(down);
    out["lambda_2"] = {second.lo - 2, second.hi - 2};
    out["lambda_n"] = {2 - last.hi, 2 - last.lo};
  }

  // (1 - ||D^k||^2)/k <= 1/k: no later k can matter once 1/k is below the best.
  Real pseudo = 0;
  RealMatrix X = D;
  int k = 1;
  for (;; ++k) {
    const Real size = norm_2(X);
    if (k == 1)
      out["sigma_2"] = at(size);
    if (k == steps)
      out["k_step"] = size > 0 ? at(pow(size, Real(1) / k)) : at(Real(0));
    pseudo = std::max(pseudo, Real((1 - size * size) / k));
    if (k >= steps && (Real(1) / (k + 1) <= pseudo || k >= 2 * steps))
      break;
    X = product(X, D);
  }
  out["pseudo_gap"] = {pseudo - rounding, std::max(pseudo, Real(Real(1) / (k + 1))) + rounding};
}

void add_undirected(ExactWalk& out, const RealMatrix& W, const std::vector<Real>& d) {
  const std::size_t n = W.rows;
  RealMatrix N(n, n), L(n, n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      N(i, j) = W(i, j) / sqrt(d[i] * d[j]);
      L(i, j) = (i == j ? d[i] : Real(0)) - W(i, j);
    }
  Members all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const std::vector<Real> l = symmetric_eigenvalues(N, n <= 16 ? all : Members{0, n - 2});
  const Real& last = l.front();
  const Real& next = n <= 16 ? l[n - 2] : l.back();
  const Real both = std::max(abs(next), abs(last));
  for (const char* name : {"lambda_2", "additive"})
    out.values[name] = at(next);
  out.values["lambda_n"] = at(last);
  for (const char* name : {"slem", "sigma_2", "k_step"})
    out.values[name] = at(both);
  out.values["chatterjee"] = at(1 - next);
  out.values["pseudo_gap"] = at(1 - both * both);
  out.connectivity = symmetric_eigenvalues(L, {1}).front();
  if (n > 16)
    return;
  Real sum = 0;
  for (std::size_t i = 0; i + 1 < n; ++i)
    sum += 1 / (1 - l[i]);
  out.kemeny = sum;
  if (n > 12)
    return;
  Real volume = 0;
  for (const Real& x : d)
    volume += x;
  Real best = 1;
  for (unsigned set = 1; set >> (n - 1) == 0; ++set) { // the last token stays outside
    Real inside = 0, cut = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if ((set >> i & 1U) == 0)
        continue;
      inside += d[i];
      for (std::size_t j = 0; j < n; ++j)
        if ((set >> j & 1U) == 0)
          cut += W(i, j);
    }
    best = std::min(best, Real(cut / std::min(inside, Real(volume - inside))));
  }
  out.conductance = best;
}

void add_coefficients(std::map<std::string, Bracket>& out, const RealMatrix& A) {
  const std::size_t n = A.rows;
  Real delta = 0;
  RealMatrix C = A;
  for (std::size_t j = 0; j < n; ++j) {
    Real least = 1, mean = 0;
    for (std::size_t i = 0; i < n; ++i) {
      least = std::min(least, A(i, j));
      mean += A(i, j) / n;
    }
    delta += least;
    for (std::size_t i = 0; i < n; ++i)
      C(i, j) -= mean;
  }
  out["doeblin"] = at(delta);
  out["consensus"] = at(norm_2(C));
  if (n < 2)
    return;
  Real apart = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      Real sum = 0;
      for (std::size_t k = 0; k < n; ++k)
        sum += abs(A(i, k) - A(j, k));
      apart = std::max(apart, Real(sum / 2));
    }
  out["dobrushin"] = at(apart);
}

Real distance(const RealMatrix& power, const std::vector<Real>& pi) {
  Real worst = 0;
  for (std::size_t i = 0; i < power.rows; ++i) {
    Real sum = 0;
    for (std::size_t j = 0; j < power.rows; ++j)
      sum += abs(power(i, j) - pi[j]);
    worst = std::max(worst, Real(sum / 2));
  }
  return worst;
}

/// d(k) and the mixing time: d never rises, so that squarings and a bisection find it.
void add_distances(ExactWalk& out, const RealMatrix& A, int steps) {
  RealMatrix X = A;
  for (int k = 1; k <= steps; ++k) {
    out.distance.push_back(distance(X, out.pi));
    X = product(X, A);
  }
  const Real quarter = Real(1) / 4;
  std::vector<RealMatrix> squares{A};
  while (distance(squares.back(), out.pi) > quarter) {
    if (squares.size() > 40)
      return;
    squares.push_back(product(squares.back(), squares.back()));
  }
  // The largest k that is not mixed, bit by bit.
  Index unmixed = 0;
  RealMatrix power;
  for (std::size_t bit = squares.size() - 1; bit-- > 0;) {
    RealMatrix trial = unmixed == 0 ? squares[bit] : product(power, squares[bit]);
    if (distance(trial, out.pi) > quarter) {
      unmixed += Index{1} << bit;
      power = std::move(trial);
    }
  }
  out.mixing_time = unmixed + 1;
}

Real defect(const RealMatrix& A, const std::vector<Real>& pi) {
  Real difference = 0, total = 0;
  for (std::size_t i = 0; i < A.rows; ++i)
    for (std::size_t j = 0; j < A.rows; ++j) {
      const Real forth = pi[i] * A(i, j), back = pi[j] * A(j, i);
      difference += (forth - back) * (forth - back);
      total += forth * forth;
    }
  return sqrt(difference / total);
}

Bracket larger(const Bracket& a, const Bracket& b) {
  return {std::max(a.lo, b.lo), std::max(a.hi, b.hi)};
}

void add_rectangle(ExactWalk& out, const RealMatrix& B) {
  std::vector<Real> rows = row_sums(B), cols = row_sums(transpose(B));
  RealMatrix N = B;
  for (std::size_t i = 0; i < B.rows; ++i)
    for (std::size_t j = 0; j < B.cols; ++j)
      if (B(i, j) > 0)
        N(i, j) /= sqrt(rows[i] * cols[j]);
  const RealMatrix gram = product(N, transpose(N));
  if (gram.rows < 2)
    return;
  const Real square = symmetric_eigenvalues(gram, {gram.rows - 2}).front();
  out.values["sigma_2_bipartite"] = at(sqrt(std::max(Real(0), square)));
}

} // namespace

ExactWalk exact_walk(const CsrView<double>& weights, const ExactOptions& how) {
  ExactWalk out;
  const RealMatrix W = dense(weights);
  if (W.rows != W.cols) {
    add_rectangle(out, W);
    return out;
  }
  const std::size_t n = W.rows;
  const std::vector<Real> d = row_sums(W);
  RealMatrix A = W;
  bool symmetric = true, causal = true;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      A(i, j) /= d[i];
      symmetric = symmetric && W(i, j) == W(j, i);
      causal = causal && (j <= i || W(i, j) == 0);
    }
  add_coefficients(out.values, A);
  const auto reach = hops(A);
  const std::vector<Members> classes = closed_classes(reach);
  const bool irreducible = classes.front().size() == n;
  if (irreducible) {
    Index longest = 0;
    for (const auto& row : reach)
      longest = std::max(longest, *std::max_element(row.begin(), row.end()));
    out.diameter = longest;
  }
  if (classes.size() == 1) {
    out.pi.assign(n, Real(0));
    const std::vector<Real> inside = stationary(restricted(A, classes.front()));
    for (std::size_t k = 0; k < inside.size(); ++k)
      out.pi[classes.front()[k]] = inside[k];
    out.reversibility = defect(A, out.pi);
  }
  if (causal) {
    Bracket most = at(Real(0)), least = at(A(0, 0));
    for (std::size_t i = 1; i < n; ++i) {
      most = larger(most, at(A(i, i)));
      least.lo = std::min(least.lo, Real(A(i, i) - rounding));
      least.hi = std::min(least.hi, Real(A(i, i) + rounding));
    }
    if (n > 1) {
      out.values["lambda_2"] = out.values["slem"] = most;
      out.values["lambda_n"] = least;
    }
  } else if (symmetric && n > 1) {
    add_undirected(out, W, d);
  } else if (classes.size() == 1) {
    const Members& keep = classes.front();
    const RealMatrix inside = restricted(A, keep);
    std::vector<Real> pi;
    for (const std::size_t i : keep)
      pi.push_back(out.pi[i]);
    add_class(out.values, inside, pi, how.steps);
    if (!irreducible) {
      Members open;
      for (std::size_t i = 0; i < n; ++i)
        if (reach[keep.front()][i] < 0)
          open.push_back(i);
      const Bracket rest = radius(restricted(A, open));
      out.values["transient_radius"] = rest;
      out.values["slem"] = keep.size() == 1 ? rest : larger(out.values["slem"], rest);
    }
  } else {
    out.values["lambda_2"] = out.values["slem"] = {1, 1};
    for (const Members& keep : classes) {
      const RealMatrix inside = restricted(A, keep);
      ExactWalk::Class part{static_cast<Index>(keep.size()), {}};
      add_class(part.values, inside, stationary(inside), how.steps);
      out.classes.push_back(std::move(part));
    }
  }
  if (how.distances && classes.size() == 1 && !causal)
    add_distances(out, A, how.steps);
  return out;
}

} // namespace attnwalk::test
