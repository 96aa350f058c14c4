// SPDX-License-Identifier: Apache-2.0
// Private: what several pictures are made of.
#pragma once

#include "attnwalk/report/svg.hpp"

#include <span>
#include <string>

namespace attnwalk::report {

/// One row per name on a common scale, as `gaps_svg`, with a remark above and a note below.
[[nodiscard]] std::string intervals_svg(std::span<const GapSeries> series, const std::string& title,
                                        const std::string& what, const std::string& note);

} // namespace attnwalk::report
