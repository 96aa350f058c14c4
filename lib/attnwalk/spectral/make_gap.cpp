// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/make_gap.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace attnwalk::spectral {

const Gap& GapReport::at(std::string_view name) const {
  const auto found =
      std::find_if(gaps.begin(), gaps.end(), [&](const Gap& g) { return g.name == name; });
  require(found != gaps.end(), Code::domain, "the report has no gap named ", name);
  return *found;
}

Interval around(double value, double lo, double hi) {
  return {value, lo, hi, 1 - value, 1 - hi, 1 - lo};
}

namespace {

/// x + y == 1 in exact arithmetic.
bool sums_to_one(double x, double y) {
  const double sum = x + y;
  const double part = sum - x;
  return sum == 1 && (x - (sum - part)) + (y - part) == 0;
}

/// An end of a value and the same end of its gap, of which one was made from the other by rounding
/// 1 - x: unless that was exact, each goes one step outwards, but never across -1 and 1.
void outward(double& value, double& gap, int direction, bool last) {
  if (sums_to_one(last ? -value : value, gap))
    return;
  constexpr double far = 4;
  if (value != direction)
    value = std::nextafter(value, direction * far);
  if (gap != 0)
    gap = std::nextafter(gap, (last ? direction : -direction) * far);
}

Gap assembled(std::string_view name, const Interval& x, Status status, std::string method,
              std::string reason) {
  Gap g;
  g.name = name;
  g.value = x.value;
  g.gap = x.gap;
  g.lo = x.lo;
  g.hi = x.hi;
  g.gap_lo = x.gap_lo;
  g.gap_hi = x.gap_hi;
  g.status = status;
  g.method = std::move(method);
  g.reason = std::move(reason);
  return g;
}

} // namespace

Gap make_gap(std::string_view name, const Interval& x, Status status, std::string method,
             std::string reason) {
  const bool last = name == "lambda_n";
  Interval y = x;
  outward(y.lo, last ? y.gap_lo : y.gap_hi, -1, last);
  outward(y.hi, last ? y.gap_hi : y.gap_lo, 1, last);
  return assembled(name, y, status, std::move(method), std::move(reason));
}

Gap make_gap_as_value(std::string_view name, double value, double lo, double hi, Status status,
                      std::string method, std::string reason) {
  return assembled(name, {value, lo, hi, value, lo, hi}, status, std::move(method),
                   std::move(reason));
}

Gap refusal(std::string_view name, std::string reason) {
  Gap g;
  g.name = name;
  g.status = Status::refused;
  g.reason = std::move(reason);
  return g;
}

Gap not_wanted(std::string_view name) {
  return refusal(name, "not asked for");
}

Gap closed_gap(std::string_view name, std::string method, std::string reason) {
  return make_gap(name, {1, 1, 1, 0, 0, 0}, Status::certified, std::move(method),
                  std::move(reason));
}

} // namespace attnwalk::spectral
