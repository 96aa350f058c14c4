// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/gap.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/timing.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/sparse/validate.hpp"
#include "attnwalk/spectral/bipartite.hpp"
#include "attnwalk/spectral/causal.hpp"
#include "attnwalk/spectral/coefficients.hpp"
#include "attnwalk/spectral/directed.hpp"
#include "attnwalk/spectral/make_gap.hpp"
#include "attnwalk/spectral/mixing.hpp"
#include "attnwalk/spectral/stationary.hpp"
#include "attnwalk/spectral/undirected.hpp"
#include "attnwalk/spectral/walk.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();

std::string listed_gap_names() {
  std::string list;
  for (const std::string_view name : gap_names)
    list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

void check(const CsrView<double>& A, const GapOptions& how) {
  require(how.tolerance > 0 && how.tolerance < 1, Code::domain, "tolerance = ", how.tolerance,
          " must be in (0, 1)");
  require(how.failure > 0 && how.failure < 1, Code::domain, "failure = ", how.failure,
          " must be in (0, 1)");
  require(how.dense_below >= 0 && how.dense_below <= 20000, Code::domain,
          "dense_below = ", how.dense_below, " must be in [0, 20000]");
  require(how.max_products >= 1, Code::domain, "max_products = ", how.max_products,
          " must be >= 1");
  require(how.steps >= 1 && how.steps <= 1000, Code::domain, "steps = ", how.steps,
          " must be in [1, 1000]");
  require(how.threads >= 0, Code::domain, "threads = ", how.threads, " must be >= 0");
  for (const std::string& name : how.only)
    require(std::find(gap_names.begin(), gap_names.end(), name) != gap_names.end(), Code::domain,
            "only = ", name.empty() ? "\"\"" : name, " must be one of ", listed_gap_names());
  const bool square = A.rows == A.cols;
  require(square || how.kind == Kind::automatic || how.kind == Kind::bipartite, Code::shape,
          "kind = ", to_string(how.kind), " needs a square matrix, not ", A.rows, " x ", A.cols);
}

Kind choose(const pattern::Structure& s, const GapOptions& how) {
  if (how.kind == Kind::automatic) {
    if (s.rows != s.cols)
      return Kind::bipartite;
    if (s.causal)
      return Kind::causal;
    return s.symmetric ? Kind::undirected : Kind::directed;
  }
  require(how.kind != Kind::undirected || s.symmetric, Code::domain,
          "kind = undirected needs a symmetric matrix; use directed, or symmetrize it first");
  require(how.kind != Kind::causal || s.causal, Code::domain,
          "kind = causal needs a matrix without entries above the diagonal");
  return how.kind;
}

Gap* find(GapReport& report, std::string_view name) {
  const auto at = std::find_if(report.gaps.begin(), report.gaps.end(),
                               [&](const Gap& g) { return g.name == name; });
  return at == report.gaps.end() ? nullptr : &*at;
}

void put(GapReport& report, Gap gap) {
  if (Gap* old = find(report, gap.name))
    *old = std::move(gap);
  else
    report.gaps.push_back(std::move(gap));
}

/// slem <= 1 - gap_lo by another proof.
void tighten(Gap& slem, double gap_lo, const std::string& source) {
  if (!slem.value || !slem.gap_lo || gap_lo <= *slem.gap_lo || gap_lo > slem.gap.value_or(1))
    return;
  slem.gap_lo = gap_lo;
  slem.hi = std::min(
      1.0, std::nextafter(std::max(1 - gap_lo, *slem.value), 2.0)); // 1 - gap_lo, rounded up
  slem.method =
      slem.method.substr(0, slem.method.find(", upper end from")) + ", upper end from " + source;
}

void append_coefficients(GapReport& report, const CsrView<double>& A, bool constant_row_sums,
                         const GapOptions& how) {
  const double delta = doeblin(A);
  const double rounding = 8 * eps * delta;
  put(report, make_gap_as_value("doeblin", delta, delta - rounding, std::min(1.0, delta + rounding),
                                Status::certified, "column minima"));
  put(report, wanted(how, "dobrushin") ? dobrushin(A, how) : not_wanted("dobrushin"));
  Gap* slem = find(report, "slem");
  if (!wanted(how, "consensus")) {
    put(report, not_wanted("consensus"));
  } else if (slem != nullptr && slem->value && report.kind == Kind::undirected &&
             constant_row_sums) {
    // A is symmetric then, and (I - J/n) A = A - J/n has the eigenvalues of A but the 1.
    Gap same = *slem;
    same.name = "consensus";
    put(report, std::move(same));
  } else {
    put(report, consensus(A, how));
  }
  slem = find(report, "slem");
  if (slem == nullptr || report.kind == Kind::causal)
    return;
  tighten(*slem, delta - rounding, "Doeblin");
  const Gap& tau = report.at("dobrushin");
  if (tau.hi && tau.gap_lo)
    tighten(*slem, *tau.gap_lo, "Dobrushin");
  const Gap& uniform = report.at("consensus");
  if (uniform.status == Status::certified && uniform.gap_lo)
    tighten(*slem, *uniform.gap_lo, "consensus");
}

/// The name of a quantity without the class that it belongs to.
std::string_view quantity(std::string_view name) {
  const std::size_t colon = name.find(": ");
  return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

/// Every name once, in the order of the contract; classes and other extras after them. Those that
/// nobody asked for are left out.
void complete(GapReport& report, const GapOptions& how) {
  std::vector<Gap> ordered;
  for (const std::string_view name : gap_names) {
    const bool rectangular = report.kind == Kind::bipartite;
    const bool two_sided = name == "sigma_2_bipartite";
    Gap* gap = find(report, name);
    if (gap != nullptr) {
      ordered.push_back(std::move(*gap));
      gap->name.clear();
    } else if (rectangular) {
      ordered.push_back(refusal(name, "a rectangular matrix has no powers; see sigma_2_bipartite"));
    } else if (!two_sided) {
      ordered.push_back(refusal(name, "there are no tokens"));
    }
  }
  for (Gap& gap : report.gaps)
    if (!gap.name.empty())
      ordered.push_back(std::move(gap));
  std::erase_if(ordered, [&](const Gap& gap) { return !wanted(how, quantity(gap.name)); });
  report.gaps = std::move(ordered);
}

/// Undirected and causal walks leave the dense way at an eighth of the size.
GapOptions for_kind(GapOptions how, Kind kind) {
  if (kind == Kind::causal || (kind != Kind::directed && !how.whole_spectrum))
    how.dense_below /= 8;
  return how;
}

} // namespace

bool wanted(const GapOptions& how, std::string_view name) {
  return how.only.empty() || std::find(how.only.begin(), how.only.end(), name) != how.only.end();
}

GapReport gap(const CsrView<double>& A, const GapOptions& options) {
  check(A, options);
  std::vector<Timing> timings;
  Stopwatch watch(timings);
  const Prepared prepared = prepare(A, options.empty_rows);
  const CsrView<double>& weights = prepared.weights;
  watch.lap("prepare");
  pattern::Structure structure = pattern::structure(weights, {.key = options.key,
                                                              .assumed_valid = true,
                                                              .threads = options.threads,
                                                              .monitor = options.monitor});
  watch.lap("structure");

  const Kind kind = choose(structure, options);
  const GapOptions how = for_kind(options, kind);
  GapReport report;
  if (kind != Kind::bipartite && A.rows > 0) {
    const Buffer<double> probabilities = sparse::normalized_values(weights);
    const CsrView<double> walk(weights, probabilities.data());
    if (kind == Kind::causal)
      report = gap_causal(walk, how);
    else if (kind == Kind::undirected)
      report = gap_undirected(weights, structure, how);
    else
      report = gap_directed(weights, walk, structure, how);
    watch.lap(std::string(to_string(kind)));
    report.kind = kind;
    append_coefficients(report, walk, weights.values == nullptr && structure.regular.has_value(),
                        how);
    watch.lap("coefficients");
    if (kind != Kind::causal)
      append_mixing_bounds(report, how.steps);
  } else if (kind == Kind::bipartite) {
    report = gap_bipartite(weights, structure, how);
    watch.lap(std::string(to_string(kind)));
  }
  report.kind = kind;
  report.structure = std::move(structure);
  report.empty_rows_looped = prepared.looped;
  complete(report, how);
  report.timings.insert(report.timings.begin(), timings.begin(), timings.end());
  return report;
}

GapReport gap(const Csr<double>& A, const GapOptions& how) {
  sparse::validate_lengths(A);
  return gap(A.view(), how);
}

GapReport gap(const pattern::Pattern& P, const GapOptions& how) {
  return gap(P.view(), how);
}

GapReport gap(const pattern::Weights& W, const GapOptions& how) {
  return gap(W.view(), how);
}

} // namespace attnwalk::spectral
