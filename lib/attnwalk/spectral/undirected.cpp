// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/undirected.hpp"

#include "attnwalk/core/timing.hpp"
#include "attnwalk/solvers/ritz_pairs.hpp"
#include "attnwalk/sparse/restrict.hpp"
#include "attnwalk/spectral/classes.hpp"
#include "attnwalk/spectral/cuts.hpp"
#include "attnwalk/spectral/density.hpp"
#include "attnwalk/spectral/extremal_pairs.hpp"
#include "attnwalk/spectral/kemeny.hpp"
#include "attnwalk/spectral/make_gap.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr const char* search = "graph search";
/// Dense is exact, quick and certified below this, and Krylov spaces have no room.
constexpr Index always_dense = 48;

Status worse(Status a, Status b) {
  return static_cast<int>(a) > static_cast<int>(b) ? a : b;
}

Interval second_interval(const ExtremalPair& e) {
  return {1 - e.gap, 1 - e.gap_hi, 1 - e.gap_lo, e.gap, e.gap_lo, e.gap_hi};
}

/// The interval of lambda_n; gap = 1 + value.
Interval last_interval(const ExtremalPair& e) {
  return {e.gap - 1, e.gap_lo - 1, e.gap_hi - 1, e.gap, e.gap_lo, e.gap_hi};
}

ExtremalPair exact(double gap) {
  ExtremalPair end;
  end.gap = end.gap_lo = end.gap_hi = gap;
  end.status = Status::certified;
  end.method = search;
  return end;
}

/// slem: the smaller of the two gaps. lambda_2 < 0 is no exception, since then 1 + lambda_n < 1.
ExtremalPair slem_of(const ExtremalPair& second, const ExtremalPair& last) {
  const bool top = second.gap <= last.gap;
  ExtremalPair end = exact(std::min(second.gap, last.gap));
  end.gap_lo = std::min(second.gap_lo, last.gap_lo);
  end.gap_hi = std::min(second.gap_hi, last.gap_hi);
  const ExtremalPair& ruling = top ? second : last;
  const ExtremalPair& other = top ? last : second;
  end.residual = ruling.residual;
  // An end that is far off cannot matter, however poorly it is known.
  const bool alone = other.gap_lo >= ruling.gap_hi;
  end.status = alone ? ruling.status : worse(ruling.status, other.status);
  end.confidence = std::min(second.confidence, last.confidence);
  end.method = std::string(top ? "lambda_2: " : "lambda_n: ") + ruling.method;
  end.reason = ruling.reason;
  return end;
}

Gap with(Gap gap, const ExtremalPair& end) {
  gap.residual = end.residual;
  gap.confidence = end.confidence;
  return gap;
}

/// The named quantities of a reversible walk.
void append_gaps(GapReport& report, const ExtremalPair& second, const ExtremalPair& last) {
  const auto add = [&report](std::string_view name, const Interval& x, const ExtremalPair& end) {
    report.gaps.push_back(with(make_gap(name, x, end.status, end.method, end.reason), end));
  };
  const auto add_gap = [&report](std::string_view name, const ExtremalPair& end, double value,
                                 double lo, double hi) {
    report.gaps.push_back(
        with(make_gap_as_value(name, value, lo, hi, end.status, end.method, end.reason), end));
  };
  const ExtremalPair slem = slem_of(second, last);
  add("lambda_2", second_interval(second), second);
  add("lambda_n", last_interval(last), last);
  add("slem", second_interval(slem), slem);
  add("sigma_2", second_interval(slem), slem);
  add("additive", second_interval(second), second);
  add_gap("chatterjee", second, second.gap, second.gap_lo, second.gap_hi);
  add("k_step", second_interval(slem), slem);
  // 1 - slem^2 = g (2 - g), and its rounding
  const auto squared = [](double g) { return g * (2 - g); };
  add_gap("pseudo_gap", slem, squared(slem.gap), squared(slem.gap_lo) * (1 - 4 * eps),
          std::min(1.0, squared(slem.gap_hi) * (1 + 4 * eps)));
}

Stationary by_degree(const ReversibleWalk& walk) {
  Stationary out;
  const auto n = static_cast<double>(walk.size());
  for (const double d : walk.degree()) {
    out.pi.push_back(d / walk.volume());
    out.tv_uniform += std::abs(out.pi.back() - 1 / n) / 2;
  }
  out.method = "degree";
  const auto [least, most] = std::minmax_element(out.pi.begin(), out.pi.end());
  out.min = *least;
  out.max = *most;
  out.residual = 8 * eps; // of d W D^-1 = d, rounded
  out.error_bound = 8 * eps;
  out.relative_error = 8 * n * eps;
  return out;
}

GapReport refused(const std::string& reason) {
  GapReport report;
  for (const std::string_view name : {"lambda_2", "lambda_n", "slem", "sigma_2", "additive",
                                      "chatterjee", "k_step", "pseudo_gap"})
    report.gaps.push_back(refusal(name, reason));
  return report;
}

/// The smaller of two 1 + lambda_n: ends that nothing reaches do not matter.
ExtremalPair lower(const ExtremalPair& a, const ExtremalPair& b) {
  ExtremalPair end = a.gap <= b.gap ? a : b;
  const ExtremalPair& other = a.gap <= b.gap ? b : a;
  if (other.gap_lo < end.gap_hi)
    end.status = worse(end.status, other.status);
  end.gap_lo = std::min(a.gap_lo, b.gap_lo);
  end.gap_hi = std::min(a.gap_hi, b.gap_hi);
  end.confidence = std::min(a.confidence, b.confidence);
  return end;
}

bool is_dense(Index n, const GapOptions& how) {
  return n <= std::max(always_dense, how.dense_below);
}

/// lambda_n of a graph in parts, and the whole spectrum if that is dense, part by part: equal parts,
/// as a dilated window has, make every eigenvalue of the whole a multiple one, which Lanczos cannot
/// tell apart.
ExtremalPairs pairs_of_parts(const CsrView<double>& W, Index parts, const GapOptions& how) {
  ExtremalPairs ends;
  ends.last = exact(2); // of isolated tokens with loops: the identity
  GapOptions each = how;
  each.failure = how.failure / static_cast<double>(parts);
  Index done = 0;
  for (const std::vector<Index>& keep : members(pattern::components(W))) {
    poll(how.monitor, "components", static_cast<double>(done) / static_cast<double>(parts));
    if (done++ > 0)
      ends.spectrum.push_back(1);
    if (keep.size() == 1)
      continue;
    const Csr<double> part = sparse::restricted(W, keep);
    const ReversibleWalk walk(part.view(), how.threads);
    const ExtremalPairs found =
        is_dense(walk.size(), how) ? dense_pairs(walk) : iterative_pairs(walk, false, each);
    ends.last = lower(ends.last, found.last);
    ends.spectrum.insert(ends.spectrum.end(), found.spectrum.begin(), found.spectrum.end());
  }
  std::sort(ends.spectrum.begin(), ends.spectrum.end(), std::greater<>());
  return ends;
}

/// lambda_2 = 1; what is left to know is lambda_n.
void disconnected(GapReport& report, ExtremalPairs& ends, const ReversibleWalk& walk,
                  const pattern::Structure& structure, const GapOptions& how) {
  ExtremalPair second = exact(0);
  second.reason = message(structure.components, " components");
  const bool known = structure.bipartite_components > 0;
  if (!known || is_dense(walk.size(), how)) {
    ExtremalPairs found = pairs_of_parts(walk.weights(), structure.components, how);
    ends.last = std::move(found.last);
    ends.spectrum = std::move(found.spectrum);
  }
  if (known)
    ends.last = exact(0);
  report.multiplicity_at_least = structure.components;
  report.stationary.status =
      message(structure.components, " components: pi is the one in proportion to "
                                    "the degrees, and not the only one");
  append_gaps(report, second, ends.last);
}

} // namespace

GapReport gap_undirected(const CsrView<double>& W, const pattern::Structure& structure,
                         const GapOptions& how) {
  require(W.rows == W.cols, Code::shape, "weights are ", W.rows, " x ", W.cols,
          "; an undirected walk needs a square matrix");
  if (W.rows == 0)
    return refused("there are no tokens");
  const ReversibleWalk walk(W, how.threads);
  const Index n = walk.size();
  GapReport report;
  if (n == 1)
    report = refused("a walk on one token has no second eigenvalue");
  report.kind = Kind::undirected;
  report.stationary = by_degree(walk);
  if (n == 1)
    return report;

  Stopwatch watch(report.timings);
  ExtremalPairs ends;
  const bool dense = is_dense(n, how);
  if (structure.components > 1) {
    disconnected(report, ends, walk, structure, how);
  } else {
    const bool bipartite = structure.bipartite_components > 0;
    ends = dense ? dense_pairs(walk) : iterative_pairs(walk, bipartite, how);
    if (bipartite)
      ends.last = exact(0);
    // l_n >= 2 s - 1 if every row keeps the fraction s for itself.
    ends.last.gap_lo = std::min(
        std::max(ends.last.gap_lo, 2 * structure.min_loop_weight * (1 - 4 * eps)), ends.last.gap);
    report.multiplicity_at_least = ends.multiplicity;
    append_gaps(report, ends.second, ends.last);
  }
  watch.lap("eigenvalues");
  append_cut_bounds(report, walk, structure, ends, how.sweep_set);
  append_kemeny(report, walk, structure, ends, how);
  if (dense)
    report.spectrum = whole_spectrum(walk, ends);
  else if (how.whole_spectrum)
    report.spectrum = spectral_density(walk, {.key = how.key, .monitor = how.monitor});
  watch.lap("bounds");
  return report;
}

} // namespace attnwalk::spectral
