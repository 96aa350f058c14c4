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

void add(GapReport& report, std::string name, double value, std::string method,
         std::string absent = {}) {
  Bound b{std::move(name), {}, std::move(method), {}};
  if (std::isfinite(value))
    b.value = value;
  else
    b.reason = std::move(absent);
  report.bounds.push_back(std::move(b));
}

/// ceil(x), at least 1 step; a hair above an integer is that integer.
double steps_of(double x) {
  return std::isfinite(x) ? std::max(1.0, std::ceil(x - 1e-9)) : x;
}

/// A lower bound on min_i pi_i; 0 if none is known. Degrees, ratios and elimination without
/// subtractions give every entry of pi some n eps of itself; of power iteration only the total error
/// is known, where it is.
double least_probability(const Stationary& s) {
  if (s.method == "power")
    return s.error_bound ? s.min - *s.error_bound : 0;
  return s.min * (1 - 8 * static_cast<double>(s.pi.size()) * eps);
}

double finite(double x) {
  return std::isfinite(x) ? x : 0;
}

std::array<double, 2> two_smallest(const std::vector<double>& pi) {
  std::array<double, 2> least{1, 1};
  for (const double p : pi)
    if (p < least[0])
      least = {p, least[0]};
    else
      least[1] = std::min(least[1], p);
  return least;
}

} // namespace

void append_mixing_bounds(GapReport& report, Index steps) {
  const Gap& slem = report.at("slem");
  const Gap& sigma_2 = report.at("sigma_2");
  const Gap& pseudo = report.at("pseudo_gap");
  const double delta = std::max(0.0, low(report.at("doeblin")));
  const double tau = std::min(1.0, report.at("dobrushin").hi.value_or(1));
  const Stationary& s = report.stationary;
  if (s.pi.size() < 2 || !slem.value)
    return;
  // sigma_2 and pseudo_gap are about all tokens, and need to know how rare the rarest is.
  const double rarest = least_probability(s);
  const bool full = rarest > 0;

  const double slow = slem.gap_hi.value_or(1);
  const double fast = full ? low(sigma_2) : 0;
  const double start = full ? 0.5 * std::sqrt((1 - rarest) / rarest) : infinity;
  for (Index k = 1; k <= steps; ++k) {
    const auto t = static_cast<double>(k);
    add(report, message("distance_lo(", k, ")"), 0.5 * std::exp(-t * rate(slow)), "slem^k / 2");
    const double by_sigma = start * std::exp(-t * rate(fast));
    const double by_tau = std::exp(-t * std::max(rate(delta), rate(1 - tau)));
    const double up =
        1 + (4 * t * std::max({1.0, finite(rate(fast)), finite(rate(delta))}) + 16) * eps;
    add(report, message("distance_hi(", k, ")"), std::min({1.0, by_sigma * up, by_tau * up}),
        by_tau < by_sigma ? "Doeblin or Dobrushin" : "sigma_2^k sqrt((1-pi_min)/pi_min) / 2");
  }

  add(report, "mixing_time_lo", std::log(1 / (2 * quarter)) / rate(slow), "ln 2 / ln(1/slem)",
      "slem is 1: the walk does not mix");
  const double by_sigma = steps_of(std::log(1 / (2 * quarter * std::sqrt(rarest))) / rate(fast));
  const double by_pseudo = steps_of((1 + 2 * std::log(1 / (2 * quarter)) + std::log(1 / rarest)) /
                                    (full ? low(pseudo) : 0));
  const double by_delta = steps_of(std::log(1 / quarter) / rate(delta));
  add(report, "mixing_time_hi", std::min({by_sigma, by_pseudo, by_delta}),
      "least of sigma_2, pseudo-gap, Doeblin", "no positive gap is proved");
  add(report, "mixing_time_sigma_2", by_sigma, "ln(2/sqrt(pi_min)) / ln(1/sigma_2)",
      "sigma_2 is not shown to be below 1");
  add(report, "mixing_time_pseudo_gap", by_pseudo, "(1 + 2 ln 2 + ln(1/pi_min)) / pseudo_gap",
      "no positive pseudo-gap is proved");
  add(report, "mixing_time_doeblin", by_delta, "ln 4 / ln(1/(1 - delta))",
      "no key is attended by every query");

  const auto [first, second] = two_smallest(s.pi);
  const double reach = 0.5 * std::log((1 - first) * (1 - second) / (first * second)) / rate(fast);
  add(report, "hop_bound",
      std::isfinite(reach) ? std::floor(std::max(0.0, reach) + 1e-9) + 1 : reach,
      "sigma_2, two smallest pi", "sigma_2 is not shown to be below 1");
}

} // namespace attnwalk::spectral
