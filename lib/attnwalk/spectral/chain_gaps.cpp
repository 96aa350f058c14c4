// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/threads.hpp"
#include "attnwalk/spectral/chain_norms.hpp"
#include "attnwalk/spectral/coefficients.hpp"
#include "attnwalk/spectral/directed.hpp"
#include "attnwalk/spectral/make_gap.hpp"
#include "attnwalk/spectral/stationary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
/// Below it sqrt(pi_i / pi_j) leaves the range of double.
constexpr double smallest_pi = 1e-290;
/// Iterative solvers need a few more rows than vectors.
constexpr Index always_dense = 64;
/// Norms by random starts have many digits where they are this far from 1.
constexpr double fast = 0.05;
constexpr Index most_tried = 400; ///< products that have to show it
/// Two answers of one eigensolver for one walk differ by less than this if the walk is near normal.
constexpr double disagreement = 1e-8;

/// The SLEM's interval while it is put together; gaps, not values, so that digits near 1 survive.
struct Best {
  double gap_lo = 0;
  double gap_hi = 1;
  std::string upper = "rows sum to 1"; ///< what proves gap_lo
  bool sure = true;                    ///< proved, not probable
};

void raise(Best& best, double gap_lo, bool sure, std::string source) {
  if (gap_lo <= best.gap_lo)
    return;
  best.gap_lo = std::min(gap_lo, 1.0);
  best.sure = sure;
  best.upper = std::move(source);
}

double gap_of_power(const PowerNorm& p) {
  return p.hi > 0 ? -std::expm1(std::log(p.hi) / static_cast<double>(p.k)) : 1;
}

/// Each is right whatever the accuracy of pi, but for sigma_2 from other matrices than D.
Best upper_bounds(const StationaryWalk& chain, const ChainNorms& m, bool dense) {
  Best best;
  if (m.radius)
    raise(best, -std::expm1(m.radius->log_hi), true,
          m.radius->modes > 0   ? message("an enclosure of ", m.radius->modes, " slow modes")
          : m.radius->power > 0 ? message("||D^", m.radius->power, "||")
                                : "a Stein inequality");
  for (const PowerNorm& p : m.powers)
    raise(best, gap_of_power(p), dense, message("||D^", p.k, "||"));
  if (m.sigma_2.gap_lo)
    raise(best, *m.sigma_2.gap_lo, dense, "sigma_2");
  raise(best, doeblin(chain.walk()) - 8 * eps, true, "Doeblin");
  return best;
}

Gap slem_reversible(const ChainNorms& m) {
  const bool top = *m.additive.gap <= *m.lambda_n->gap;
  const Gap& end = top ? m.additive : *m.lambda_n;
  const double gap_lo = std::min(*m.additive.gap_lo, *m.lambda_n->gap_lo);
  const double gap_hi = std::min(*m.additive.gap_hi, *m.lambda_n->gap_hi);
  const double gap = std::min(1.0, *end.gap); // lambda_n <= lambda_2 have no further least distance
  const Interval x{1 - gap, std::max(0.0, 1 - gap_hi),   1 - gap_lo, gap,
                   gap_lo,  std::clamp(gap_hi, gap, 1.0)};
  Gap g = make_gap("slem", x, end.status, "max(|lambda_2|, |lambda_n|), reversible");
  g.residual = end.residual;
  g.confidence = end.confidence;
  return g;
}

Gap slem_directed(const StationaryWalk& chain, const ChainNorms& m, bool dense, bool trusted) {
  Best best = upper_bounds(chain, m, dense);
  const bool two_sided = m.radius && std::isfinite(m.radius->log_lo);
  const double radius_gap_hi = two_sided ? -std::expm1(m.radius->log_lo) : 1.0;
  Gap g = refusal("slem", {});
  std::string caveat;
  if (!m.slem) {
    const double value =
        two_sided ? std::exp(m.radius->log_lo) : std::min(1 - best.gap_lo, *m.sigma_2.value);
    g = make_gap("slem",
                 {value, 1 - radius_gap_hi, 1 - best.gap_lo, 1 - value, best.gap_lo, radius_gap_hi},
                 Status::estimate, message("no eigenvalue converged; upper end from ", best.upper),
                 "the value is the bound that is known");
    if (dense)
      g.status = Status::certified;
    return g;
  }
  const double modulus = std::abs(m.slem->value);
  const double error = m.slem->condition * m.slem->residual;
  double gap = 1 - modulus;
  // Near 1 the sum of squares over the vector has more digits than 1 - |mu|, if pi has them.
  if (gap < 0.1 && trusted)
    gap = chain.square_gap(m.slem->vector) / (1 + modulus);
  // The eigenvalue's own error estimate; the certified lower end counts where there is one.
  best.gap_hi = std::max(best.gap_lo, two_sided ? radius_gap_hi : std::min(1.0, gap + error));
  if (gap < best.gap_lo * (1 - disagreement) - 8 * eps ||
      gap > best.gap_hi * (1 + disagreement) + 8 * eps)
    caveat = message("non-normal: the eigenvalue solver's ", modulus,
                     " lies outside the bounds and was replaced by the nearer one; ");
  // The bounds are proved and the eigenvalue is not: where they disagree, if only by rounding, it
  // gives way.
  const double inside = std::clamp(gap, best.gap_lo, best.gap_hi);
  const bool moved = inside != gap;
  gap = inside;
  const double value = gap < 0.1 || moved ? 1 - gap : modulus;
  g = make_gap("slem", {value, 1 - best.gap_hi, 1 - best.gap_lo, gap, best.gap_lo, best.gap_hi},
               dense && two_sided ? Status::certified : Status::estimate,
               message(dense ? "dense" : "Arnoldi",
                       m.radius && m.radius->top ? ", lower end from slow modes"
                       : two_sided               ? ", lower end from traces of powers"
                                                 : "",
                       ", upper end from ", best.upper));
  g.residual = m.slem->residual;
  if (!two_sided)
    caveat += std::isfinite(m.slem->condition)
                  ? message("the lower end is an estimate, value - condition ", m.slem->condition,
                            " x residual; ")
                  : message("no left eigenvector converged, so no lower end; ");
  if (!best.sure)
    caveat += "the upper end is probable, from a random start; ";
  if (m.slem->condition > 1e4 && std::isfinite(m.slem->condition))
    caveat += message("the eigenvalue's condition number is ", m.slem->condition, "; ");
  g.reason = caveat.substr(0, caveat.size() >= 2 ? caveat.size() - 2 : 0);
  return g;
}

Gap k_step(const ChainNorms& m, const Gap& sigma_2, const GapOptions& how) {
  const auto at = std::find_if(m.powers.begin(), m.powers.end(),
                               [&](const PowerNorm& p) { return p.k == how.steps; });
  const PowerNorm& p = *at;
  if (p.k == 1) {
    Gap g = sigma_2;
    g.name = "k_step";
    return g;
  }
  const auto root = [&](double x) {
    return x > 0 ? std::exp(std::log(x) / static_cast<double>(p.k)) : 0.0;
  };
  const auto gap = [&](double x) {
    return x > 0 ? std::abs(std::expm1(std::log(x) / static_cast<double>(p.k))) : 1.0; // no -0
  };
  Gap g = make_gap("k_step",
                   {root(p.value), root(p.lo), root(p.hi), gap(p.value), gap(p.hi), gap(p.lo)},
                   p.status, message("||D^", p.k, "||^(1/", p.k, ")"));
  g.confidence = p.status == Status::certified ? 1 : 1 - how.failure;
  return g;
}

/// max_k (1 - ||D^k||^2) / k. Beyond the powers formed, (1 - ||D^k||^2)/k <= (1 - rho^2k)/k, which
/// falls with k, and no more than 1/k where rho has no proved lower end: the upper end holds for
/// all k.
Gap pseudo_gap(const ChainNorms& m, const Gap& sigma_2, const Gap& slem, const GapOptions& how) {
  double value = 0;
  double lo = 0;
  double hi = 0;
  Index best = 1;
  for (const PowerNorm& p : m.powers) {
    if (p.k > how.steps)
      continue;
    const auto k = static_cast<double>(p.k);
    // At k = 1 the gap of sigma_2 has digits that its square has not.
    const auto square = [&](double norm, std::optional<double> gap) {
      return p.k == 1 && gap ? *gap * (2 - *gap) : (1 - norm) * (1 + norm) / k;
    };
    const double now = square(p.value, sigma_2.gap);
    if (now > value) {
      value = now;
      best = p.k;
    }
    lo = std::max(lo, square(p.hi, sigma_2.gap_lo));
    hi = std::max(hi, square(p.lo, sigma_2.gap_hi));
  }
  const auto next = static_cast<double>(how.steps + 1);
  const bool proved = slem.status == Status::certified && *slem.lo > 0;
  hi = std::max(hi, (proved ? -std::expm1(2 * next * std::log(*slem.lo)) : 1.0) / next);
  lo *= 1 - 8 * eps; // the rounding of these few operations
  hi *= 1 + 8 * eps;
  Gap g = make_gap_as_value("pseudo_gap", value, lo, hi, sigma_2.status,
                            message("maximum over k <= ", how.steps, ", at k = ", best),
                            "the upper end covers every k");
  g.confidence = sigma_2.confidence;
  return g;
}

ChainGaps refuse_all(Stationary s, const std::string& reason) {
  ChainGaps out;
  for (const char* name : {"lambda_2", "lambda_n", "slem", "sigma_2", "additive", "chatterjee",
                           "k_step", "pseudo_gap"})
    out.gaps.push_back(refusal(name, reason));
  out.stationary = std::move(s);
  return out;
}

/// The tightest bound on ||pi - truth||_1 that the gaps give: ||r||_1 / delta, and the form in the
/// norm sum v_i^2 / pi_i, which is larger than ||v||_1: ||r||_{1/pi} / s_ch.
/// 1 - l_add <= s_ch stands in for a chatterjee that nobody asked for.
void certify(Stationary& s, const StationaryWalk& chain, const ChainNorms& m) {
  if (s.method == "degree")
    return;
  std::vector<double> r(s.pi.size(), 0.0);
  const CsrView<double>& A = chain.walk();
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      r[A.columns[e]] += s.pi[i] * A.value(e);
  double weighted = 0;
  for (std::size_t i = 0; i < r.size(); ++i)
    weighted += (r[i] - s.pi[i]) * (r[i] - s.pi[i]) / s.pi[i];
  // The residual is itself rounded; a bound below the rounding of one row sum would be a lie.
  const double floor = 4 * eps;
  if (const double delta = doeblin(A); delta > 0)
    s.error_bound = (s.residual + floor) / delta;
  if (const double gap = std::max(m.chatterjee.gap_lo.value_or(0), m.additive.gap_lo.value_or(0));
      gap > 0) {
    const double bound = (std::sqrt(weighted) + floor) / gap;
    s.error_bound = std::min(s.error_bound.value_or(bound), bound);
  }
}

/// Flows that balance up to a part b of each move pi by up to 2 n b of each entry, and gaps, which
/// are quotients of sums of positive flows, by a part of themselves that is no larger than `part`.
void widen(Gap& g, double part) {
  const double below = *g.gap_lo * part;
  const double above = *g.gap_hi * part;
  const bool last = g.name == "lambda_n";
  const bool itself = g.name == "chatterjee";
  g.lo = *g.lo - (last || itself ? below : above);
  g.hi = *g.hi + (last || itself ? above : below);
  g.gap_lo = *g.gap_lo - below;
  g.gap_hi = *g.gap_hi + above;
}

/// What is known of a number of another matrix: its value, no ends.
void demote(Gap& g, const std::string& reason) {
  g.status = Status::estimate;
  g.reason = reason;
  g.lo = g.hi = g.gap_lo = g.gap_hi = std::nullopt;
}

/// How far each entry of pi may be off, as a part of itself; infinite if that is not known.
double relative_error(const Stationary& s) {
  if (s.method != "power")
    return 0;
  return s.error_bound && s.min > 0 ? *s.error_bound / s.min
                                    : std::numeric_limits<double>::infinity();
}

/// If each entry of pi is off by up to the part e of itself, D is E (M - q v') E^-1 for diagonal E
/// within e/2 of 1 and |v - q| <= e: its norms and those of its powers are off by less than 4 e.
void widen_by(Gap& g, double distance) {
  g.lo = *g.lo - distance;
  g.hi = *g.hi + distance;
  g.gap_lo = std::max(0.0, *g.gap_lo - distance);
  g.gap_hi = *g.gap_hi + distance;
}

/// Why the pi-norms are numbers of another matrix: pi is not known well enough. Else empty.
std::string distrust(const ChainNorms& m, const Stationary& s) {
  constexpr double bearable = 0.01; // of the gap
  if (s.method != "power" || (s.status.empty() && !m.contradiction &&
                              4 * relative_error(s) <= bearable * m.additive.gap.value_or(0)))
    return {};
  return message("pi comes from power iteration with residual ", s.residual,
                 ", too much for the norms in its coordinates");
}

/// The norms by random starts, if the walk is thin, mixes fast, and a dense solution would take long.
std::optional<ChainNorms> norms_of_thin(const StationaryWalk& chain, bool reversible,
                                        const GapOptions& how) {
  if (!is_thin(chain.walk(), how) || reversible || how.whole_spectrum)
    return {};
  GapOptions trial = how;
  trial.only = {"sigma_2", "additive"};
  trial.max_products = std::min(how.max_products, most_tried);
  const ChainNorms few = chain_norms_sparse(chain, reversible, trial);
  for (const Gap* g : {&few.sigma_2, &few.additive})
    if ((g->status != Status::probable && g->status != Status::certified) || *g->gap_lo < fast)
      return {};
  return chain_norms_sparse(chain, reversible, how);
}

} // namespace

ChainGaps chain_gaps(const CsrView<double>& A, const CsrView<double>* weights, Index period,
                     const GapOptions& how) {
  const Index n = A.rows;
  const double* const end = A.values + A.entries();
  if (const double* tiny = std::find_if(
          A.values, end, [](double a) { return a < std::numeric_limits<double>::min(); });
      n > 1 && tiny != end) {
    Stationary none;
    none.status = message("a token attends another with probability ", *tiny,
                          ", below the normal numbers of double: the walk has lost its digits");
    const std::string reason = none.status;
    return refuse_all(std::move(none), reason);
  }
  bool dense = n <= std::max(how.dense_below, always_dense);
  GapOptions for_pi = how;
  for_pi.dense_below = dense ? n : how.dense_below; // certified norms need an exact pi
  Stationary s = stationary_unchecked(A, weights, for_pi);
  if (n == 1)
    return refuse_all(std::move(s), "a single token has no second eigenvalue");
  if (!(s.min > smallest_pi)) {
    const std::string reason = message("pi_min = ", s.min, " is too small for the pi-norms");
    return refuse_all(std::move(s), reason);
  }

  const bool reversible = s.method == "degree" || s.method == "reversible";
  const StationaryWalk chain(A, s.pi, core::threads(how.threads));
  std::optional<ChainNorms> by_starts;
  if (dense)
    by_starts = norms_of_thin(chain, reversible, how);
  dense = dense && !by_starts;
  ChainNorms m = by_starts ? std::move(*by_starts)
                 : dense   ? chain_norms_dense(chain, reversible, how)
                           : chain_norms_sparse(chain, reversible, how);
  ChainGaps out;
  if (s.method == "reversible") {
    const double part = 4 * static_cast<double>(n) * imbalance(A, s.pi);
    for (Gap* g : {&m.sigma_2, &m.additive, &m.chatterjee, &*m.lambda_n})
      if (g->value)
        widen(*g, part);
    for (PowerNorm& p : m.powers) {
      p.lo = std::max(0.0, p.lo - static_cast<double>(p.k) * part);
      p.hi = std::min(1.0, p.hi + static_cast<double>(p.k) * part);
    }
  }
  certify(s, chain, m);
  if (s.method == "power")
    s.relative_error = relative_error(s);
  const std::string doubt = distrust(m, s);
  const double off = 4 * relative_error(s);
  for (Gap* g : {&m.sigma_2, &m.additive, &m.chatterjee})
    if (!g->value)
      continue;
    else if (!doubt.empty())
      demote(*g, doubt);
    else if (off > 0)
      widen_by(*g, off);
  if (doubt.empty())
    for (PowerNorm& p : m.powers) {
      p.lo = std::max(0.0, p.lo - off);
      p.hi = std::min(1.0, p.hi + off);
    }
  Gap slem = refusal("slem", {});
  if (period > 1) {
    const std::string reason = message("period ", period, ": eigenvalues of modulus 1 besides 1");
    slem = closed_gap("slem", "period", reason);
    m.sigma_2 = closed_gap("sigma_2", "period", reason);
    m.powers = {{how.steps, 1, 1, 1, Status::certified}};
  } else if (!wanted(how, "slem")) {
    slem = not_wanted("slem");
  } else {
    slem = reversible ? slem_reversible(m) : slem_directed(chain, m, dense, doubt.empty());
  }
  if (reversible) {
    Gap lambda_2 = m.additive;
    lambda_2.name = "lambda_2";
    out.gaps.push_back(std::move(lambda_2));
    out.gaps.push_back(*m.lambda_n);
  } else {
    const std::string reason =
        message("the walk is not reversible (defect ", s.reversibility_defect,
                "): its eigenvalues need not be real, see slem");
    out.gaps.push_back(refusal("lambda_2", reason));
    out.gaps.push_back(refusal("lambda_n", reason));
  }
  Gap pseudo =
      wanted(how, "pseudo_gap") ? pseudo_gap(m, m.sigma_2, slem, how) : not_wanted("pseudo_gap");
  Gap step = !wanted(how, "k_step") ? not_wanted("k_step")
             : period > 1           ? closed_gap("k_step", "period", slem.reason)
                                    : k_step(m, m.sigma_2, how);
  if (!doubt.empty() && period == 1)
    for (Gap* g : {&pseudo, &step})
      if (g->value)
        demote(*g, doubt);
  out.gaps.push_back(std::move(slem));
  out.gaps.push_back(m.sigma_2);
  out.gaps.push_back(m.additive);
  out.gaps.push_back(m.chatterjee);
  out.gaps.push_back(step);
  out.gaps.push_back(pseudo);
  out.stationary = std::move(s);
  out.spectrum = std::move(m.spectrum);
  return out;
}

} // namespace attnwalk::spectral
