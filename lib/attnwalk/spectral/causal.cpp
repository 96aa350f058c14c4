// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/causal.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/kernels/spmv.hpp"
#include "attnwalk/sparse/sums.hpp"
#include "attnwalk/spectral/coefficients.hpp"
#include "attnwalk/spectral/make_gap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double most_visits = 2e9; ///< entries read in search of the mixing time
constexpr double mixed = 0.25;
constexpr double eps = std::numeric_limits<double>::epsilon();

/// What the diagonal says.
struct Diagonal {
  std::vector<double> stay;  ///< A_ii
  std::vector<double> leave; ///< sum_{j < i} A_ij = 1 - A_ii, summed, not subtracted
  std::vector<char> closed;  ///< row i has no other entry
  Index classes = 0;
};

Diagonal diagonal(const CsrView<double>& A) {
  Diagonal d{std::vector<double>(A.rows, 0.0), std::vector<double>(A.rows, 0.0),
             std::vector<char>(A.rows, 0), 0};
  for (Index i = 0; i < A.rows; ++i) {
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      require(A.columns[e] <= i, Code::domain, "entry (", i, ", ", A.columns[e],
              ") lies above the diagonal: the matrix is not causal");
      if (A.columns[e] == i)
        d.stay[i] = A.value(e);
      else
        d.leave[i] += A.value(e);
    }
    d.closed[i] = static_cast<char>(A.degree(i) == 1 && A.row(i)[0] == i);
    d.classes += d.closed[i];
  }
  return d;
}

void add(GapReport& report, std::string name, double value, std::string method,
         std::string reason = {}) {
  report.bounds.push_back({std::move(name), value, std::move(method), std::move(reason)});
}

/// The eigenvalues are the diagonal, known up to the rounding of row sums.
void append_eigenvalues(GapReport& report, const CsrView<double>& A, const Diagonal& d) {
  const auto n = d.stay.size();
  // The least gap over i >= 1; token 0 holds the eigenvalue 1.
  std::size_t slow = 1;
  for (std::size_t i = 2; i < n; ++i)
    if (d.leave[i] < d.leave[slow])
      slow = i;
  const std::string reason =
      d.classes > 1 ? message(d.classes, " closed classes: eigenvalue 1 is that often there")
                    : "all mass ends on token 0; the value tells nothing about the hops before any "
                      "can arrive there";
  // Each entry is within 4 eps of its quotient, relatively, and `leave` sums positive ones.
  const double stay = d.stay[slow];
  const double leave = d.leave[slow];
  const double summed = static_cast<double>(A.degree(static_cast<Index>(slow)) + 4) * eps;
  const double gap_lo = leave * (1 - summed);
  const double gap_hi = std::min(1.0, leave * (1 + summed));
  const Interval top{stay,
                     std::min(stay, std::max(1 - gap_hi, stay * (1 - 4 * eps))),
                     std::max(stay, std::min(1 - gap_lo, stay * (1 + 4 * eps))),
                     leave,
                     gap_lo,
                     gap_hi};
  const double least = *std::min_element(d.stay.begin(), d.stay.end());
  report.gaps.push_back(make_gap("lambda_2", top, Status::certified, "diagonal", reason));
  report.gaps.push_back(
      make_gap("lambda_n",
               {least, least * (1 - 4 * eps), std::min(1.0, least * (1 + 4 * eps)), 1 + least,
                1 + least * (1 - 4 * eps), 1 + least * (1 + 4 * eps)},
               Status::certified, "diagonal"));
  report.gaps.push_back(make_gap("slem", top, Status::certified, "diagonal", reason));
}

void append_absorption(GapReport& report, const CsrView<double>& A, const Diagonal& d) {
  std::vector<double> hops(A.rows, 0.0); // expected
  std::vector<Index> first(A.rows, 0);   // least
  double transient = 0;
  for (Index i = 0; i < A.rows; ++i) {
    if (d.closed[i] != 0)
      continue;
    transient = std::max(transient, d.stay[i]);
    double sum = 1;
    Index nearest = std::numeric_limits<Index>::max();
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const Index j = A.columns[e];
      if (j == i)
        continue;
      sum += A.value(e) * hops[j];
      nearest = std::min(nearest, first[j]);
    }
    hops[i] = sum / d.leave[i];
    first[i] = nearest + 1;
  }
  const auto n = static_cast<double>(A.rows);
  const std::string where = d.classes > 1 ? "until a closed class" : "until token 0";
  add(report, "closed_classes", static_cast<double>(d.classes), "rows with a self loop alone");
  add(report, "absorption_mean", sparse::compensated_sum(hops) / n, "forward substitution", where);
  add(report, "absorption_max", *std::max_element(hops.begin(), hops.end()), "forward substitution",
      where);
  add(report, "hops_to_sink", static_cast<double>(*std::max_element(first.begin(), first.end())),
      "breadth first", where);
  if (d.classes < A.rows)
    add(report, "transient_radius", transient, "diagonal");
}

/// u <- A u from u = 1 - e_0: u_i is the mass of token i that is not on token 0 yet. A second closed
/// class keeps its mass for ever: the distance stays 1, and there is no mixing time.
void append_distances(GapReport& report, const CsrView<double>& A, const Diagonal& d,
                      const GapOptions& how) {
  const int team = core::threads(how.threads);
  const kernels::SpmvPlan plan(A);
  std::vector<double> work(plan.workspace());
  std::vector<double> u(A.rows, 1.0);
  u[0] = 0;
  std::vector<double> next(u.size());
  const auto longest = static_cast<Index>(most_visits / static_cast<double>(A.entries() + 1));
  const Index last = std::max(how.steps, std::min(how.max_products, longest));
  const bool mixes = d.classes == 1;
  Index time = A.rows == 1 ? 0 : -1;
  for (Index k = 1; k <= last && (k <= how.steps || (mixes && time < 0)); ++k) {
    poll(how.monitor, "absorption", static_cast<double>(k) / static_cast<double>(last));
    spmv(plan, u.data(), next.data(), work.data(), {}, team);
    u.swap(next);
    const double worst = *std::max_element(u.begin(), u.end());
    if (k <= how.steps) {
      add(report, message("tv_max(", k, ")"), worst, "k products");
      add(report, message("tv_mean(", k, ")"),
          sparse::compensated_sum(u) / static_cast<double>(A.rows), "k products");
    }
    if (time < 0 && worst <= mixed)
      time = k;
  }
  Bound mixing{"mixing_time", {}, "least k with tv_max(k) <= 1/4", {}};
  if (time >= 0)
    mixing.value = static_cast<double>(time);
  else if (mixes)
    mixing.reason = message("above ", last, " hops");
  else
    mixing.reason = message(d.classes, " closed classes: the walk does not mix");
  report.bounds.push_back(std::move(mixing));
}

Stationary absorbed(const Diagonal& d) {
  Stationary s;
  s.method = "causal";
  if (d.classes > 1) {
    s.status = message(d.classes, " closed classes: the stationary distribution is not unique");
    return s;
  }
  s.pi.assign(d.stay.size(), 0.0);
  s.pi[0] = 1;
  s.max = 1;
  s.min = s.pi.size() > 1 ? 0 : 1;
  s.tv_uniform = 1 - 1 / static_cast<double>(s.pi.size());
  s.error_bound = 0;
  return s;
}

} // namespace

GapReport gap_causal(const CsrView<double>& A, const GapOptions& how) {
  GapReport report;
  report.kind = Kind::causal;
  const Diagonal d = diagonal(A);
  if (A.rows == 0)
    return report;
  if (A.rows > 1)
    append_eigenvalues(report, A, d);
  if (how.whole_spectrum) {
    report.spectrum.method = "diagonal";
    for (const double value : d.stay)
      report.spectrum.points.push_back({.real = value});
    std::sort(report.spectrum.points.begin(), report.spectrum.points.end(),
              [](const auto& a, const auto& b) { return a.real > b.real; });
  }
  const std::string reason =
      A.rows == 1 ? "a single token has no second eigenvalue"
      : d.classes > 1
          ? message(d.classes, " closed classes: there is no one stationary distribution")
          : "pi is 0 on the tokens that drain into others: the pi-norms do not exist on "
            "a causal walk; see the tv and absorption bounds";
  if (A.rows == 1)
    for (const char* name : {"lambda_2", "lambda_n", "slem"})
      report.gaps.push_back(refusal(name, reason));
  for (const char* name : {"sigma_2", "additive", "chatterjee", "k_step", "pseudo_gap"})
    report.gaps.push_back(refusal(name, reason));
  report.stationary = absorbed(d);
  append_absorption(report, A, d);
  append_distances(report, A, d, how);
  double sink = 0;
  for (Index i = 0; i < A.rows; ++i)
    if (const Index e = A.offsets[i]; A.columns[e] == 0)
      sink += A.values[e];
  add(report, "sink_mass", sink / static_cast<double>(A.rows), "mean of A_i0");
  Bound norm{"norm_2", {}, "largest singular value of A", "not a measure of mixing"};
  norm.value = norm_of_walk(A, how).value;
  report.bounds.push_back(std::move(norm));
  return report;
}

} // namespace attnwalk::spectral
