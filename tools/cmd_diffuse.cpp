// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/walk.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  report::DiffuseInputs inputs;
  diffusion::DiffuseOptions how;
  Output out;
  bool strict = false;
};

std::vector<OnlyIn> modes(const Options& options) {
  using diffusion::Method;
  const report::InputOptions& in = options.inputs.in;
  const diffusion::DiffuseOptions& how = options.how;
  const bool to_tolerance = how.tolerance.has_value();
  const bool solver =
      how.method == Method::cg || how.method == Method::gmres || how.method == Method::bicgstab;
  const bool hops = !solver && how.method != Method::exact;
  return {only_of_head(in),
          {{"--normalize"},
           !in.qk.empty() || report::names_file(in.source),
           "a file of weights: the rows of a spec sum to 1 already"},
          {{"--alpha"},
           how.method != Method::heat || how.time == 0,
           "every method but heat with --time"},
          {{"--hops"},
           hops && !to_tolerance,
           "--method diffuser, truncated, heat and chebyshev without --tolerance"},
          {{"--max-hops", "--strict"},
           solver || to_tolerance,
           "--tolerance and to --method cg, gmres and bicgstab"},
          {{"--max-hops"}, how.method != Method::exact, "methods that iterate, not to exact"},
          {{"--time"}, how.method == Method::heat, "--method heat"},
          {{"--force"},
           how.method == Method::chebyshev || how.method == Method::cg,
           "--method chebyshev and cg"},
          {{"--backend"}, hops, "--method diffuser, truncated, heat and chebyshev"}};
}

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  std::vector<std::filesystem::path> inputs = files_of(options.inputs.in);
  inputs.push_back(options.inputs.v);
  check(out, dense_files, inputs);
  const report::DiffuseResult result = report::diffuse(options.inputs, options.how);
  if (!out.file.empty())
    report::write_dense(out.file, {{"z", io::to_array(result.out.Z)}}, result.from);
  const std::string file = out.file.string();
  session.print(out.json ? report::diffuse_json(result, file)
                         : report::diffuse_text(result, file, {.color = session.color()}));
  if (options.strict && !result.out.converged)
    session.exit_code = 1;
}

} // namespace

void add_diffuse(CLI::App& app, Session& session) {
  using diffusion::Backend;
  using diffusion::Method;
  auto* verb = app.add_subcommand("diffuse", "Values after several hops of a walk, with a bound");
  const auto options = std::make_shared<Options>();
  report::InputOptions& in = options->inputs.in;
  in.monitor = session.monitor();
  add_source(*verb, in);
  add_sizes(*verb, in);
  add_head(*verb, in);
  add_text(*verb, "--v", options->inputs.v,
           "values, tokens x width: .npy, or the array v of .npz or .safetensors; without it those "
           "stored with --qk",
           "FILE");
  add_integer(*verb, "--random-v", options->inputs.random_v, 1,
              "instead: so many columns of standard normal values from --seed");
  verb->add_flag("--normalize", options->inputs.normalize,
                 "divide each row of the weights by its sum; a pattern always is");
  std::vector<Choice<Method>> methods;
  for (const Method method : {Method::diffuser, Method::truncated, Method::heat, Method::chebyshev,
                              Method::cg, Method::gmres, Method::bicgstab, Method::exact})
    methods.push_back({std::string(diffusion::to_string(method)), method});
  add_choice(*verb, "method", options->how.method, std::move(methods), "how [diffuser]");
  add_number(*verb, "--alpha", options->how.alpha, "weight kept on the values, in [0, 1]");
  add_integer(*verb, "--hops", options->how.hops, 0,
              "of diffuser, truncated, heat and chebyshev without --tolerance");
  add_number(*verb, "--tolerance", options->how.tolerance,
             "stop once the distance to the limit is at most this");
  add_integer(*verb, "--max-hops", options->how.max_hops, 1, "of everything that iterates");
  add_number(*verb, "--time,-t", options->how.time, "of heat: mean number of hops; 0: (1-a)/a");
  verb->add_flag("--force", options->how.force, "chebyshev and cg also where A is not reversible");
  add_choice<Backend>(*verb, "backend", options->how.backend,
                      {{"fused", Backend::fused}, {"graphblas", Backend::graphblas}},
                      "who computes a hop [fused]");
  verb->add_flag("--strict", options->strict, "exit 1 if the tolerance was not met");
  add_file(*verb, options->out, "write z: .npy, .npz or .safetensors");
  add_results(*verb, options->out, session);
  verb->callback([verb, options, &session] {
    refuse_ignored(*verb, modes(*options));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
