// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/csv.hpp"

#include "attnwalk/report/answer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace attnwalk::report {
namespace {

/// The cells of one line.
class Line {
public:
  void text(std::string_view words) {
    begin();
    if (words.find_first_of(",\"\r\n") == std::string_view::npos) {
      line_ += words;
      return;
    }
    line_ += '"';
    for (const char c : words)
      line_ += c == '"' ? std::string("\"\"") : std::string(1, c);
    line_ += '"';
  }
  void number(std::optional<double> x) {
    begin();
    if (!x || !std::isfinite(*x))
      return;
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *x);
    line_.append(digits.data(), end.ptr);
  }
  void whole(std::optional<Index> x) {
    begin();
    if (x)
      line_ += std::to_string(*x);
  }
  [[nodiscard]] std::string finish() const { return line_ + "\n"; }

private:
  void begin() {
    if (!first_)
      line_ += ',';
    first_ = false;
  }
  std::string line_;
  bool first_ = true;
};

void header(Line& line) {
  for (const char* name : {"input", "layer", "head", "queries", "keys", "entries", "kind",
                           "verdict", "hops_lo", "hops_hi", "full_reach", "tv_uniform"})
    line.text(name);
  for (const std::string_view name : spectral::gap_names)
    for (const char* part : {"", "_gap", "_gap_lo", "_gap_hi", "_status"})
      line.text(std::string(name) + part);
}

void row_of(Line& line, const CsvRow& row) {
  const workflow::Provenance& origin = *row.origin;
  const spectral::GapReport& report = *row.report;
  const Answer found = answer(report);
  const bool head = origin.source == workflow::Source::head;
  line.text(origin.source == workflow::Source::spec ? origin.spec : origin.file);
  line.whole(head ? std::optional(origin.layer) : std::nullopt);
  line.whole(head ? std::optional(origin.head) : std::nullopt);
  for (const Index size : {origin.queries, origin.keys, origin.entries})
    line.whole(size);
  line.text(to_string(report.kind));
  line.text(to_string(found.verdict));
  line.number(found.hops_lo);
  line.number(found.hops_hi);
  line.whole(report.structure.full_reach);
  const bool limit = !report.stationary.method.empty();
  line.number(limit ? std::optional(report.stationary.tv_uniform) : std::nullopt);
  const spectral::Gap absent;
  for (const std::string_view name : spectral::gap_names) {
    const spectral::Gap* g = nullptr;
    for (const spectral::Gap& each : report.gaps)
      if (each.name == name)
        g = &each;
    const spectral::Gap& shown = g != nullptr ? *g : absent;
    for (const auto& x : {shown.value, shown.gap, shown.gap_lo, shown.gap_hi})
      line.number(x);
    line.text(g != nullptr ? to_string(g->status) : "");
  }
}

} // namespace

std::string gaps_csv(std::span<const CsvRow> rows) {
  Line names;
  header(names);
  std::string out = names.finish();
  for (const CsvRow& row : rows) {
    Line line;
    row_of(line, row);
    out += line.finish();
  }
  return out;
}

std::string compare_csv(const workflow::CompareResult& result) {
  Line names;
  const std::string varied = result.varied.empty() ? "at" : result.varied;
  for (const std::string& name : {std::string("asked"), std::string("found"), varied,
                                  std::string("rank"), std::string("rank_status")})
    names.text(name);
  header(names);
  std::string out = names.finish();
  for (const workflow::Compared& input : result.inputs) {
    Line line;
    line.text(input.asked);
    line.text(input.found ? input.found->value : "");
    line.number(input.at);
    line.whole(input.rank > 0 ? std::optional(input.rank) : std::nullopt);
    line.text(to_string(input.rank_status));
    row_of(line, {&input.origin, &input.report});
    out += line.finish();
  }
  return out;
}

} // namespace attnwalk::report
