// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/compare.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <array>
#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  std::string a;
  std::string b;
  report::InputOptions in;
  spectral::GapOptions how;
  Output out;
  bool strict = false;
};

std::string picture(const report::InputPair& pair, const report::Comparison& both) {
  const std::array<report::GapSeries, 2> series{{{"A", &both.a}, {"B", &both.b}}};
  return report::gaps_svg(series, "A: " + report::title(pair.first.from) +
                                      ", B: " + report::title(pair.second.from));
}

void run(Options& options, Session& session) {
  const Output& out = options.out;
  check(out);
  options.how.key.seed = options.in.seed;
  options.how.threads = options.in.threads;
  const report::InputPair pair = report::resolve_pair(options.a, options.b, options.in);
  const report::Comparison both =
      report::compare(pair.first.view(), pair.second.view(), options.how);
  plot(out, [&] { return picture(pair, both); });
  session.print(out.json ? report::compare_json(pair.first.from, pair.second.from, both)
                         : report::compare_text(pair.first.from, pair.second.from, both,
                                                {.color = session.color()}));
  if (options.strict && !(report::settled(both.a) && report::settled(both.b)))
    session.exit_code = 1;
}

} // namespace

void add_compare(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand("compare", "Two patterns or weight files: structure, gaps and "
                                             "common entries");
  const auto options = std::make_shared<Options>();
  options->in.monitor = options->how.monitor = session.monitor();
  verb->add_option("a", options->a, "the first: a spec, a file, or -")
      ->type_name("SPEC|FILE|-")
      ->required();
  verb->add_option("b", options->b, "the second; a spec takes the size of a file beside it")
      ->type_name("SPEC|FILE|-")
      ->required();
  add_sizes(*verb, options->in);
  add_gap_options(*verb, options->how);
  verb->add_flag("--strict", options->strict,
                 "exit 1 if a quantity was refused or did not converge");
  add_output(*verb, options->out, session, {"gaps"});
  verb->callback([verb, options, &session] {
    refuse_ignored(*verb, only_of_kinds(options->how));
    refuse_ignored(*verb, {{{"--sweep-set", "--spectrum"}, options->out.json, "--json"}});
    run(*options, session);
  });
}

} // namespace attnwalk::tools
