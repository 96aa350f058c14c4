// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/text.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/text_parts.hpp"

#include <algorithm>
#include <ostream>

namespace attnwalk::report {
namespace {

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

} // namespace attnwalk::spectral
