// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/report/compare.hpp"
#include "attnwalk/report/input.hpp"

#include <string>

namespace attnwalk::report {

struct TextOptions {
  bool color = false; ///< terminal colors for the title and the status of each number
};

/// Results as short aligned tables for people. Digits follow the interval: what is printed of a
/// value is known, and printed intervals are rounded outwards.
[[nodiscard]] std::string summary_text(const Provenance& from, const Summary& summary,
                                       const std::string& output, const TextOptions& how = {});
[[nodiscard]] std::string info_text(const Provenance& from, const pattern::Structure& structure,
                                    const TextOptions& how = {});
[[nodiscard]] std::string gap_text(const Provenance& from, const spectral::GapReport& report,
                                   const TextOptions& how = {});
[[nodiscard]] std::string compare_text(const Provenance& a, const Provenance& b,
                                       const Comparison& both, const TextOptions& how = {});

} // namespace attnwalk::report
