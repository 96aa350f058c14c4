// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/phrases.hpp"
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
  pattern::StructureOptions how;
  Output out;
};

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  check(out);
  const auto result = workflow::info(options.in, options.how);
  const auto& [input, structure, expected] = result;
  const workflow::Provenance& origin = input.origin;
  session.remarks(origin.remarks);
  plot(out, [&] {
    return report::mask_svg(result.input.view(), {.title = report::picture_title(origin)});
  });
  session.print(
      out.json ? report::info_json(origin, structure, {.expected = expected ? &*expected : nullptr})
               : report::info_text(origin, structure, {.color = session.color()}) +
                     report::expected_text(expected));
}

} // namespace

void add_info(CLI::App& app, Session& session) {
  CLI::App& verb = add_verb(app, "info", "Structure: degrees, components, closed classes, reach",
                            {"info \"bigbird:block=8,rblocks=1,gblocks=1\" -n 512",
                             "info --qk data/trained/diffuser.npz --layer 2 --head 1",
                             "info hypercube -n 64 --json"});
  const auto options = std::make_shared<Options>();
  options->in.monitor = options->how.monitor = session.monitor();
  add_source(verb, options->in);
  add_sizes(verb, options->in);
  add_head(verb, options->in);
  add_attention(verb, options->in);
  add_integer(verb, "--hops", options->how.hops, 0, "reach is reported for 1..hops");
  add_integer(verb, "--exact-below", options->how.exact_below, 0,
              "reach from every row for n up to this, from sampled rows above");
  add_integer(verb, "--sources", options->how.sources, 1, "rows sampled above that");
  add_number(verb, "--confidence", options->how.confidence, "of the sampled intervals");
  add_output(verb, options->out, session, {"mask"});
  on_run(verb, [&verb, options, &session] {
    refuse_ignored(verb, workflow::rules(options->in));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
