// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/attention.hpp"
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
  bool weights_only = false;
};

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  require(options.weights_only, Code::domain,
          "attend gives attention weights, not yet outputs: add --weights-only");
  require(!options.in.qk.empty(), Code::domain, "attend needs --qk FILE: the stored q and k");
  check(out);
  const report::Input in = report::resolve(options.in);
  const report::Summary summary = report::summarize(in.view());
  plot(out, [&] { return report::mask_svg(in.view(), {.title = report::title(in.from)}); });
  if (!out.file.empty())
    io::write_sparse(out.file, in.view(), in.from.certificate);
  const std::string file = out.file.string();
  if (out.json)
    session.print(report::attend_json(in.from, summary, file));
  else if (out.file == "-")
    session.remark(report::attend_text(in.from, summary, ""));
  else
    session.print(report::attend_text(in.from, summary, file, {.color = session.color()}));
}

} // namespace

void add_attend(CLI::App& app, Session& session) {
  using attention::EmptyRows;
  auto* verb = app.add_subcommand("attend", "Attention weights of a stored head on a sparse mask");
  const auto options = std::make_shared<Options>();
  options->in.monitor = session.monitor();
  verb->add_flag("--weights-only", options->weights_only,
                 "write the weights; the only mode so far");
  add_head(*verb, options->in);
  add_sizes(*verb, options->in);
  add_choice<EmptyRows>(*verb, "empty-rows", options->in.weights.empty_rows,
                        {{"zero", EmptyRows::zero}, {"error", EmptyRows::error}},
                        "a query without keys [zero]");
  add_file(*verb, options->out);
  add_output(*verb, options->out, session, {"mask"});
  verb->callback([options, &session] { run(*options, session); });
}

} // namespace attnwalk::tools
