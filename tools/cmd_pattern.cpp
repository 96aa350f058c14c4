// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::InputOptions in;
  Output out;
};

} // namespace

void add_pattern(CLI::App& app, Session& session) {
  CLI::App& verb =
      add_verb(app, "pattern", "Build a pattern from a spec: which query attends which key");
  const auto options = std::make_shared<Options>();
  options->in.monitor = session.monitor();
  add_source(verb, options->in);
  add_sizes(verb, options->in);
  add_file(verb, options->out);
  add_output(verb, options->out, session, {"mask"});
  on_run(verb, [options, &session] {
    write_input(options->in, options->out, session, report::pattern_json);
  });
}

} // namespace attnwalk::tools
