// SPDX-License-Identifier: Apache-2.0
// Private: what the tables of several results are made of.
#pragma once

#include "attnwalk/report/format.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/text.hpp"

#include <string>
#include <vector>

namespace attnwalk::report {

/// What tables and sentences keep within.
inline constexpr std::size_t page_columns = 100;

/// `text` in a terminal color, if colors are wanted.
[[nodiscard]] std::string painted(const std::string& text, const char* code,
                                  const TextOptions& how);
/// Sentences broken between words at `columns`, `indent` spaces before each line; ends with a line
/// break.
[[nodiscard]] std::string wrapped(const std::string& sentences, std::size_t columns = page_columns,
                                  std::size_t indent = 0);
/// The file of several heads and their mask: the title of a table of heads.
[[nodiscard]] std::string file_title(const Provenance& origin);
/// What is proved of a pattern, in words; empty if nothing is.
[[nodiscard]] std::string certificate_words(const pattern::Certificate& c);
/// Title, sizes with `tail` behind them, an empty line.
[[nodiscard]] std::string heading(const Provenance& origin, const std::string& tail,
                                  const TextOptions& how);
[[nodiscard]] Table facts_table(const std::vector<Fact>& facts);
/// Density, degrees, weights.
[[nodiscard]] std::vector<Fact> summary_facts(const workflow::Summary& s);
/// One row per array: its sizes and its numbers.
[[nodiscard]] Table dense_table();
void add_row(Table& table, const std::string& name, const workflow::DenseSummary& x);
/// The line that says where a result was written; nothing where it was not.
[[nodiscard]] std::string output_line(const std::string& output);
/// The line of times that ends a table.
[[nodiscard]] std::string time_line(const std::vector<Timing>& timings);

} // namespace attnwalk::report
