// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/sample.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::InputOptions in; ///< -n, --seed, --threads
  workflow::SampleInputs inputs;
  sbm::SampleOptions how;
  Output out;
};

void run(Options& options, Session& session) {
  const Output& out = options.out;
  check(out);
  options.inputs.model.queries = options.in.queries;
  options.inputs.model.keys = options.in.keys;
  options.inputs.model.seed = options.in.seed;
  options.how.threads = options.in.threads;
  const workflow::SampleResult result = workflow::sample(options.inputs, options.how);
  plot(out, [&] { return report::mask_svg(result.mask.pattern.view(), {.title = result.name}); });
  if (!out.file.empty())
    io::write_sparse(out.file, result.view(), result.certificate());
  for (const std::string& remark : result.remarks)
    session.remark(remark + "\n");
  print(
      out, session, [&](const auto& file) { return report::sample_json(result, file); },
      [&](const auto& file, const auto& how) { return report::sample_text(result, file, how); });
  if (result.fit && !result.fit->accepted())
    session.exit_code = 1;
}

} // namespace

void add_sample(CLI::App& app, Session& session) {
  CLI::App& verb = add_verb(
      app, "sample", "Draw a mask from a block model; test samplers and edge files against it",
      {"sample \"sbm:k=3,in=.4,out=.05\" -n 600",
       "sample \"sbm:k=3,in=.4,out=.05\" -n 600 --method poisson --degree 8",
       "sample --blocks \".5,.1;.1,.5\" --query-sizes 20,30 --key-sizes 20,30 -o mask.mtx"});
  const auto options = std::make_shared<Options>();
  options->how.monitor = session.monitor();
  workflow::ModelOptions& model = options->inputs.model;
  add_word(verb, "model", model.source,
           "a spec such as sbm:k=4,in=.5,out=.05, or an .npz file with Y, S, Z or query_block, S, "
           "key_block [theta, phi, delta]",
           "SPEC|FILE");
  add_matrix(verb, "--blocks", model.blocks,
             "instead: probabilities between hard blocks, a row per block of queries and a number "
             "per block of keys: .5,.1,.1;.2,.4,0");
  add_list(verb, "--query-sizes", model.query_sizes,
           "tokens in each block of queries; near equal without");
  add_list(verb, "--key-sizes", model.key_sizes,
           "tokens in each block of keys; near equal, or those of the queries, without");
  add_sizes(verb, options->in);
  add_choice(verb, "method", options->how.method, "how it is drawn [automatic]");
  add_number(verb, "--degree", model.degree, "scale the blocks to so many entries a row");
  add_number(verb, "--density", model.density, "scale the blocks to this share of the keys");
  add_number(
      verb, "--spread", model.spread,
      "degree correction: tokens weighted by e^(spread x normal), mean 1 in each hard block");
  add_number(verb, "--delta", model.delta, "exploration mass, added to every probability");
  add_flag(verb, "--clamp", model.clamp, "probabilities above 1 count as 1");
  add_flag(verb, "--loops", model.loops, "every token attends itself");
  add_integer(verb, "--selftest", options->inputs.selftest, 0,
              "draw so many masks and test them against the model");
  add_text(verb, "--test", options->inputs.test, "test this mask against the model instead",
           "FILE");
  add_number(verb, "--level", options->inputs.level, "reject (exit 1) below this p-value");
  add_file(verb, options->out);
  add_output(verb, options->out, session, {"mask"});
  on_run(verb, [&verb, options, &session] {
    refuse_ignored(verb, workflow::rules(options->inputs));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
