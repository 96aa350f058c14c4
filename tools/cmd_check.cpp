// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/block_model.hpp"
#include "attnwalk/report/block_model.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  report::InputOptions in;
  theory::UniversalityOptions how;
  Index draws = 0;
  bool strict = false;
  bool json = false;
};

/// One pattern per layer: those of a file, or of specs joined by semicolons.
std::vector<pattern::Pattern> layers_of(const Options& options) {
  std::vector<pattern::Pattern> layers;
  if (report::names_file(options.in.source)) {
    layers.push_back(report::resolve(options.in).pattern);
    return layers;
  }
  require(!options.in.source.empty(), Code::domain, "no input: name specs or a file");
  for (grammar::Built& built :
       grammar::build_layers(options.in.source, {.queries = options.in.queries,
                                                .keys = options.in.keys,
                                                .seed = options.in.seed,
                                                .threads = options.in.threads,
                                                .monitor = options.in.monitor}))
    layers.push_back(std::move(built.pattern));
  return layers;
}

void run(Options& options, Session& session) {
  options.how.key = {options.in.seed, stream_of("universality")};
  report::UniversalityReport report;
  report.name = options.in.source;
  report.seed = options.in.seed;
  const std::vector<pattern::Pattern> layers =
      report::timed(report.timings, "build", [&] { return layers_of(options); });
  report.tokens = layers.front().rows();
  report.layers = static_cast<Index>(layers.size());
  report.conditions = report::timed(report.timings, "conditions",
                                    [&] { return theory::universality(layers, options.how); });
  if (options.draws > 0) {
    const bool text = !report::names_file(options.in.source);
    const auto found = layers.size() == 1 && text
                           ? grammar::block_model(options.in.source, {.queries = options.in.queries,
                                                                      .keys = options.in.keys,
                                                                      .seed = options.in.seed})
                           : std::nullopt;
    require(found.has_value(), Code::domain, "--draws = ", options.draws,
            " belongs to a block model: one term sbm");
    report.odds = report::timed(report.timings, "odds", [&] {
      return theory::universality_odds(
          found->model, 1, options.draws,
          {.key = found->key, .threads = options.in.threads, .monitor = options.in.monitor},
          options.how);
    });
  }
  session.print(options.json ? report::universality_json(report)
                             : report::universality_text(report, {.color = session.color()}));
  if (options.strict && !report.conditions.holds())
    session.exit_code = 1;
}

} // namespace

void add_check(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand("check", "Claims of theory, checked on given patterns");
  verb->require_subcommand(1);
  auto* claim = verb->add_subcommand(
      "universality", "Self loops, a Hamiltonian path, and layers until all have heard of all");
  const auto options = std::make_shared<Options>();
  options->in.monitor = options->how.monitor = session.monitor();
  claim
      ->add_option("source", options->in.source,
                   "specs, one per layer, joined by semicolons and cycled; or a file")
      ->type_name("SPECS|FILE|-");
  add_sizes(*claim, options->in);
  add_integer(*claim, "--draws", options->draws, 0,
              "of a block model: the conditions' odds from so many masks");
  add_integer(*claim, "--complete-below", options->how.complete_below, 0,
              "complete search for paths for n up to this, at most 24");
  add_integer(*claim, "--rotations", options->how.rotations, 0, "of the path heuristic; 0: 200 n");
  add_integer(*claim, "--reach-below", options->how.reach_below, 0, "s for n up to this");
  add_integer(*claim, "--most-steps", options->how.most_steps, 1, "layers tried for s");
  claim->add_flag("--strict", options->strict, "exit 1 unless all three conditions hold");
  claim->add_flag("--json", options->json, "the result as JSON on standard output");
  claim->add_flag("-q,--quiet", session.quiet, "no progress, no remarks");
  claim->callback([options, &session] { run(*options, session); });
}

} // namespace attnwalk::tools
