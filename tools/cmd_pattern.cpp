// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/grammar.hpp"
#include "attnwalk/report/json.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::InputOptions in;
  Output out;
  bool list = false;
};

} // namespace

void add_pattern(CLI::App& app, Session& session) {
  CLI::App& verb =
      add_verb(app, "pattern", "Build a pattern from a spec: which query attends which key",
               {"pattern \"window:w=4+random:d=2\" -n 10k",
                "pattern \"causal(window:w=8)\" -n 1Ki -o pattern.npz", "pattern --list"});
  const auto options = std::make_shared<Options>();
  options->in.monitor = session.monitor();
  add_source(verb, options->in);
  add_sizes(verb, options->in);
  add_file(verb, options->out);
  add_output(verb, options->out, session, {"mask"});
  add_flag(verb, "--list", options->list,
           "instead: every term of a spec with its definition and an example");
  on_run(verb, [options, &session] {
    if (options->list) {
      require(options->in.source.empty(), Code::domain, "--list takes no source, and '",
              options->in.source, "' is given");
      session.print(grammar::grammar_list());
      return;
    }
    write_input(options->in, options->out, session, report::pattern_json);
  });
}

} // namespace attnwalk::tools
