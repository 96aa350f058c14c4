// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/propagate.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::PropagateInputs inputs;
  diffusion::PropagateOptions how;
  Output out;
};

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  std::vector<std::filesystem::path> inputs = files_of(options.inputs.input);
  inputs.emplace_back(options.inputs.pairs);
  for (std::size_t layer = 1; layer < options.inputs.layers.size(); ++layer)
    inputs.emplace_back(options.inputs.input.mask); // read for each layer
  check(out, sparse_files, inputs);
  const auto forecast = [&](double bytes) {
    session.remark("the first product takes at most " + report::bytes_words(bytes) + "\n");
  };
  const workflow::PropagateResult result =
      workflow::propagate(options.inputs, options.how, forecast);
  if (!out.file.empty())
    io::write_sparse(out.file, result.X.view(), result.certificate());
  for (const std::string& remark : result.remarks)
    session.remark(remark + "\n");
  print(
      out, session, [&](const auto& file) { return report::propagate_json(result, file); },
      [&](const auto& file, const auto& how) { return report::propagate_text(result, file, how); });
}

} // namespace

void add_propagate(CLI::App& app, Session& session) {
  CLI::App& verb =
      add_verb(app, "propagate",
               "Walks over any semiring: reach, distances, counts, multi-hop weights, rollout",
               {"propagate exponential -n 64 --semiring min_plus --hops 6 --accumulate --from 0,5",
                "propagate window:w=3 -n 100 --hops 3",
                "propagate \"window:w=2;ring:w=3\" -n 24 --rollout"});
  const auto options = std::make_shared<Options>();
  workflow::PropagateInputs& inputs = options->inputs;
  inputs.input.monitor = session.monitor();
  add_source(verb, inputs.input);
  add_sizes(verb, inputs.input);
  add_head(verb, inputs.input);
  add_choice(verb, "semiring", options->how.semiring, "what sum and product mean [plus_times]");
  add_integer(verb, "--hops", options->how.hops, 0, "of each walk");
  add_flag(verb, "--accumulate", options->how.accumulate,
           "walks of 0 to so many hops, not of exactly so many");
  add_choice(verb, "cost", options->how.cost, "of an edge under min_plus [hop]");
  add_flag(verb, "--normalize", inputs.normalize,
           "divide each row by its sum; else every edge of a pattern weighs 1");
  add_list(verb, "--from", inputs.from_tokens, "only walks that start at these tokens: 0,5,9");
  add_list(verb, "--to", inputs.to_tokens, "only walks that end at these tokens");
  add_text(verb, "--pairs", inputs.pairs, "only these entries of the result", "SPEC|FILE");
  add_flag(verb, "--restricted", options->how.restricted, "walks may not leave --pairs in between");
  add_list(verb, "--theta", inputs.theta,
           "instead: the entries of t0 I + t1 A + t2 A^2 .. on --pairs: 0,0.5,0.5");
  add_flag(verb, "--rollout", inputs.rollout,
           "instead: the product over layers, of --qk with --layers or of a spec A; B; C");
  add_list(verb, "--layers", inputs.layers, "of --rollout, first to last: 0,1,2");
  add_number(verb, "--residual", inputs.residual, "of --rollout: weight of the identity");
  add_number(verb, "--max-bytes", options->how.max_bytes,
             "refuse a product that could take more; 0: what memory is available");
  add_file(verb, options->out);
  add_results(verb, options->out, session);
  on_run(verb, [&verb, options, &session] {
    refuse_ignored(verb, workflow::rules(options->inputs, options->how));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
