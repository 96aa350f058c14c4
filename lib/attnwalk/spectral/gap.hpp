// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/core/timing.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/structure/structure.hpp"

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace attnwalk::spectral {

/// How far a number can be trusted.
enum class Status {
  certified,     ///< [lo, hi] contains the truth up to rounding
  probable,      ///< contains it with the stated probability over a random start
  estimate,      ///< value and residual only; an end that is not known is absent
  refused,       ///< the quantity does not exist or would mislead here; `reason` says why
  not_converged, ///< the iteration stopped early; whatever interval there is still holds
};
[[nodiscard]] constexpr auto names_of(Status /*which*/) {
  return std::to_array<Name<Status>>({{Status::certified, "certified"},
                                      {Status::probable, "probable"},
                                      {Status::estimate, "estimate"},
                                      {Status::refused, "refused"},
                                      {Status::not_converged, "not_converged"}});
}
[[nodiscard]] constexpr std::string_view to_string(Status x) {
  return name_of(x);
}
/// Whether an interval of this status is proved, for certain or with a stated probability.
[[nodiscard]] constexpr bool is_proved(Status x) {
  return x == Status::certified || x == Status::probable;
}

/// The names a report holds, in this order; sigma_2_bipartite for rectangular matrices alone. Extra
/// entries, such as "class 0: slem", follow.
inline constexpr std::array<std::string_view, 12> gap_names{
    "lambda_2", "lambda_n",   "slem",    "sigma_2",   "additive",  "chatterjee",
    "k_step",   "pseudo_gap", "doeblin", "dobrushin", "consensus", "sigma_2_bipartite"};

/// One spectral number. `value` is the named quantity; `gap` is its distance from 1, computed
/// without cancellation: 1 - value (lambda_n: 1 + value; chatterjee, pseudo_gap, doeblin: the value
/// itself). What is absent is not known.
struct Gap {
  std::string name; ///< lambda_2 lambda_n slem sigma_2 additive chatterjee k_step pseudo_gap
                    ///< doeblin dobrushin consensus sigma_2_bipartite
  std::optional<double> value, lo, hi;
  std::optional<double> gap, gap_lo, gap_hi;
  double residual = std::numeric_limits<double>::quiet_NaN(); ///< of the eigen- or singular pair
  double confidence = 1;                                      ///< of [lo, hi]
  std::string method;
  Status status = Status::refused;
  std::string reason; ///< one sentence, for refusals and caveats
};

/// Where a walk goes from a query that attends no key. Without a step the rows do not sum to 1, and
/// no statement about gaps holds.
enum class EmptyRowStep {
  loop, ///< it stays: the row gets a self loop
  error ///< nowhere: such a matrix is refused
};
[[nodiscard]] constexpr auto names_of(EmptyRowStep /*which*/) {
  return std::to_array<Name<EmptyRowStep>>(
      {{EmptyRowStep::loop, "loop"}, {EmptyRowStep::error, "error"}});
}

enum class Kind { automatic, undirected, directed, bipartite, causal };
[[nodiscard]] constexpr auto names_of(Kind /*which*/) {
  return std::to_array<Name<Kind>>({{Kind::automatic, "automatic"},
                                    {Kind::undirected, "undirected"},
                                    {Kind::directed, "directed"},
                                    {Kind::bipartite, "bipartite"},
                                    {Kind::causal, "causal"}});
}
[[nodiscard]] constexpr std::string_view to_string(Kind x) {
  return name_of(x);
}

struct GapOptions {
  Kind kind = Kind::automatic; ///< automatic: what structure finds
  EmptyRowStep empty_rows = EmptyRowStep::loop;
  double tolerance = 1e-10; ///< wanted accuracy relative to the gap
  /// Directed walks of up to this many tokens, and whole spectra, go to dense solvers; undirected and
  /// causal walks, whose iterative intervals are as narrow, up to an eighth of it.
  Index dense_below = 2048;
  Index max_products = 20000; ///< matrix-vector products per eigenvalue
  Index steps = 8;            ///< k of k_step and of pseudo_gap's maximum
  double failure = 1e-6;      ///< probability that a random-start certificate is wrong
  bool sweep_set = false;     ///< return the sweep cut's vertices
  /// The quantities wanted, of `gap_names`; empty: all. The report holds no others, and no work is
  /// done for them. Bounds that need one of them are then weaker or absent.
  std::vector<std::string> only = {};
  bool whole_spectrum = false; ///< all eigenvalues (n <= dense_below), else a density
  Key key = {};
  int threads = 0;
  Monitor* monitor = nullptr;
};

/// Whether the quantity of that name is among those that the options ask for.
[[nodiscard]] bool wanted(const GapOptions& how, std::string_view name);

/// Stationary distribution of the walk.
struct Stationary {
  std::vector<double> pi; ///< one per token; empty where refused
  std::string method;     ///< degree, reversible, gth, power or causal; empty where refused
  double residual = 0;    ///< ||pi A - pi||_1
  std::optional<double> error_bound; ///< on ||pi - truth||_1, if a certificate exists
  /// |pi_i - truth_i| <= relative_error truth_i for every i; infinite where that is not known.
  double relative_error = std::numeric_limits<double>::infinity();
  double min = 0;
  double max = 0;
  double tv_uniform = 0; ///< TV(pi, uniform): the floor of mixing toward uniform attention
  double reversibility_defect = 0; ///< ||Pi A - (Pi A)'||_F / ||Pi A||_F
  std::string status;              ///< empty if all is well
};

/// A named bound or side result that is not a gap.
struct Bound {
  std::string name;
  std::optional<double> value;
  std::string method;
  std::string reason; ///< why it is absent, or its caveat
};

/// The best prefix of a sweep over an approximate eigenvector.
struct SweepCut {
  double conductance = 0; ///< an upper bound on the conductance of the graph
  Index size = 0;
  double rayleigh = 0;    ///< conductance <= sqrt(2 rayleigh)
  std::vector<Index> set; ///< on request
};

/// A point of the spectral density: eigenvalue and density per unit, or an eigenvalue with mass
/// 1/n.
struct SpectrumPoint {
  double real = 0;
  double imag = 0;
  double density = 0;
};

struct Spectrum {
  std::string method; ///< "dense" or "diagonal" (all eigenvalues), or "kernel polynomial"
  std::vector<SpectrumPoint> points;
  std::string reason; ///< if it is absent or qualitative
};

/// Everything `attnwalk gap` reports. Structure first; then one Gap per name, refusals included.
struct GapReport {
  Kind kind = Kind::automatic;
  pattern::Structure structure;
  Index empty_rows_looped = 0; ///< rows that the policy `loop` gave a self loop
  std::vector<Gap> gaps;
  Stationary stationary;
  std::optional<SweepCut> sweep;
  std::vector<Bound> bounds; ///< cheeger_lo, cheeger_hi, mixing times, Alon-Boppana, Kemeny, ...
  Index multiplicity_at_least = 1; ///< of lambda_2, shown by deflation
  Spectrum spectrum;
  std::vector<Timing> timings;

  /// The gap of that name. @throws Error{domain} if the report has none
  [[nodiscard]] const Gap& at(std::string_view name) const;
};

/// Spectral gaps of an attention matrix or pattern with intervals.
///
/// @param A  rows x cols, entries >= 0; null values: a pattern. Rows are normalized to sum to 1.
/// @throws Error{domain, shape, index} for values or options out of bounds, for a name in `only` that
///         is none, and for arrays that are no CSR matrix, naming the first offender; never for a hard matrix, whose refusals are
///         results with a reason
[[nodiscard]] GapReport gap(const CsrView<double>& A, const GapOptions& how = {});
[[nodiscard]] GapReport gap(const Csr<double>& A, const GapOptions& how = {});
/// Every query attends its keys alike.
[[nodiscard]] GapReport gap(const pattern::Pattern& P, const GapOptions& how = {});
[[nodiscard]] GapReport gap(const pattern::Weights& W, const GapOptions& how = {});

} // namespace attnwalk::spectral
