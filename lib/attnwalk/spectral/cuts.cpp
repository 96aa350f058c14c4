// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/cuts.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace attnwalk::spectral {

namespace {

void add(GapReport& report, std::string name, std::optional<double> value, std::string method,
         std::string reason = {}) {
  report.bounds.push_back({std::move(name), value, std::move(method), std::move(reason)});
}

/// The fewest hops that must join any two vertices: dist <= floor(arccosh(sqrt(..)) / arccosh(..))
/// + 1 with X and Y the two vertices of smallest degree.
std::optional<double> diameter_bound(const ReversibleWalk& walk, double g_lo, double top_hi) {
  if (!(g_lo > 0) || walk.size() < 2)
    return {};
  std::vector<double> d(walk.degree().begin(), walk.degree().end());
  std::partial_sort(d.begin(), d.begin() + 2, d.end());
  const double ratio = (walk.volume() - d[0]) / d[0] * ((walk.volume() - d[1]) / d[1]);
  const double above = std::acosh(std::max(1.0, std::sqrt(ratio)));
  if (top_hi <= g_lo) // all eigenvalues but the top one coincide: every pair is joined
    return 1;
  // arccosh((b + a)/(b - a)) = 2 artanh(sqrt(a/b)), which keeps the digits of a small a.
  return std::floor(above / (2 * std::atanh(std::sqrt(g_lo / top_hi))) + 1e-9) + 1;
}

/// The degrees of the two sides of a connected graph whose every edge joins a vertex of degree a to
/// one of degree b > a.
struct Sides {
  double a = 0;
  double b = 0;
};
std::optional<Sides> biregular(const ReversibleWalk& walk) {
  const auto [a, b] = std::minmax_element(walk.degree().begin(), walk.degree().end());
  const Sides sides{*a, *b};
  const CsrView<double>& W = walk.weights();
  for (Index i = 0; i < W.rows; ++i)
    for (const Index j : W.row(i))
      if (walk.degree()[i] + walk.degree()[j] != sides.a + sides.b ||
          walk.degree()[i] == walk.degree()[j])
        return {};
  return sides;
}

bool unweighted(const CsrView<double>& W) {
  return W.values == nullptr ||
         std::all_of(W.values, W.values + W.entries(), [](double w) { return w == 1; });
}

void verdict(GapReport& report, double lo, double hi, double bound, const std::string& rule) {
  const double tolerance = 1e-9;
  if (hi <= bound + tolerance)
    add(report, "ramanujan", 1, rule);
  else if (lo > bound + tolerance)
    add(report, "ramanujan", 0, rule);
  else
    add(report, "ramanujan", {}, rule,
        message("the interval [", lo, ", ", hi, "] holds the bound ", bound));
}

void compare_regular(GapReport& report, const ReversibleWalk& walk,
                     const pattern::Structure& structure, const ExtremalPairs& ends) {
  const std::string simple = "only for simple regular graphs: ";
  if (!unweighted(walk.weights()) || structure.loops > 0) {
    const std::string reason =
        simple + (structure.loops > 0 ? "this one has loops" : "this one has weights");
    add(report, "alon_boppana", {}, "", reason);
    add(report, "ramanujan", {}, "", reason);
    return;
  }
  const bool bipartite = structure.bipartite_components > 0;
  const std::optional<Sides> sides =
      bipartite && !structure.regular ? biregular(walk) : std::nullopt;
  if (sides) {
    add(report, "alon_boppana", {}, "", simple + "this one is biregular");
    const double bound =
        (std::sqrt(sides->a - 1) + std::sqrt(sides->b - 1)) / std::sqrt(sides->a * sides->b);
    verdict(report, 1 - ends.second.gap_hi, 1 - ends.second.gap_lo, bound,
            "sigma_2 <= sqrt(a-1) + sqrt(b-1)");
    return;
  }
  if (!structure.regular) {
    add(report, "alon_boppana", {}, "", simple + "degrees differ, global tokens beat it for free");
    add(report, "ramanujan", {}, "", simple + "degrees differ");
    return;
  }
  const auto d = static_cast<double>(*structure.regular);
  const double root = 2 * std::sqrt(std::max(0.0, d - 1));
  // The bound grows with D, so a lower bound on the diameter is what it may use.
  if (structure.diameter_at_least >= 2) {
    const auto D = static_cast<double>(structure.diameter_at_least);
    const double balls = root * std::cos(std::numbers::pi / (std::floor(D / 2) + 1));
    const double classical = root * (1 - 2 / D) - 2 / D;
    add(report, "alon_boppana", std::max(balls, classical) / d,
        message("two balls, diameter at least ", D));
  } else {
    add(report, "alon_boppana", {}, "", "needs a diameter of at least 2");
  }
  // A bipartite graph's -1 does not count, and its spectrum is symmetric.
  const double hi2 = 1 - ends.second.gap_lo;
  const double lo2 = 1 - ends.second.gap_hi;
  const double hi = bipartite ? hi2 : std::max(hi2, 1 - ends.last.gap_lo);
  const double lo = bipartite ? lo2 : std::max(lo2, 1 - ends.last.gap_hi);
  verdict(report, lo, hi, root / d, "|l| <= 2 sqrt(d-1)/d");
}

/// W(S, S^c) / min(vol S, vol S^c) of the first `length` vertices by rank: sums of positive terms.
double conductance(const ReversibleWalk& walk, const std::vector<Index>& rank, std::size_t length) {
  const CsrView<double>& W = walk.weights();
  double cut = 0;
  double inside = 0;
  double outside = 0;
  for (Index i = 0; i < W.rows; ++i) {
    const bool in = static_cast<std::size_t>(rank[i]) < length;
    (in ? inside : outside) += walk.degree()[i];
    if (in)
      for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e)
        if (static_cast<std::size_t>(rank[W.columns[e]]) >= length)
          cut += W.value(e);
  }
  return cut / std::min(inside, outside);
}

} // namespace

SweepCut sweep_cut(const ReversibleWalk& walk, std::span<const double> x, bool set) {
  const CsrView<double>& W = walk.weights();
  const auto n = static_cast<std::size_t>(W.rows);
  std::vector<double> level(n);
  for (std::size_t i = 0; i < n; ++i)
    level[i] = x[i] / std::sqrt(walk.degree()[i]);
  std::vector<Index> order(n), rank(n);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&level](Index i, Index j) {
    const double a = level[i];
    const double b = level[j];
    return a < b || (a == b && i < j);
  });
  for (std::size_t k = 0; k < n; ++k)
    rank[order[k]] = static_cast<Index>(k);

  SweepCut best;
  best.conductance = 1;
  std::size_t length = 0;
  double cut = 0;
  double volume = 0;
  for (std::size_t k = 0; k + 1 < n; ++k) {
    const Index i = order[k];
    for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e) {
      const Index other = rank[W.columns[e]];
      if (other != static_cast<Index>(k))
        cut += other > static_cast<Index>(k) ? W.value(e) : -W.value(e);
    }
    volume += walk.degree()[i];
    const double ratio = std::max(0.0, cut) / std::min(volume, walk.volume() - volume);
    if (length == 0 || ratio < best.conductance) {
      best.conductance = ratio;
      length = k + 1;
    }
  }
  best.conductance = conductance(walk, rank, length);
  best.rayleigh = walk.gap(x);
  const bool head = 2 * length <= n;
  best.size = static_cast<Index>(head ? length : n - length);
  if (set) {
    const auto middle = order.begin() + static_cast<std::ptrdiff_t>(length);
    best.set.assign(head ? order.begin() : middle, head ? middle : order.end());
    std::sort(best.set.begin(), best.set.end());
  }
  return best;
}

void append_cut_bounds(GapReport& report, const ReversibleWalk& walk,
                       const pattern::Structure& structure, const ExtremalPairs& ends,
                       bool sweep_set) {
  if (structure.components > 1) {
    add(report, "cheeger_lo", 0, "graph search");
    add(report, "cheeger_hi", 0, "graph search");
    return;
  }
  const ExtremalPair& second = ends.second;
  const double hi = second.gap_hi;
  report.sweep = sweep_cut(walk, second.vector, sweep_set);
  // Lower ends from a random start hold with a probability only.
  const auto caveat = [](double confidence) {
    return confidence < 1 ? message("holds with probability ", confidence) : std::string();
  };
  const std::string by_second = caveat(second.confidence);
  const std::string by_last = caveat(ends.last.confidence);
  const std::string by_both = by_second.empty() ? by_last : by_second; // of one search, if at all
  add(report, "cheeger_lo", second.gap_lo / 2, "g/2", by_second);
  const double middle = hi < 1 ? std::sqrt(hi * (2 - hi)) : 1; // falls again beyond g = 1
  const bool by_sweep = report.sweep->conductance <= middle;
  add(report, "cheeger_hi", std::min(middle, report.sweep->conductance),
      by_sweep ? "sweep cut" : "sqrt(g(2-g))");

  const auto [least, most] = std::minmax_element(walk.degree().begin(), walk.degree().end());
  std::vector<double> off(walk.degree().size(), 0.0); // d_i - W_ii, not by subtraction
  const CsrView<double>& W = walk.weights();
  for (Index i = 0; i < W.rows; ++i)
    for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e)
      if (W.columns[e] != i)
        off[i] += W.value(e);
  const auto n = static_cast<double>(W.rows);
  const double fiedler = n / (n - 1) * *std::min_element(off.begin(), off.end());
  add(report, "connectivity_lo", second.gap_lo * *least, "g d_min", by_second);
  add(report, "connectivity_hi", std::min(hi * *most, fiedler),
      fiedler <= hi * *most ? "n/(n-1) min(d - w)" : "g d_max");

  const double top_hi = 2 - ends.last.gap_lo; // 1 - lambda_n
  const std::optional<double> diameter = diameter_bound(walk, second.gap_lo, top_hi);
  add(report, "diameter_hi", diameter, "Chung-Faber-Manteuffel",
      diameter ? by_both : "no positive lower end of the gap is known");
  add(report, "resistance_lo", 2 / *most / top_hi, "(1/d_i + 1/d_j)/(1 - lambda_n)", by_last);
  add(report, "resistance_hi",
      second.gap_lo > 0 ? std::optional(2 / *least / second.gap_lo) : std::nullopt,
      "(1/d_i + 1/d_j)/g",
      second.gap_lo > 0 ? by_second : "no positive lower end of the gap is known");

  compare_regular(report, walk, structure, ends);
  if (!unweighted(W)) {
    add(report, "irregular_reference", {}, "", "only for graphs without weights");
    return;
  }
  double numerator = 0;
  double denominator = 0;
  for (const double d : walk.degree()) {
    numerator += 2 * d * std::sqrt(std::max(0.0, d - 1));
    denominator += d * d;
  }
  add(report, "irregular_reference", numerator / denominator, "2 sum d sqrt(d-1) / sum d^2",
      "a reference under degree conditions, not a bound");
}

} // namespace attnwalk::spectral
