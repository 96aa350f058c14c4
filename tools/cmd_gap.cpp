// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/csv.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/gap.hpp"
#include "attnwalk/workflow/heads.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>
#include <vector>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::HeadsInputs inputs;
  spectral::GapOptions how;
  Output out;
  bool all = false;
  bool pi = false;
  bool strict = false;

  [[nodiscard]] bool several() const {
    return workflow::names_several(inputs.layers) || workflow::names_several(inputs.heads);
  }
};

/// What belongs to ways of showing a result.
workflow::FieldRules of_outputs(const Options& options) {
  return {{"all", false, !options.out.json && options.out.csv != "-", "the table"},
          {"all", false, !options.several(), "one head; `json` and `csv` have all of several"},
          {"pi", options.pi, options.out.json, "`json`"},
          {"pi", options.pi, options.how.kind != spectral::Kind::bipartite,
           "walks, not to `kind=bipartite`"},
          {"plot_kind", false, !options.out.plot.empty(), "`plot=FILE`"},
          {"plot_kind", false, !options.several(), "one head; several have one picture"}};
}

std::string picture(const Output& out, const workflow::GapResult& result) {
  const std::string title = report::picture_title(result.input.origin);
  const CsrView<double> A = result.input.view();
  if (out.plot_kind == "mask")
    return report::mask_svg(A, {.title = title});
  if (out.plot_kind == "spectrum")
    return report::spectrum_svg(result.report,
                                {.title = title, .bulk = report::bulk_radius(A, result.report)});
  const report::GapSeries only{"", &result.report};
  return report::gaps_svg({&only, 1}, title);
}

void run_one(Options& options, Session& session) {
  const Output& out = options.out;
  workflow::InputOptions& in = options.inputs.input;
  in.layer = one_number("--layer", options.inputs.layers);
  in.head = one_number("--head", options.inputs.heads);
  options.how.whole_spectrum |= !out.plot.empty() && out.plot_kind == "spectrum";
  const workflow::GapResult result = workflow::gap(in, options.how);
  const workflow::Provenance& origin = result.input.origin;
  session.remarks(origin.remarks);
  plot(out, [&] { return picture(out, result); });
  const report::CsvRow row{&origin, &result.report};
  print_walks(
      out, session,
      [&] {
        return report::gap_json(
            origin, result.report,
            {.pi = options.pi, .expected = result.expected ? &*result.expected : nullptr});
      },
      [&] {
        return report::gaps_csv({&row, 1});
      },
      [&](report::TextOptions how) {
        how.all = options.all;
        return report::gap_text(origin, result.report, how) +
               report::expected_text(result.expected);
      });
  if (options.strict && !workflow::settled(result.report))
    session.exit_code = 1;
}

/// A row per head of a file.
void run_several(const Options& options, Session& session) {
  const Output& out = options.out;
  const workflow::HeadsResult result = workflow::gap_heads(options.inputs, options.how);
  session.remarks(result.origin.remarks);
  plot(out, [&] { return report::heads_svg(result); });
  print_walks(
      out, session, [&] { return report::heads_json(result, {.pi = options.pi}); },
      [&] {
        std::vector<workflow::Provenance> origins(result.heads.size(), result.origin);
        std::vector<report::CsvRow> rows;
        for (std::size_t at = 0; at < origins.size(); ++at) {
          origins[at].layer = result.heads[at].layer;
          origins[at].head = result.heads[at].head;
          origins[at].entries = result.heads[at].entries;
          rows.push_back({&origins[at], &result.heads[at].report});
        }
        return report::gaps_csv(rows);
      },
      [&](const report::TextOptions& how) { return report::heads_text(result, how); });
  for (const workflow::HeadGap& head : result.heads)
    if (options.strict && !workflow::settled(head.report))
      session.exit_code = 1;
}

} // namespace

void add_gap(CLI::App& app, Session& session) {
  CLI::App& verb = add_verb(app, "gap", "Spectral gaps with intervals, for patterns and for heads",
                            {"gap \"window:w=4+regular:d=4\" -n 1000",
                             "gap --qk data/trained/diffuser.npz --layer 2 --head 1 --only slem",
                             "gap --qk data/trained/causal.npz --mask \"causal(full)\" --layer all "
                             "--head 0 --csv heads.csv"});
  const auto options = std::make_shared<Options>();
  workflow::InputOptions& in = options->inputs.input;
  in.monitor = options->how.monitor = session.monitor();
  add_source(verb, in);
  add_sizes(verb, in);
  add_heads(verb, options->inputs);
  add_gap_options(verb, options->how);
  add_flag(verb, "--all", options->all, "every number, with its method, instead of a summary");
  add_flag(verb, "--pi", options->pi, "write the stationary distribution into the JSON");
  add_flag(verb, "--strict", options->strict,
           "exit 1 if a quantity was refused or did not converge");
  add_output(verb, options->out, session, {"gaps", "spectrum", "mask"});
  add_csv(verb, options->out);
  on_run(verb, [&verb, options, &session] {
    refuse_ignored(verb, workflow::rules(options->how));
    refuse_ignored(verb, workflow::rules(options->inputs.input));
    refuse_ignored(verb, of_outputs(*options));
    check(options->out);
    if (options->several())
      run_several(*options, session);
    else
      run_one(*options, session);
  });
}

} // namespace attnwalk::tools
