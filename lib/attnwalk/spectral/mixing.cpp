// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/mixing.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double quarter = 0.25; ///< d(t) <= 1/4 is what "mixed" means

/// The lower end of the gap, 0 where none is known.
double low(const Gap& g) {
  return g.gap_lo.value_or(0);
}

/// -ln(1 - gap), infinite for a gap of 1.
double rate(double gap) {
  return gap < 1 ? -std::log1p(-gap) : infinity;
}

/// The bound, with its caveat; where it is not finite, why it is absent.
void add(GapReport& report, std::string name, double value, std::string method,
         std::string caveat = {}, std::string absent = {}) {
  Bound b{std::move(name), {}, std::move(method), {}};
  if (std::isfinite(value))
    b.value = value;
  b.reason = b.value ? std::move(caveat) : std::move(absent);
  report.bounds.push_back(std::move(b));
}

/// What is said of bounds that rest on a gap.
std::string caveat_of(const Gap& g) {
  return g.confidence < 1 ? message("holds with probability ", g.confidence) : std::string();
}

/// A number of steps that is at least 1 and no smaller than x, a quotient of logarithms, was before
/// its rounding.
double steps_of(double x) {
  return std::isfinite(x) ? std::max(1.0, std::ceil(x * (1 + 16 * eps))) : x;
}

/// How far exp(-x) may be off, as a part of itself, for an x that is off by a few eps of itself.
double rounding_of_power(double x) {
  return std::isfinite(x) ? (4 * std::max(1.0, x) + 16) * eps : 0;
}

/// Lower ends of the two smallest probabilities, each known up to a part of itself; 0 if unknown.
std::array<double, 2> two_smallest(const std::vector<double>& pi, double trusted) {
  std::array<double, 2> least{1, 1};
  for (const double p : pi)
    if (p < least[0])
      least = {p, least[0]};
    else
      least[1] = std::min(least[1], p);
  return {std::max(0.0, least[0] * trusted), std::max(0.0, least[1] * trusted)};
}

} // namespace

void append_mixing_bounds(GapReport& report, Index steps) {
  const Gap& slem = report.at("slem");
  const Gap& sigma_2 = report.at("sigma_2");
  const Gap& pseudo = report.at("pseudo_gap");
  const Stationary& s = report.stationary;
  if (s.pi.size() < 2 || !slem.value)
    return;
  const double doeblin = std::max(0.0, low(report.at("doeblin")));
  // 1 - dobrushin is never below doeblin, but may not be known.
  const double rows = std::max(doeblin, low(report.at("dobrushin")));
  // sigma_2 and pseudo_gap are about all tokens, and need to know how rare the rarest is.
  const double trusted = 1 - s.relative_error;
  const auto [rarest, second] = two_smallest(s.pi, trusted);
  const bool full = rarest > 0;

  // The end of an estimate is none.
  const bool proved = slem.status != Status::estimate && slem.gap_hi;
  const double slow = proved ? *slem.gap_hi : 1;
  const double fast = full ? low(sigma_2) : 0;
  const double start = full ? 0.5 * std::sqrt((1 - rarest) / rarest) : infinity;
  const std::string unproved = "the lower end of slem is an estimate, which proves nothing";
  const std::string by_slem = caveat_of(slem);
  const std::string by_norm = caveat_of(sigma_2);
  for (Index k = 1; k <= steps; ++k) {
    const auto t = static_cast<double>(k);
    const double decay = t * rate(slow);
    add(report, message("distance_lo(", k, ")"),
        proved ? 0.5 * std::exp(-decay) * std::max(0.0, 1 - rounding_of_power(decay)) : infinity,
        "slem^k / 2", by_slem, unproved);
    const double with_norm =
        start * std::exp(-t * rate(fast)) * (1 + rounding_of_power(t * rate(fast)));
    const double with_rows = std::exp(-t * rate(rows)) * (1 + rounding_of_power(t * rate(rows)));
    const bool better = with_rows < with_norm;
    add(report, message("distance_hi(", k, ")"), std::min({1.0, with_norm, with_rows}),
        better ? "Doeblin or Dobrushin" : "sigma_2^k sqrt((1-pi_min)/pi_min) / 2",
        better ? std::string() : by_norm);
  }

  add(report, "mixing_time_lo",
      proved ? std::log(1 / (2 * quarter)) / rate(slow) * (1 - 16 * eps) : infinity,
      "ln 2 / ln(1/slem)", by_slem, proved ? "slem is 1: the walk does not mix" : unproved);
  const double by_sigma = steps_of(std::log(1 / (2 * quarter * std::sqrt(rarest))) / rate(fast));
  const double by_pseudo = steps_of((1 + 2 * std::log(1 / (2 * quarter)) + std::log(1 / rarest)) /
                                    (full ? low(pseudo) : 0));
  const double by_delta = steps_of(std::log(1 / quarter) / rate(doeblin));
  add(report, "mixing_time_hi", std::min({by_sigma, by_pseudo, by_delta}),
      "least of sigma_2, pseudo-gap, Doeblin",
      by_delta <= std::min(by_sigma, by_pseudo) ? std::string() : by_norm,
      "no positive gap is proved");
  add(report, "mixing_time_sigma_2", by_sigma, "ln(2/sqrt(pi_min)) / ln(1/sigma_2)", by_norm,
      "sigma_2 is not shown to be below 1");
  add(report, "mixing_time_pseudo_gap", by_pseudo, "(1 + 2 ln 2 + ln(1/pi_min)) / pseudo_gap",
      caveat_of(pseudo), "no positive pseudo-gap is proved");
  add(report, "mixing_time_doeblin", by_delta, "ln 4 / ln(1/(1 - delta))", {},
      "no key is attended by every query");

  const double reach = 0.5 * std::log((1 - rarest) * (1 - second) / (rarest * second)) / rate(fast);
  add(report, "hop_bound",
      std::isfinite(reach) ? std::floor(std::max(0.0, reach) * (1 + 16 * eps)) + 1 : reach,
      "sigma_2, two smallest pi", by_norm, "sigma_2 is not shown to be below 1");
}

} // namespace attnwalk::spectral
