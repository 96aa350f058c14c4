// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/universality.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::UniversalityInputs inputs;
  theory::UniversalityOptions how;
  Output out;
  bool strict = false;
};

void run(const Options& options, Session& session) {
  const workflow::UniversalityResult result = workflow::universality(options.inputs, options.how);
  session.print(options.out.json ? report::universality_json(result)
                                 : report::universality_text(result, {.color = session.color()}));
  if (options.strict && !result.conditions.holds())
    session.exit_code = 1;
}

} // namespace

void add_check(CLI::App& app, Session& session) {
  CLI::App& verb = add_verb(app, "check", "Claims of theory, checked on given patterns");
  require_subcommand(verb);
  CLI::App& claim =
      add_verb(verb, "universality",
               "Self loops, a Hamiltonian path, and layers until all have heard of all",
               {"check universality \"window:w=1;exponential\" -n 24",
                "check universality \"bigbird:block=8,rblocks=1,gblocks=1\" -n 64",
                "check universality \"sbm:k=2,in=.4,out=.2\" -n 16 --draws 20"});
  const auto options = std::make_shared<Options>();
  workflow::InputOptions& in = options->inputs.input;
  in.monitor = session.monitor();
  add_word(claim, "source", in.source,
           "specs, one per layer, joined by semicolons and cycled; or a file", "SPECS|FILE|-");
  add_sizes(claim, in);
  add_integer(claim, "--draws", options->inputs.draws, 0,
              "of a block model: the conditions' odds from so many masks");
  add_integer(claim, "--complete-below", options->how.complete_below, 0,
              "complete search for paths for n up to this, at most 24");
  add_integer(claim, "--rotations", options->how.rotations, 0, "of the path heuristic; 0: 200 n");
  add_integer(claim, "--reach-below", options->how.reach_below, 0, "s for n up to this");
  add_integer(claim, "--most-steps", options->how.most_steps, 1, "layers tried for s");
  add_flag(claim, "--strict", options->strict, "exit 1 unless all three conditions hold");
  add_results(claim, options->out, session);
  on_run(claim, [options, &session] { run(*options, session); });
}

} // namespace attnwalk::tools
