// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/classes.hpp"

#include "attnwalk/solvers/dense.hpp"
#include "attnwalk/sparse/restrict.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();

/// Solves (I - A_TT) X = R by Gauss-Seidel. `order` lists T sinks first, so that what a token
/// depends on outside its own component is known: triangular walks take one sweep.
class AbsorptionSystem {
public:
  AbsorptionSystem(const CsrView<double>& A, const std::vector<Index>& order)
      : A_(A), order_(order), number_(A.rows, -1) {
    for (std::size_t t = 0; t < order.size(); ++t)
      number_[order[t]] = static_cast<Index>(t);
  }

  /// The probability per token of T to step straight into `target`.
  [[nodiscard]] std::vector<double> into(const std::vector<Index>& target) const {
    std::vector<char> inside(number_.size(), 0);
    for (const Index i : target)
      inside[i] = 1;
    std::vector<double> r(order_.size(), 0.0);
    for (std::size_t t = 0; t < order_.size(); ++t)
      for (Index e = A_.offsets[order_[t]]; e < A_.offsets[order_[t] + 1]; ++e)
        if (inside[A_.columns[e]] != 0)
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
        const Index j = number_[A_.columns[e]];
        if (j == static_cast<Index>(t))
          continue;
        leave += A_.value(e);
        if (j >= 0)
          sum += A_.value(e) * x[j];
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
        if (const Index j = number_[A_.columns[e]]; j >= 0)
          sum += A_.value(e) * x[j];
      worst = std::max(worst, std::abs(sum));
    }
    return worst;
  }

  /// Elimination without subtractions, last token first, as in [grassmann1985]: what a token passes
  /// on to an eliminated one is shared out as that one would. Every entry of every solution has
  /// full relative accuracy, however slow the way out. `right` becomes the solutions.
  void eliminate(std::vector<std::vector<double>>& right) const {
    const auto t = static_cast<Index>(order_.size());
    solvers::DenseMatrix B(t); // B(j, i) leads from i to j, so that what leaves i is contiguous
    std::fill(B.a.begin(), B.a.end(), 0.0);
    std::vector<double> out(order_.size(), 0.0); // to closed classes
    for (Index i = 0; i < t; ++i)
      for (Index e = A_.offsets[order_[i]]; e < A_.offsets[order_[i] + 1]; ++e) {
        const Index j = number_[A_.columns[e]];
        (j >= 0 ? B(j, i) : out[i]) += A_.value(e);
      }
    std::vector<double> leave(order_.size());
    for (Index k = t; k-- > 0;) {
      double sum = out[k];
      for (Index j = 0; j < k; ++j)
        sum += B(j, k);
      leave[k] = sum;
      for (Index i = 0; i < k; ++i) {
        const double through = B(k, i) / sum;
        if (through == 0)
          continue;
        for (Index j = 0; j < k; ++j)
          B(j, i) += through * B(j, k);
        out[i] += through * out[k];
        for (auto& r : right)
          r[i] += through * r[k];
      }
    }
    for (auto& r : right)
      for (Index k = 0; k < t; ++k) {
        for (Index j = 0; j < k; ++j)
          r[k] += B(j, k) * r[j];
        r[k] /= leave[k];
      }
  }

private:
  CsrView<double> A_;
  const std::vector<Index>& order_;
  std::vector<Index> number_;
};

} // namespace

std::vector<std::vector<Index>> members(const pattern::Labels& labels) {
  std::vector<std::vector<Index>> parts(labels.count);
  for (std::size_t i = 0; i < labels.of.size(); ++i)
    parts[labels.of[i]].push_back(static_cast<Index>(i));
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
  std::vector<double> x(n, 1.0);
  std::vector<double> y(n);
  Radius best{0, 0, 1, false};
  for (Index round = 0; round < how.max_products && !best.converged; ++round) {
    poll(how.monitor, "transient radius");
    double low = 1;
    double high = 0;
    double top = 0;
    for (Index i = 0; i < n; ++i) {
      double sum = 0;
      for (Index e = B.offsets[i]; e < B.offsets[i + 1]; ++e)
        sum += B.value(e) * x[B.columns[e]];
      y[i] = sum;
      low = std::min(low, sum / x[i]);
      high = std::max(high, sum / x[i]);
      top = std::max(top, sum + x[i]);
    }
    best.lo = std::max(best.lo, low);
    best.hi = std::min(best.hi, high);
    best.converged = best.hi - best.lo <= 1e-13;
    for (Index i = 0; i < n; ++i)
      x[i] = (x[i] + y[i]) / top;
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
    const Csr<double> B = sparse::restricted(A, parts[label]);
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
    right.push_back(system.into(parts[label]));
  // With X > 0 and the residual of (I - A_TT) hops = 1 at most c, hops are right up to the part c.
  constexpr Index patience = 500;
  constexpr double settled = 1e-15;
  constexpr double proved = 1e-9;
  const bool dense = static_cast<Index>(order.size()) <= how.dense_below;
  std::vector<std::vector<double>> solved;
  for (const auto& r : right) {
    std::vector<double> x(order.size(), 0.0);
    double change = 1;
    for (Index sweep = 0; sweep < (dense ? patience : how.max_products) && change > settled;
         ++sweep)
      change = system.sweep(r, x);
    solved.push_back(std::move(x));
  }
  const double longest = *std::max_element(solved.front().begin(), solved.front().end());
  bool sure = system.residual(right.front(), solved.front()) <= proved;
  for (std::size_t k = 1; k < solved.size(); ++k)
    sure = sure && system.residual(right[k], solved[k]) * longest <= proved;
  if (!sure && dense) {
    solved = right;
    system.eliminate(solved);
  }
  for (std::size_t k = 0; k < solved.size(); ++k)
    out.residual = std::max(out.residual, system.residual(right[k], solved[k]));
  out.hops = std::move(solved.front());
  out.absorbed.assign(std::make_move_iterator(solved.begin() + 1),
                      std::make_move_iterator(solved.end()));
  return out;
}

} // namespace attnwalk::spectral
