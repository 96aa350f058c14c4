// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"

#include <string>
#include <string_view>

namespace attnwalk::spectral {

/// An interval for a quantity whose gap is 1 - value. The gap's own ends are kept apart because
/// subtracting from 1 would lose their digits.
struct Interval {
  double value = 0;
  double lo = 0;
  double hi = 0;
  double gap = 0;
  double gap_lo = 0;
  double gap_hi = 0;
};

/// The interval of a quantity known as [lo, hi] alone: the gaps by subtraction.
[[nodiscard]] Interval around(double value, double lo, double hi);

/// Ends of value and gap that are not exactly 1 apart (lambda_n: 1 + value) go outwards by one step
/// of double, for the rounding between them.
[[nodiscard]] Gap entry(std::string_view name, const Interval& x, Status status, std::string method,
                        std::string reason = {});

/// chatterjee, pseudo_gap, doeblin: the value is the gap.
[[nodiscard]] Gap entry_is_gap(std::string_view name, double value, double lo, double hi,
                               Status status, std::string method, std::string reason = {});

[[nodiscard]] Gap refusal(std::string_view name, std::string reason);

/// A value of exactly 1, gap 0.
[[nodiscard]] Gap closed_gap(std::string_view name, std::string method, std::string reason);

} // namespace attnwalk::spectral
