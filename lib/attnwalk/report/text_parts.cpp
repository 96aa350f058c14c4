// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/text_parts.hpp"

#include "attnwalk/core/error.hpp"

#include <cmath>

namespace attnwalk::report {
namespace {

std::string seed_words(const Provenance& origin) {
  return origin.source == workflow::Source::spec ? message(", seed ", origin.seed) : "";
}

} // namespace

std::string painted(const std::string& text, const char* code, const TextOptions& how) {
  return how.color ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
}

std::string wrapped(const std::string& sentences, std::size_t columns, std::size_t indent) {
  std::string out;
  for (const std::string& line : broken(sentences, columns - indent))
    out += std::string(indent, ' ') + line + "\n";
  return out;
}

std::string file_title(const Provenance& origin) {
  return origin.file + (origin.mask.empty()       ? std::string(", stored attention")
                        : origin.mask == "stored" ? std::string(", stored mask")
                                                  : ", mask " + origin.mask);
}

std::string certificate_words(const pattern::Certificate& c) {
  if (!c.certified)
    return "";
  return message("max(|lambda_2|, |lambda_n|) <= ", number(c.lambda_hi, 7, Rounding::up),
                 " (wanted ", number(c.lambda_target, 7), "), by ", c.method, ", draw ", c.draws);
}

std::string heading(const Provenance& origin, const std::string& tail, const TextOptions& how) {
  return painted(workflow::title(origin), "1", how) + "\n" +
         size_words(origin.queries, origin.keys, origin.entries) + tail + seed_words(origin) +
         "\n\n";
}

Table facts_table(const std::vector<Fact>& facts) {
  Table table({{""}, {""}});
  for (const Fact& fact : facts)
    table.add({fact.name, fact.value});
  return table;
}

std::vector<Fact> summary_facts(const workflow::Summary& s) {
  std::vector<Fact> facts{
      {"density", approximate(100 * s.density, 4) + " %"},
      {"entries in a row", message(count(s.row_degree.min), " to ", count(s.row_degree.max),
                                   ", mean ", approximate(s.row_degree.mean, 5))}};
  if (s.empty_rows > 0)
    facts.push_back({"empty rows", count(s.empty_rows)});
  facts.push_back({"self loops", count(s.loops)});
  if (!s.weights)
    return facts;
  const workflow::RowWeights& w = *s.weights;
  facts.push_back({"weights", approximate(w.min, 3) + " to " + approximate(w.max, 6)});
  const bool walk = w.row_sum_error < 1e-3; // beyond what any precision leaves of a softmax
  facts.push_back(
      {"row sums", walk ? "1 to within " + number(w.row_sum_error, 2, Rounding::up)
                        : approximate(w.row_sum_min, 6) + " to " + approximate(w.row_sum_max, 6)});
  if (!std::isnan(w.entropy))
    facts.push_back({"entropy", approximate(w.entropy, 5) + " nats a row, spread as if over " +
                                    approximate(w.effective_keys, 5) + " equal keys" +
                                    (walk ? "" : ", rows divided by their sums")});
  return facts;
}

Table dense_table() {
  return Table({{"array"},
                {"batch x heads x tokens x width"},
                {"max |x|", Align::right},
                {"Frobenius", Align::right},
                {"spread", Align::right},
                {"checksum"}});
}

void add_row(Table& table, const std::string& name, const workflow::DenseSummary& x) {
  table.add({name,
             message(x.shape.batch, " x ", x.shape.heads, " x ", count(x.shape.tokens), " x ",
                     x.shape.width),
             approximate(x.largest, 6), approximate(x.frobenius, 6), approximate(x.spread, 6),
             x.checksum});
}

std::string output_line(const std::string& output) {
  return output.empty() ? "" : "\nwritten to " + output + "\n";
}

std::string time_line(const std::vector<Timing>& timings) {
  return timings.empty() ? "" : "\n" + wrapped("time: " + timing_words(timings));
}

} // namespace attnwalk::report
