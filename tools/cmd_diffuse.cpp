// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/diffuse.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::DiffuseInputs inputs;
  diffusion::DiffuseOptions how;
  Output out;
  bool strict = false;
};

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  std::vector<std::filesystem::path> inputs = files_of(options.inputs.input);
  inputs.push_back(options.inputs.v);
  check(out, dense_files, inputs);
  const workflow::DiffuseResult result = workflow::diffuse(options.inputs, options.how);
  if (!out.file.empty())
    workflow::write_dense(out.file, {{"z", io::to_array(result.out.Z)}},
                          report::provenance_json(result));
  print(
      out, session, [&](const auto& file) { return report::diffuse_json(result, file); },
      [&](const auto& file, const auto& how) { return report::diffuse_text(result, file, how); });
  if (options.strict && !result.out.converged)
    session.exit_code = 1;
}

} // namespace

void add_diffuse(CLI::App& app, Session& session) {
  CLI::App& verb = add_verb(app, "diffuse", "Values after several hops of a walk, with a bound",
                            {"diffuse --qk data/trained/diffuser.npz --layer 2 --head 1",
                             "diffuse ring:w=2 -n 100 --random-v 3 --method heat",
                             "diffuse \"window:w=4+random:d=2\" -n 1k --random-v 8 --alpha .1"});
  const auto options = std::make_shared<Options>();
  workflow::InputOptions& in = options->inputs.input;
  in.monitor = session.monitor();
  add_source(verb, in);
  add_sizes(verb, in);
  add_head(verb, in);
  add_text(verb, "--v", options->inputs.v,
           "values, tokens x width: .npy, or the array v of .npz or .safetensors; without it those "
           "stored with --qk",
           "FILE");
  add_integer(verb, "--random-v", options->inputs.random_v, 1,
              "instead: so many columns of standard normal values from --seed");
  add_flag(verb, "--normalize", options->inputs.normalize,
           "divide each row of the weights by its sum; a pattern always is");
  add_choice(verb, "method", options->how.method, "how [diffuser]");
  add_number(verb, "--alpha", options->how.alpha, "weight kept on the values, in [0, 1]");
  add_integer(verb, "--hops", options->how.hops, 0,
              "of diffuser, truncated, heat and chebyshev without --tolerance");
  add_number(verb, "--tolerance", options->how.tolerance,
             "stop once the distance to the limit is at most this");
  add_integer(verb, "--max-hops", options->how.max_hops, 1, "of everything that iterates");
  add_number(verb, "--time,-t", options->how.time, "of heat: mean number of hops; 0: (1-a)/a");
  add_flag(verb, "--force", options->how.force, "chebyshev and cg also where A is not reversible");
  add_choice(verb, "backend", options->how.backend, "who computes a hop [fused]");
  add_flag(verb, "--strict", options->strict, "exit 1 if the tolerance was not met");
  add_file(verb, options->out, "write z: .npy, .npz or .safetensors");
  add_results(verb, options->out, session);
  on_run(verb, [&verb, options, &session] {
    refuse_ignored(verb, workflow::rules(options->inputs, options->how));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
