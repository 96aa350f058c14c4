// SPDX-License-Identifier: Apache-2.0
// Private: what the tables of several results are made of.
#pragma once

#include "attnwalk/report/format.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/report/words.hpp"

#include <string>
#include <vector>

namespace attnwalk::report {

/// `text` in a terminal color, if colors are wanted.
[[nodiscard]] std::string painted(const std::string& text, const char* code,
                                  const TextOptions& how);
/// What is proved of a pattern, in words; empty if nothing is.
[[nodiscard]] std::string certificate_words(const pattern::Certificate& c);
/// Title, sizes with `tail` behind them, an empty line.
[[nodiscard]] std::string heading(const Provenance& from, const std::string& tail,
                                  const TextOptions& how);
[[nodiscard]] Table facts_table(const std::vector<Fact>& facts);
/// Density, degrees, weights.
[[nodiscard]] std::vector<Fact> summary_facts(const Summary& s);
/// The line of times that ends a table.
[[nodiscard]] std::string time_line(const std::vector<Timing>& timings);

} // namespace attnwalk::report
