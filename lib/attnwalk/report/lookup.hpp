// SPDX-License-Identifier: Apache-2.0
// Private: numbers of a report by name, where they are known.
#pragma once

#include "attnwalk/report/format.hpp"
#include "attnwalk/spectral/gap.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace attnwalk::report {

/// The gap of that name; null where the report has none, or does not know it.
[[nodiscard]] inline const spectral::Gap* known(const spectral::GapReport& report,
                                                std::string_view name) {
  const auto found = std::find_if(report.gaps.begin(), report.gaps.end(),
                                  [&](const auto& g) { return g.name == name && g.gap; });
  return found == report.gaps.end() ? nullptr : &*found;
}

/// The same for a bound.
[[nodiscard]] inline const spectral::Bound* bound(const spectral::GapReport& report,
                                                  std::string_view name) {
  const auto found = std::find_if(report.bounds.begin(), report.bounds.end(),
                                  [&](const auto& b) { return b.name == name && b.value; });
  return found == report.bounds.end() ? nullptr : &*found;
}

/// A number of hops: "122,374", or "9.43e14".
[[nodiscard]] inline std::string hops(double x) {
  return x < 1e7 ? count(static_cast<Index>(x)) : approximate(x, 3);
}

} // namespace attnwalk::report
