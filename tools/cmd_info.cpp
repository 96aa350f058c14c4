// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/block_model.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/structure/structure.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  report::InputOptions in;
  pattern::StructureOptions how;
  Output out;
};

void run(Options& options, Session& session) {
  const Output& out = options.out;
  check(out);
  options.how.key.seed = options.in.seed;
  options.how.threads = options.in.threads;
  report::Input in = report::resolve(options.in);
  const pattern::Structure structure = report::timed(
      in.from.timings, "structure", [&] { return pattern::structure(in.view(), options.how); });
  plot(out, [&] { return report::mask_svg(in.view(), {.title = report::title(in.from)}); });
  const std::optional<report::ModelReport> model = report::expected_of(in.from);
  session.print(out.json
                    ? report::info_json(in.from, structure, {.expected = model ? &*model : nullptr})
                    : report::info_text(in.from, structure, {.color = session.color()}) +
                          report::expected_text(model));
}

} // namespace

void add_info(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand("info", "Structure: degrees, components, closed classes, reach");
  const auto options = std::make_shared<Options>();
  options->in.monitor = options->how.monitor = session.monitor();
  add_source(*verb, options->in);
  add_sizes(*verb, options->in);
  add_head(*verb, options->in);
  add_integer(*verb, "--hops", options->how.hops, 0, "reach is reported for 1..hops");
  add_integer(*verb, "--exact-below", options->how.exact_below, 0,
              "reach from every row for n up to this, from sampled rows above");
  add_integer(*verb, "--sources", options->how.sources, 1, "rows sampled above that");
  add_number(*verb, "--confidence", options->how.confidence, "of the sampled intervals");
  add_output(*verb, options->out, session, {"mask"});
  verb->callback([verb, options, &session] {
    refuse_ignored(*verb, {only_of_head(options->in)});
    run(*options, session);
  });
}

} // namespace attnwalk::tools
