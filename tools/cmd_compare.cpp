// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/csv.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/gap.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>
#include <vector>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::CompareInputs inputs;
  spectral::GapOptions how;
  Output out;
  bool strict = false;
};

/// Every quantity of every input, one series each.
std::string gaps_picture(const workflow::CompareResult& result) {
  std::vector<report::GapSeries> series;
  std::string title;
  for (const workflow::Compared& input : result.inputs) {
    series.push_back({std::string(1, static_cast<char>('A' + series.size() % 26)), &input.report});
    title += (title.empty() ? "" : ", ") + series.back().label + ": " +
             report::picture_title(input.origin);
  }
  return report::gaps_svg(series, title);
}

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  const std::vector<std::filesystem::path> files(options.inputs.sources.begin(),
                                                 options.inputs.sources.end());
  check(out, sparse_files, files);
  const workflow::CompareResult result = workflow::compare(options.inputs, options.how);
  session.remarks(result.remarks);
  plot(out, [&] {
    return out.plot_kind == "gaps" ? gaps_picture(result) : report::compare_svg(result);
  });
  print_walks(
      out, session, [&] { return report::compare_json(result); },
      [&] { return report::compare_csv(result); },
      [&](report::TextOptions how) {
        how.all = options.inputs.all;
        return report::compare_text(result, how);
      });
  for (const workflow::Compared& input : result.inputs)
    if (options.strict && !workflow::settled(input.report))
      session.exit_code = 1;
}

} // namespace

void add_compare(CLI::App& app, Session& session) {
  CLI::App& verb = add_verb(
      app, "compare", "Patterns and weight files ranked by a gap, at equal entries or over sizes",
      {"compare \"window:w=8\" \"window:w=4+regular:d=8\" exponential -n 512",
       "compare \"window:w=?\" \"window:w=2+regular:d=?\" -n 256 --per-row 16",
       "compare ring:w=2 ring:w=3 -n 64 --plot ranks.svg"});
  const auto options = std::make_shared<Options>();
  workflow::CompareInputs& inputs = options->inputs;
  inputs.input.monitor = options->how.monitor = session.monitor();
  add_words(verb, "inputs", inputs.sources,
            "specs and files, any number; a spec takes the size of a file beside it; window:w=? "
            "leaves w open",
            "SPEC|FILE|-");
  add_sizes(verb, inputs.input);
  add_text(verb, "--by", inputs.by, "the quantity whose gap ranks the inputs [slem]", "NAME");
  add_number(verb, "--per-row", inputs.per_row,
             "entries a row that open numbers (w=?) are found for");
  add_text(verb, "--vary", inputs.vary,
           "values for an open number or for n: a:b doubles from a to b", "n=256:4096");
  add_flag(verb, "--all", inputs.all, "every quantity, not only what ranks and hops need");
  add_gap_options(verb, options->how);
  add_flag(verb, "--strict", options->strict,
           "exit 1 if a quantity was refused or did not converge");
  add_output(verb, options->out, session, {"ranks", "gaps"});
  add_csv(verb, options->out);
  on_run(verb, [&verb, options, &session] {
    const Output& out = options->out;
    refuse_ignored(verb, workflow::rules(options->how));
    refuse_ignored(verb, {{"sweep_set", false, out.json, "`json`"},
                          {"spectrum", false, out.json, "`json`"},
                          {"plot_kind", false, !out.plot.empty(), "`plot=FILE`"}});
    run(*options, session);
  });
}

} // namespace attnwalk::tools
