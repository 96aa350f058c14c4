// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/explain.hpp"

#include <string>

namespace attnwalk::report {

/// What a quantity is: its name, then a heading and a sentence each.
[[nodiscard]] std::string explain_text(const workflow::Explanation& explanation,
                                       const TextOptions& how = {});
/// The names of all that are explained.
[[nodiscard]] std::string explain_names_text();

} // namespace attnwalk::report
