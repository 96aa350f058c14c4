// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  report::InputOptions in;
  Output out;
};

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  check(out);
  const report::Input in = report::resolve(options.in);
  const report::Summary summary = report::summarize(in.view());
  plot(out, [&] { return report::mask_svg(in.view(), {.title = report::title(in.from)}); });
  if (!out.file.empty())
    io::write_sparse(out.file, in.view(), in.from.certificate);
  const std::string file = out.file.string();
  if (out.json)
    session.print(report::pattern_json(in.from, summary, file));
  else if (out.file == "-")
    session.remark(report::pattern_text(in.from, summary, ""));
  else
    session.print(report::pattern_text(in.from, summary, file, {.color = session.color()}));
}

} // namespace

void add_pattern(CLI::App& app, Session& session) {
  auto* verb =
      app.add_subcommand("pattern", "Build a pattern from a spec: which query attends which "
                                    "key");
  const auto options = std::make_shared<Options>();
  options->in.monitor = session.monitor();
  add_source(*verb, options->in);
  add_sizes(*verb, options->in);
  add_file(*verb, options->out);
  add_output(*verb, options->out, session, {"mask"});
  verb->callback([options, &session] { run(*options, session); });
}

} // namespace attnwalk::tools
