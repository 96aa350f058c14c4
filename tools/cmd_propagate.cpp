// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/format.hpp"
#include "attnwalk/report/walk.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  report::PropagateInputs inputs;
  diffusion::PropagateOptions how;
  Output out;
};

std::vector<OnlyIn> modes(const Options& options) {
  using diffusion::Semiring;
  const report::PropagateInputs& inputs = options.inputs;
  const Semiring semiring = options.how.semiring;
  const bool counts_edges =
      semiring == Semiring::lor_land || semiring == Semiring::plus_pair ||
      (semiring == Semiring::min_plus && options.how.cost == diffusion::Cost::hop);
  return {{{"--residual", "--layers"}, inputs.rollout, "--rollout"},
          {{"--layer"}, !inputs.rollout, "one head, not to --rollout, which takes --layers"},
          only_of_head(inputs.in),
          {{"--hops", "--accumulate"},
           inputs.theta.empty() && !inputs.rollout,
           "walks, not to --theta or --rollout"},
          {{"--cost"}, semiring == Semiring::min_plus, "--semiring min_plus"},
          {{"--normalize"}, !inputs.rollout, "walks and --theta: the rows of a rollout sum to 1"},
          {{"--normalize"},
           !counts_edges,
           "semirings that read weights, not to lor_land, plus_pair, or min_plus with --cost hop"}};
}

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  std::vector<std::filesystem::path> inputs = files_of(options.inputs.in);
  inputs.emplace_back(options.inputs.pairs);
  for (std::size_t layer = 1; layer < options.inputs.layers.size(); ++layer)
    inputs.emplace_back(options.inputs.in.mask); // read for each layer
  check(out, sparse_files, inputs);
  report::PropagateWork work = report::prepare(options.inputs, options.how);
  if (work.forecast_bytes > 0)
    session.remark("the first product takes at most " + report::bytes_words(work.forecast_bytes) +
                   "\n");
  const report::PropagateResult result =
      report::propagate(options.inputs, std::move(work), options.how);
  if (!out.file.empty())
    io::write_sparse(out.file, result.X.view(), result.origin());
  const std::string file = out.file.string();
  if (out.json)
    session.print(report::propagate_json(result, file));
  else if (out.file == "-")
    session.remark(report::propagate_text(result, ""));
  else
    session.print(report::propagate_text(result, file, {.color = session.color()}));
}

} // namespace

void add_propagate(CLI::App& app, Session& session) {
  using diffusion::Cost;
  using diffusion::Semiring;
  auto* verb = app.add_subcommand(
      "propagate", "Walks over any semiring: reach, distances, counts, multi-hop weights, rollout");
  const auto options = std::make_shared<Options>();
  report::PropagateInputs& inputs = options->inputs;
  inputs.in.monitor = session.monitor();
  add_source(*verb, inputs.in);
  add_sizes(*verb, inputs.in);
  add_head(*verb, inputs.in);
  std::vector<Choice<Semiring>> semirings;
  for (const Semiring semiring : {Semiring::plus_times, Semiring::lor_land, Semiring::min_plus,
                                  Semiring::plus_pair, Semiring::max_min, Semiring::max_times})
    semirings.push_back({std::string(diffusion::to_string(semiring)), semiring});
  add_choice(*verb, "semiring", options->how.semiring, std::move(semirings),
             "what sum and product mean [plus_times]");
  add_integer(*verb, "--hops", options->how.hops, 0, "of each walk");
  verb->add_flag("--accumulate", options->how.accumulate,
                 "walks of 0 to so many hops, not of exactly so many");
  add_choice<Cost>(*verb, "cost", options->how.cost,
                   {{"hop", Cost::hop}, {"weight", Cost::weight}, {"neglog", Cost::neglog}},
                   "of an edge under min_plus [hop]");
  verb->add_flag("--normalize", inputs.normalize,
                 "divide each row by its sum; else every edge of a pattern weighs 1");
  add_list(*verb, "--from", inputs.from_tokens, "only walks that start at these tokens: 0,5,9");
  add_list(*verb, "--to", inputs.to_tokens, "only walks that end at these tokens");
  add_text(*verb, "--pairs", inputs.pairs, "only these entries of the result", "SPEC|FILE");
  verb->add_flag("--restricted", options->how.restricted, "walks may not leave --pairs in between");
  add_list(*verb, "--theta", inputs.theta,
           "instead: the entries of t0 I + t1 A + t2 A^2 .. on --pairs: 0,0.5,0.5");
  verb->add_flag("--rollout", inputs.rollout,
                 "instead: the product over layers, of --qk with --layers or of a spec A; B; C");
  add_list(*verb, "--layers", inputs.layers, "of --rollout, first to last: 0,1,2");
  add_number(*verb, "--residual", inputs.residual, "of --rollout: weight of the identity");
  add_number(*verb, "--max-bytes", options->how.max_bytes,
             "refuse a product that could take more; 0: what memory is available");
  add_file(*verb, options->out);
  add_results(*verb, options->out, session);
  verb->callback([verb, options, &session] {
    refuse_ignored(*verb, modes(*options));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
