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

/// A report's gap whose distance from 1 is 1 - value (lambda_n: 1 + value). Where an end of the value
/// and the same end of the gap do not add up to exactly 1, both move outwards by one step of double,
/// for the rounding between them.
[[nodiscard]] Gap make_gap(std::string_view name, const Interval& x, Status status,
                           std::string method, std::string reason = {});

/// The same for chatterjee, pseudo_gap and doeblin, which are gaps themselves: value = gap.
[[nodiscard]] Gap make_gap_as_value(std::string_view name, double value, double lo, double hi,
                                    Status status, std::string method, std::string reason = {});

/// A quantity that does not exist here, and why.
[[nodiscard]] Gap refusal(std::string_view name, std::string reason);

/// The place of a quantity that `only` leaves out, until the report is complete.
[[nodiscard]] Gap not_wanted(std::string_view name);

/// A value of exactly 1, gap 0.
[[nodiscard]] Gap closed_gap(std::string_view name, std::string method, std::string reason);

} // namespace attnwalk::spectral
