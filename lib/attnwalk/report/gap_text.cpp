// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/report/answer.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/report/text_parts.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>

namespace attnwalk::report {
namespace {

/// Colors status words where they stand as table cells, after alignment: escapes have no width.
std::string with_status_colors(std::string table, const TextOptions& how) {
  if (!how.color)
    return table;
  struct Paint {
    const char* word;
    const char* code;
  };
  for (const Paint& paint :
       {Paint{"certified", "32"}, Paint{"probable", "36"}, Paint{"estimate", "33"},
        Paint{"refused", "31"}, Paint{"not_converged", "35"}}) {
    const std::string cell = std::string("  ") + paint.word;
    const std::string color = "  " + painted(paint.word, paint.code, how);
    for (std::size_t at = table.find(cell); at != std::string::npos;
         at = table.find(cell, at + color.size()))
      table.replace(at, cell.size(), color);
  }
  return table;
}

/// Names that share a text, in order of first appearance.
struct Shared {
  std::string names;
  std::string text;
};

void share(std::vector<Shared>& all, const std::string& name, const std::string& text) {
  const auto same =
      std::find_if(all.begin(), all.end(), [&](const Shared& s) { return s.text == text; });
  if (same == all.end())
    all.push_back({name, text});
  else
    same->names += ", " + name;
}

std::string gaps_table(const std::vector<spectral::Gap>& gaps, const TextOptions& how) {
  Table table(
      {{"quantity"}, {"value", Align::right}, {"interval"}, {"gap", Align::right}, {"status"}});
  std::vector<Shared> methods;
  for (const auto& g : gaps) {
    if (g.status == spectral::Status::refused)
      continue;
    table.add({g.name, value_words(g), interval(g.lo, g.hi, 10), gap_words(g),
               std::string(spectral::to_string(g.status))});
    const std::string residual = g.value && std::isfinite(g.residual) && g.residual > 0
                                     ? ", residual " + number(g.residual, 1)
                                     : "";
    if (!g.method.empty() || !g.reason.empty())
      share(methods, g.name,
            g.method + residual + (g.reason.empty() || g.method.empty() ? "" : "; ") + g.reason);
  }
  std::string out = with_status_colors(table.text(), how);
  if (!methods.empty())
    out += "\nfound by\n";
  for (const Shared& found : methods)
    out += wrapped(found.names + ": " + found.text, page_columns, 2);
  return out;
}

std::string refusal_lines(const spectral::GapReport& report) {
  std::string out;
  for (const Refusal& cause : refusals(report))
    out += wrapped(message("not given: ", listed(cause.names), ": ", cause.reason));
  return out.empty() ? out : out + "\n";
}

std::string value_of(const std::optional<double>& x) {
  return x ? approximate(*x) : "-";
}

/// How pi was found, for people; JSON has the short name.
std::string_view source_words(std::string_view method) {
  if (method == "degree")
    return "row sums of symmetric weights";
  if (method == "reversible")
    return "detailed balance";
  if (method == "gth")
    return "elimination (GTH)";
  if (method == "power")
    return "power iteration";
  return "the causal order: all mass on token 0";
}

std::vector<Fact> stationary_facts(const spectral::Stationary& s) {
  if (s.method.empty())
    return {{"stationary", s.status.empty() ? "none" : s.status}};
  std::string words =
      message("from ", source_words(s.method), ", residual ", number(s.residual, 2));
  if (s.error_bound)
    words += ", error at most " + number(*s.error_bound, 2, Rounding::up);
  std::vector<Fact> facts{{"stationary", words},
                          {"  pi", approximate(s.min, 4) + " to " + approximate(s.max, 4)},
                          {"  from uniform", "TV " + approximate(s.tv_uniform, 4)},
                          {"  reversibility defect", number(s.reversibility_defect, 2)}};
  if (!s.status.empty())
    facts.push_back({"  status", s.status});
  return facts;
}

std::vector<Fact> sweep_facts(const spectral::SweepCut& cut) {
  std::vector<Fact> facts{
      {"sweep cut", message("conductance ", approximate(cut.conductance, 5), ", ", count(cut.size),
                            cut.size == 1 ? " token" : " tokens", " on one side")}};
  if (cut.set.empty())
    return facts;
  std::string set; // runs of consecutive tokens, as a..b
  for (std::size_t at = 0; at < cut.set.size();) {
    std::size_t end = at;
    while (end + 1 < cut.set.size() && cut.set[end + 1] == cut.set[end] + 1)
      ++end;
    set += (set.empty() ? "" : " ") + std::to_string(cut.set[at]);
    if (end > at)
      set += ".." + std::to_string(cut.set[end]);
    at = end + 1;
  }
  facts.push_back({"  set", set});
  return facts;
}

std::vector<Fact> short_structure(const pattern::Structure& s) {
  std::vector<Fact> facts = structure_facts(s);
  const auto unwanted = [](const Fact& f) {
    return f.name == "shape" || f.name == "entries in a column" || f.name == "symmetric" ||
           f.name == "doeblin";
  };
  facts.erase(std::remove_if(facts.begin(), facts.end(), unwanted), facts.end());
  return facts;
}

/// Bounds named base(1), base(2), ... that are known in one way: one row of numbers instead of
/// many.
struct Series {
  std::string base;
  std::string first; ///< k
  std::string last;
  std::string values;
  std::string method;
};

std::string bounds_table(const std::vector<spectral::Bound>& bounds) {
  Table table({{"bound"}, {"value", Align::right}, {"method"}});
  std::vector<Series> all;
  for (const auto& b : bounds) {
    const std::string method = b.reason.empty()   ? b.method
                               : b.method.empty() ? b.reason
                                                  : b.method + "; " + b.reason;
    const std::size_t open = b.name.find('(');
    if (open == std::string::npos || b.name.back() != ')') {
      table.add({b.name, value_of(b.value), method});
      continue;
    }
    const std::string base = b.name.substr(0, open);
    const std::string k = b.name.substr(open + 1, b.name.size() - open - 2);
    const auto same = [&](const Series& s) { return s.base == base && s.method == method; };
    const auto found = std::find_if(all.begin(), all.end(), same);
    if (found == all.end()) {
      all.push_back({base, k, k, value_of(b.value), method});
    } else {
      found->last = k;
      found->values += ", " + value_of(b.value);
    }
  }
  Table several({{""}, {""}});
  for (const Series& s : all)
    several.add({s.base + "(k), k = " + s.first + (s.first == s.last ? "" : ".." + s.last),
                 s.values + (s.method.empty() ? "" : " (" + s.method + ")")});
  std::string out = table.text(page_columns);
  if (!out.empty())
    out.insert(0, "\n");
  return out + (all.empty() ? "" : "\n" + several.text(page_columns));
}

std::vector<Timing> joined(std::vector<Timing> a, const std::vector<Timing>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// What any table of gaps says beside them.
void append_common(std::vector<Fact>& facts, const spectral::GapReport& report,
                   const std::string& certificate) {
  if (report.empty_rows_looped > 0)
    facts.push_back({"given a self loop", count(report.empty_rows_looped) + " empty rows"});
  if (!certificate.empty())
    facts.push_back({"certificate", certificate});
}

/// The report without its heading; `certificate` is what is proved of the pattern, in words.
std::string all_tables(const spectral::GapReport& report, const std::string& certificate,
                       const TextOptions& how) {
  std::string out = gaps_table(report.gaps, how) + "\n" + refusal_lines(report);
  std::vector<Fact> facts = short_structure(report.structure);
  if (report.multiplicity_at_least > 1)
    facts.push_back(
        {"multiplicity of lambda_2", "at least " + count(report.multiplicity_at_least)});
  for (Fact& fact : stationary_facts(report.stationary))
    facts.push_back(std::move(fact));
  if (report.sweep)
    for (Fact& fact : sweep_facts(*report.sweep))
      facts.push_back(std::move(fact));
  append_common(facts, report, certificate);
  return out + facts_table(facts).text(page_columns) + bounds_table(report.bounds);
}

/// The numbers that matter and what they rest on: one screen.
std::string short_tables(const spectral::GapReport& report, const std::string& certificate,
                         const TextOptions& how) {
  Table table({{"quantity"}, {"value", Align::right}, {"interval"}, {"status"}, {"what it says"}});
  for (const KeyNumber& key : key_numbers(report))
    table.add({key.name, key.value, key.range, key.status, key.meaning});
  const std::string numbers = with_status_colors(table.text(page_columns), how);
  std::vector<Fact> facts;
  const pattern::Structure& s = report.structure;
  const WalkFacts holds = walk_facts(report);
  if (holds.has_powers && s.full_reach)
    facts.push_back({"reach", message("every token reaches every other in ", count(*s.full_reach),
                                      *s.full_reach == 1 ? " hop" : " hops")});
  else if (holds.has_powers && s.full_reach_status.empty() && s.strong_components > 1)
    facts.push_back({"reach", "some tokens never reach some others"});
  if (holds.pi_positive && !report.stationary.method.empty() && s.rows > 1)
    facts.push_back({"limit", message("distance from uniform attention ",
                                      approximate(report.stationary.tv_uniform, 2),
                                      ", in [0, 1]; largest share of one token ",
                                      approximate(100 * report.stationary.max, 2), " %")});
  append_common(facts, report, certificate);
  const std::string below = facts_table(facts).text(page_columns);
  return numbers + (numbers.empty() || below.empty() ? "" : "\n") + below;
}

} // namespace

std::string gap_text(const Provenance& origin, const spectral::GapReport& report,
                     const TextOptions& how) {
  const std::string certificate = certificate_words(origin.certificate);
  std::string out = heading(origin, message(", ", spectral::to_string(report.kind)), how) +
                    wrapped(answer(report).sentence) + "\n";
  const std::string times = time_line(joined(origin.timings, report.timings));
  if (how.all)
    return out + all_tables(report, certificate, how) + times;
  out += short_tables(report, certificate, how);
  const std::string refused = refusal_lines(report);
  return out + (refused.empty() ? "" : "\n" + refused.substr(0, refused.size() - 1)) +
         "\nEvery number: --all.\n" + times;
}

/// How `os << report` is printed.
static std::string plain(const spectral::GapReport& report) {
  return all_tables(report, "", {}) + time_line(report.timings);
}

} // namespace attnwalk::report

namespace attnwalk::spectral {

std::ostream& operator<<(std::ostream& out, const GapReport& report) {
  return out << report::plain(report);
}

} // namespace attnwalk::spectral
