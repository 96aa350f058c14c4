// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/explain_text.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>
#include <string>

namespace attnwalk::tools {

void add_explain(CLI::App& app, Session& session) {
  CLI::App& verb = add_verb(app, "explain", "What a number of a gap report is and how to read it",
                            {"explain", "explain slem", "explain mixing_time_lo"});
  const auto name = std::make_shared<std::string>();
  add_word(verb, "name", *name, "a quantity, as tables and JSON name it; without it: all names",
           "NAME");
  on_run(verb, [name, &session] {
    session.print(name->empty()
                      ? report::explain_names_text()
                      : report::explain_text(workflow::explain(*name), {.color = session.color()}));
  });
}

} // namespace attnwalk::tools
