// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/block_model.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/spectral/gap.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  report::InputOptions in;
  spectral::GapOptions how;
  Output out;
  bool pi = false;
  bool strict = false;
};

std::vector<OnlyIn> modes(const Options& options) {
  std::vector<OnlyIn> all = only_of_kinds(options.how);
  all.push_back(only_of_head(options.in));
  all.push_back({{"--pi"}, options.out.json, "--json"});
  all.push_back(
      {{"--pi"}, options.how.kind != spectral::Kind::bipartite, "walks, not to --kind bipartite"});
  all.push_back({{"--plot-kind"}, !options.out.plot.empty(), "--plot FILE.svg"});
  return all;
}

std::string picture(const Options& options, const report::Input& in,
                    const spectral::GapReport& result) {
  const std::string title = report::title(in.from);
  if (options.out.plot_kind == "mask")
    return report::mask_svg(in.view(), {.title = title});
  if (options.out.plot_kind == "spectrum")
    return report::spectrum_svg(result,
                                {.title = title, .bulk = report::bulk_radius(in.view(), result)});
  const report::GapSeries only{"", &result};
  return report::gaps_svg({&only, 1}, title);
}

void run(Options& options, Session& session) {
  const Output& out = options.out;
  check(out);
  options.how.key.seed = options.in.seed;
  options.how.threads = options.in.threads;
  options.how.whole_spectrum |= !out.plot.empty() && out.plot_kind == "spectrum";
  const report::Input in = report::resolve(options.in);
  const spectral::GapReport result = spectral::gap(in.view(), options.how);
  plot(out, [&] { return picture(options, in, result); });
  const std::optional<report::ModelReport> model = report::expected_of(in.from);
  session.print(out.json
                    ? report::gap_json(in.from, result,
                                       {.pi = options.pi, .expected = model ? &*model : nullptr})
                    : report::gap_text(in.from, result, {.color = session.color()}) +
                          report::expected_text(model));
  if (options.strict && !report::settled(result))
    session.exit_code = 1;
}

} // namespace

void add_gap(CLI::App& app, Session& session) {
  auto* verb =
      app.add_subcommand("gap", "Spectral gaps with intervals, for patterns and for heads");
  const auto options = std::make_shared<Options>();
  options->in.monitor = options->how.monitor = session.monitor();
  add_source(*verb, options->in);
  add_sizes(*verb, options->in);
  add_head(*verb, options->in);
  add_gap_options(*verb, options->how);
  verb->add_flag("--pi", options->pi, "write the stationary distribution into the JSON");
  verb->add_flag("--strict", options->strict,
                 "exit 1 if a quantity was refused or did not converge");
  add_output(*verb, options->out, session, {"gaps", "spectrum", "mask"});
  verb->callback([verb, options, &session] {
    refuse_ignored(*verb, modes(*options));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
