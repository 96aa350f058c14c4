// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/classes.hpp"

#include "attnwalk/spectral/dense.hpp"
#include "attnwalk/spectral/walk.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// Solves (I - A_TT) X = R by Gauss-Seidel. `order` lists T sinks first, so that what a token
/// depends on outside its own component is known: triangular walks take one sweep.
class AbsorptionSystem {
public:
  AbsorptionSystem(const CsrView<double>& A, const std::vector<Index>& order)
      : A_(A), order_(order), number_(at(A.rows), -1) {
    for (std::size_t t = 0; t < order.size(); ++t)
      number_[at(order[t])] = static_cast<Index>(t);
  }

  /// The probability per token of T to step straight into `target`.
  [[nodiscard]] std::vector<double> into(const std::vector<Index>& target) const {
    std::vector<char> inside(number_.size(), 0);
    for (const Index i : target)
      inside[at(i)] = 1;
    std::vector<double> r(order_.size(), 0.0);
    for (std::size_t t = 0; t < order_.size(); ++t)
      for (Index e = A_.offsets[order_[t]]; e < A_.offsets[order_[t] + 1]; ++e)
        if (inside[at(A_.columns[e])] != 0)
          r[t] += A_.value(e);
    return r;
  }

  /// One sweep; returns the largest change relative to the largest entry.
  double sweep(const std::vector<double>& r, std::vector<double>& x) const {
    double change = 0;
    double size = 0;
    for (std::size_t t = 0; t < order_.size(); ++t) {
      double sum = r[t];
      double leave = 0;
      for (Index e = A_.offsets[order_[t]]; e < A_.offsets[order_[t] + 1]; ++e) {
        const Index j = number_[at(A_.columns[e])];
        if (j == static_cast<Index>(t))
          continue;
        leave += A_.value(e);
        if (j >= 0)
          sum += A_.value(e) * x[at(j)];
      }
      const double next = sum / leave;
      change = std::max(change, std::abs(next - x[t]));
      size = std::max(size, next);
      x[t] = next;
    }
    return size > 0 ? change / size : 0;
  }

  [[nodiscard]] double residual(const std::vector<double>& r, const std::vector<double>& x) const {
    double worst = 0;
    for (std::size_t t = 0; t < order_.size(); ++t) {
      double sum = r[t] - x[t];
      for (Index e = A_.offsets[order_[t]]; e < A_.offsets[order_[t] + 1]; ++e)
        if (const Index j = number_[at(A_.columns[e])]; j >= 0)
          sum += A_.value(e) * x[at(j)];
      worst = std::max(worst, std::abs(sum));
    }
    return worst;
  }

  [[nodiscard]] Square dense() const {
    Square B(static_cast<Index>(order_.size()));
    std::fill(B.a.begin(), B.a.end(), 0.0);
    for (Index t = 0; t < B.n; ++t) {
      B(t, t) = 1;
      for (Index e = A_.offsets[order_[at(t)]]; e < A_.offsets[order_[at(t)] + 1]; ++e)
        if (const Index j = number_[at(A_.columns[e])]; j >= 0)
          B(t, j) -= A_.value(e);
    }
    return B;
  }

private:
  CsrView<double> A_;
  const std::vector<Index>& order_;
  std::vector<Index> number_;
};

std::vector<double> times(const Square& B, const std::vector<double>& r) {
  std::vector<double> x(r.size(), 0.0);
  for (Index j = 0; j < B.n; ++j)
    for (Index i = 0; i < B.n; ++i)
      x[at(i)] += B(i, j) * r[at(j)];
  return x;
}

} // namespace

std::vector<std::vector<Index>> members(const pattern::Labels& labels) {
  std::vector<std::vector<Index>> parts(at(labels.count));
  for (std::size_t i = 0; i < labels.of.size(); ++i)
    parts[at(labels.of[i])].push_back(static_cast<Index>(i));
  return parts;
}

Radius perron_radius(const CsrView<double>& B, const GapOptions& how) {
  const Index n = B.rows;
  Index longest = 0;
  for (Index i = 0; i < n; ++i)
    longest = std::max(longest, B.degree(i));
  const double rounding = static_cast<double>(longest + 16) * eps; // of weights, sums and quotients
  if (n == 1) {
    const double loop = B.entries() == 0 ? 0 : B.value(0);
    return {loop, loop * (1 - rounding), std::min(1.0, loop * (1 + rounding)), true};
  }
  std::vector<double> x(at(n), 1.0);
  std::vector<double> y(at(n));
  Radius best{0, 0, 1, false};
  for (Index round = 0; round < how.max_products && !best.converged; ++round) {
    poll(how.monitor, "transient radius");
    double low = 1;
    double high = 0;
    double top = 0;
    for (Index i = 0; i < n; ++i) {
      double sum = 0;
      for (Index e = B.offsets[i]; e < B.offsets[i + 1]; ++e)
        sum += B.value(e) * x[at(B.columns[e])];
      y[at(i)] = sum;
      low = std::min(low, sum / x[at(i)]);
      high = std::max(high, sum / x[at(i)]);
      top = std::max(top, sum + x[at(i)]);
    }
    best.lo = std::max(best.lo, low);
    best.hi = std::min(best.hi, high);
    best.converged = best.hi - best.lo <= 1e-13;
    for (Index i = 0; i < n; ++i)
      x[at(i)] = (x[at(i)] + y[at(i)]) / top;
  }
  best.value = 0.5 * (best.lo + best.hi);
  best.lo *= 1 - rounding;
  best.hi = std::min(1.0, best.hi * (1 + rounding));
  return best;
}

Transient transient_part(const CsrView<double>& A, const std::vector<std::vector<Index>>& parts,
                         const std::vector<Index>& closed, const std::vector<char>& is_open,
                         const GapOptions& how) {
  Transient out;
  std::vector<Index> order;
  for (std::size_t label = 0; label < parts.size(); ++label) {
    if (is_open[label] == 0)
      continue;
    order.insert(order.end(), parts[label].begin(), parts[label].end());
    const Csr<double> B = restricted(A, parts[label]);
    const Radius r = perron_radius(B.view(), how);
    out.radius.value = std::max(out.radius.value, r.value);
    out.radius.lo = std::max(out.radius.lo, r.lo);
    out.radius.hi = std::max(out.radius.hi, r.hi);
    out.radius.converged = out.radius.converged && r.converged;
  }
  if (order.empty())
    return out;

  const AbsorptionSystem system(A, order);
  std::vector<std::vector<double>> right{std::vector<double>(order.size(), 1.0)};
  for (const Index label : closed)
    right.push_back(system.into(parts[at(label)]));
  constexpr Index patience = 500;
  constexpr double settled = 1e-15;
  std::optional<Square> solver;
  for (const auto& r : right) {
    std::vector<double> x(order.size(), 0.0);
    double change = 1;
    for (Index sweep = 0; sweep < patience && change > settled && !solver; ++sweep)
      change = system.sweep(r, x);
    if (change > settled && static_cast<Index>(order.size()) <= how.dense_below) {
      if (!solver)
        solver = inverse(system.dense(), 1).matrix;
      x = times(*solver, r);
    }
    for (Index sweep = patience; sweep < how.max_products && change > settled && !solver; ++sweep)
      change = system.sweep(r, x);
    out.residual = std::max(out.residual, system.residual(r, x));
    (out.hops.empty() ? out.hops : out.absorbed.emplace_back()) = std::move(x);
  }
  return out;
}

} // namespace attnwalk::spectral
