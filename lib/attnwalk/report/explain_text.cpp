// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/explain_text.hpp"

#include "attnwalk/report/text_parts.hpp"

#include <string>

namespace attnwalk::report {

std::string explain_text(const workflow::Explanation& x, const TextOptions& how) {
  const std::vector<Fact> facts{{"what it is", std::string(x.meaning)},
                                {"read it for", std::string(x.read)},
                                {"which way", std::string(x.direction)},
                                {"exists for", std::string(x.exists)},
                                {"certified", std::string(x.certainty)}};
  std::string out = painted(std::string(x.name), "1", how) + "\n";
  for (const Fact& fact : facts)
    out += "\n" + fact.name + "\n" + wrapped(fact.value, page_columns, 2);
  return out;
}

std::string explain_names_text() {
  std::string names;
  for (const workflow::Explanation& x : workflow::explanations())
    names += (names.empty() ? "" : ", ") + std::string(x.name);
  return "Quantities that `attnwalk explain NAME` explains:\n" + wrapped(names, page_columns, 2);
}

} // namespace attnwalk::report
