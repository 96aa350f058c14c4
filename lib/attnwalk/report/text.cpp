// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/text.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/report/format.hpp"
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

std::string reason_of(const spectral::Gap& g) {
  if (g.reason.empty())
    return g.method;
  return g.method.empty() ? g.reason : g.method + "; " + g.reason;
}

std::string gaps_table(const std::vector<spectral::Gap>& gaps, const TextOptions& how) {
  Table table({{"quantity"},
               {"value", Align::right},
               {"residual", Align::right},
               {"interval"},
               {"gap", Align::right},
               {"status"},
               {"method"}});
  for (const auto& g : gaps)
    table.add({g.name, value_words(g),
               g.value && std::isfinite(g.residual) ? number(g.residual, 1) : "",
               interval(g.lo, g.hi), gap_words(g), std::string(spectral::to_string(g.status)),
               reason_of(g)});
  return with_status_colors(table.text(), how);
}

std::string known(const std::optional<double>& x) {
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
      table.add({b.name, known(b.value), method});
      continue;
    }
    const std::string base = b.name.substr(0, open);
    const std::string k = b.name.substr(open + 1, b.name.size() - open - 2);
    const auto same = [&](const Series& s) { return s.base == base && s.method == method; };
    const auto found = std::find_if(all.begin(), all.end(), same);
    if (found == all.end()) {
      all.push_back({base, k, k, known(b.value), method});
    } else {
      found->last = k;
      found->values += ", " + known(b.value);
    }
  }
  Table several({{""}, {""}, {""}});
  for (const Series& s : all)
    several.add({s.base + "(k), k = " + s.first + (s.first == s.last ? "" : ".." + s.last),
                 s.values, s.method});
  std::string out = table.text();
  if (!out.empty())
    out.insert(0, "\n");
  return out + (all.empty() ? "" : "\n" + several.text());
}

std::string interval_words(const spectral::Gap& g) {
  const std::string words = interval(g.lo, g.hi);
  return g.value || !words.empty() ? words : std::string(spectral::to_string(g.status));
}

/// The same quantity in two reports; null where one has none.
struct GapPair {
  std::string name;
  const spectral::Gap* a = nullptr;
  const spectral::Gap* b = nullptr;
};

std::vector<GapPair> paired(const std::vector<spectral::Gap>& a,
                            const std::vector<spectral::Gap>& b) {
  std::vector<GapPair> pairs;
  pairs.reserve(a.size() + b.size());
  for (const auto& g : a)
    pairs.push_back({g.name, &g, nullptr});
  for (const auto& h : b) {
    const auto twin = std::find_if(pairs.begin(), pairs.end(),
                                   [&](const GapPair& pair) { return pair.name == h.name; });
    if (twin == pairs.end())
      pairs.push_back({h.name, nullptr, &h});
    else
      twin->b = &h;
  }
  return pairs;
}

std::vector<Timing> joined(std::vector<Timing> a, const std::vector<Timing>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The report without its heading; `certificate` is what is proved of the pattern, in words.
std::string gap_tables(const spectral::GapReport& report, const std::string& certificate,
                       const TextOptions& how) {
  std::string out = gaps_table(report.gaps, how) + "\n";
  std::vector<Fact> facts = short_structure(report.structure);
  if (report.empty_rows_looped > 0)
    facts.push_back({"given a self loop", count(report.empty_rows_looped) + " empty rows"});
  if (report.multiplicity_at_least > 1)
    facts.push_back(
        {"multiplicity of lambda_2", "at least " + count(report.multiplicity_at_least)});
  for (Fact& fact : stationary_facts(report.stationary))
    facts.push_back(std::move(fact));
  if (report.sweep)
    for (Fact& fact : sweep_facts(*report.sweep))
      facts.push_back(std::move(fact));
  if (!certificate.empty())
    facts.push_back({"certificate", certificate});
  return out + facts_table(facts).text() + bounds_table(report.bounds);
}

} // namespace

std::string summary_text(const Provenance& origin, const workflow::Summary& s,
                         const std::string& output, const TextOptions& how) {
  std::vector<Fact> facts = summary_facts(s);
  if (origin.certificate.certified)
    facts.push_back({"certificate", certificate_words(origin.certificate)});
  if (!output.empty())
    facts.push_back({"written to", output});
  return heading(origin, "", how) + facts_table(facts).text() + time_line(origin.timings);
}

std::string info_text(const Provenance& origin, const pattern::Structure& s,
                      const TextOptions& how) {
  std::vector<Fact> facts = structure_facts(s);
  facts.erase(facts.begin()); // the heading has the shape
  if (origin.certificate.certified)
    facts.push_back({"certificate", certificate_words(origin.certificate)});
  return heading(origin, "", how) + facts_table(facts).text() + time_line(origin.timings);
}

std::string gap_text(const Provenance& origin, const spectral::GapReport& report,
                     const TextOptions& how) {
  return heading(origin, message(", ", spectral::to_string(report.kind)), how) +
         gap_tables(report, certificate_words(origin.certificate), how) +
         time_line(joined(origin.timings, report.timings));
}

std::string compare_text(const Provenance& a, const Provenance& b, const workflow::Comparison& both,
                         const TextOptions& how) {
  std::string out = "A  " + heading(a, message(", ", spectral::to_string(both.a.kind)), how);
  out.pop_back();
  out += "B  " + heading(b, message(", ", spectral::to_string(both.b.kind)), how);
  const workflow::Overlap& o = both.overlap;
  out +=
      facts_table({{"common entries", count(o.common)},
                   {"only in A", count(o.only_a)},
                   {"only in B", count(o.only_b)},
                   {"Jaccard", approximate(o.jaccard, 5)},
                   {"TV between rows", message("mean ", approximate(o.tv_mean, 4), ", largest ",
                                               approximate(o.tv_max, 4), " in row ", o.tv_max_row)},
                   {"Frobenius", approximate(o.frobenius, 5)}})
          .text() +
      "\n";
  Table gaps(
      {{"quantity"}, {"A", Align::right}, {"interval A"}, {"B", Align::right}, {"interval B"}});
  for (const auto& [name, g, h] : paired(both.a.gaps, both.b.gaps))
    gaps.add({name, g ? value_words(*g) : "-", g ? interval_words(*g) : "",
              h ? value_words(*h) : "-", h ? interval_words(*h) : ""});
  out += gaps.text() + "\n";
  Table facts({{"structure"}, {"A"}, {"B"}});
  const std::vector<Fact> left = structure_facts(both.a.structure);
  const std::vector<Fact> right = structure_facts(both.b.structure);
  for (const Fact& fact : left) {
    const auto twin = std::find_if(right.begin(), right.end(),
                                   [&](const Fact& f) { return f.name == fact.name; });
    facts.add({fact.name, fact.value, twin == right.end() ? "-" : twin->value});
  }
  return out + facts.text() + time_line(both.timings);
}

/// How `os << report` is printed.
static std::string plain(const spectral::GapReport& report) {
  return gap_tables(report, "", {}) + time_line(report.timings);
}

} // namespace attnwalk::report

namespace attnwalk::pattern {

std::ostream& operator<<(std::ostream& out, const Structure& structure) {
  return out << report::facts_table(report::structure_facts(structure)).text();
}

} // namespace attnwalk::pattern

namespace attnwalk::spectral {

std::ostream& operator<<(std::ostream& out, Status status) {
  return out << to_string(status);
}

std::ostream& operator<<(std::ostream& out, const Gap& gap) {
  const std::string ends = report::interval(gap.lo, gap.hi);
  out << gap.name << " = " << report::value_words(gap) << (ends.empty() ? "" : " in ") << ends
      << ", " << gap.status;
  return gap.reason.empty() ? out : out << ": " << gap.reason;
}

std::ostream& operator<<(std::ostream& out, const GapReport& report) {
  return out << report::plain(report);
}

} // namespace attnwalk::spectral
