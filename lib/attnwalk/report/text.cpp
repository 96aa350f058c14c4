// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/text.hpp"

#include "attnwalk/report/format.hpp"
#include "attnwalk/report/text_parts.hpp"

#include <ostream>

namespace attnwalk::report {
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
