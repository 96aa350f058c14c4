// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/gap.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <array>
#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  std::string a;
  std::string b;
  workflow::InputOptions in;
  spectral::GapOptions how;
  Output out;
  bool strict = false;
};

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  check(out);
  const workflow::CompareResult result =
      workflow::compare(options.a, options.b, options.in, options.how);
  const workflow::Provenance& a = result.pair.first.origin;
  const workflow::Provenance& b = result.pair.second.origin;
  const workflow::Comparison& both = result.comparison;
  const std::array<report::GapSeries, 2> series{{{"A", &both.a}, {"B", &both.b}}};
  plot(out, [&] {
    return report::gaps_svg(series,
                            "A: " + report::picture_title(a) + ", B: " + report::picture_title(b));
  });
  session.print(out.json ? report::compare_json(a, b, both)
                         : report::compare_text(a, b, both, {.color = session.color()}));
  if (options.strict && !(workflow::settled(both.a) && workflow::settled(both.b)))
    session.exit_code = 1;
}

} // namespace

void add_compare(CLI::App& app, Session& session) {
  CLI::App& verb =
      add_verb(app, "compare", "Two patterns or weight files: structure, gaps and common entries");
  const auto options = std::make_shared<Options>();
  options->in.monitor = options->how.monitor = session.monitor();
  add_word(verb, "a", options->a, "the first: a spec, a file, or -", "SPEC|FILE|-", true);
  add_word(verb, "b", options->b, "the second; a spec takes the size of a file beside it",
           "SPEC|FILE|-", true);
  add_sizes(verb, options->in);
  add_gap_options(verb, options->how);
  add_flag(verb, "--strict", options->strict,
           "exit 1 if a quantity was refused or did not converge");
  add_output(verb, options->out, session, {"gaps"});
  on_run(verb, [&verb, options, &session] {
    refuse_ignored(verb, workflow::rules(options->how));
    refuse_ignored(verb, {{"sweep_set", false, options->out.json, "`json`"},
                          {"spectrum", false, options->out.json, "`json`"}});
    run(*options, session);
  });
}

} // namespace attnwalk::tools
