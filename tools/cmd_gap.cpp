// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/gap.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::InputOptions in;
  spectral::GapOptions how;
  Output out;
  bool pi = false;
  bool strict = false;
};

/// What belongs to ways of showing a result.
workflow::FieldRules of_outputs(const Options& options) {
  return {{"pi", options.pi, options.out.json, "`json`"},
          {"pi", options.pi, options.how.kind != spectral::Kind::bipartite,
           "walks, not to `kind=bipartite`"},
          {"plot_kind", false, !options.out.plot.empty(), "`plot=FILE.svg`"}};
}

std::string picture(const Output& out, const workflow::GapResult& result) {
  const std::string title = workflow::title(result.input.origin);
  const CsrView<double> A = result.input.view();
  if (out.plot_kind == "mask")
    return report::mask_svg(A, {.title = title});
  if (out.plot_kind == "spectrum")
    return report::spectrum_svg(result.report,
                                {.title = title, .bulk = report::bulk_radius(A, result.report)});
  const report::GapSeries only{"", &result.report};
  return report::gaps_svg({&only, 1}, title);
}

void run(Options& options, Session& session) {
  const Output& out = options.out;
  check(out);
  options.how.whole_spectrum |= !out.plot.empty() && out.plot_kind == "spectrum";
  const workflow::GapResult result = workflow::gap(options.in, options.how);
  const workflow::Provenance& origin = result.input.origin;
  plot(out, [&] { return picture(out, result); });
  const report::JsonOptions json{.pi = options.pi,
                                 .expected = result.expected ? &*result.expected : nullptr};
  session.print(out.json ? report::gap_json(origin, result.report, json)
                         : report::gap_text(origin, result.report, {.color = session.color()}) +
                               report::expected_text(result.expected));
  if (options.strict && !workflow::settled(result.report))
    session.exit_code = 1;
}

} // namespace

void add_gap(CLI::App& app, Session& session) {
  CLI::App& verb = add_verb(app, "gap", "Spectral gaps with intervals, for patterns and for heads");
  const auto options = std::make_shared<Options>();
  options->in.monitor = options->how.monitor = session.monitor();
  add_source(verb, options->in);
  add_sizes(verb, options->in);
  add_head(verb, options->in);
  add_gap_options(verb, options->how);
  add_flag(verb, "--pi", options->pi, "write the stationary distribution into the JSON");
  add_flag(verb, "--strict", options->strict,
           "exit 1 if a quantity was refused or did not converge");
  add_output(verb, options->out, session, {"gaps", "spectrum", "mask"});
  on_run(verb, [&verb, options, &session] {
    refuse_ignored(verb, workflow::rules(options->how));
    refuse_ignored(verb, workflow::rules(options->in));
    refuse_ignored(verb, of_outputs(*options));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
