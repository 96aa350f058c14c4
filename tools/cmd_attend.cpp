// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/attend.hpp"
#include "attnwalk/report/svg.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  report::AttendInputs inputs;
  attention::AttendOptions how;
  Output out;
  bool weights_only = false;
};

/// The weights of a stored head as a sparse matrix.
void write_weights(const Options& options, Session& session) {
  const report::AttendInputs& inputs = options.inputs;
  require(inputs.q.empty() && inputs.k.empty() && inputs.v.empty() && inputs.in.source.empty(),
          Code::domain, "--weights-only takes --qk FILE: the stored q and k of a head");
  require(!inputs.in.qk.empty(), Code::domain,
          "--weights-only needs --qk FILE: the stored q and k");
  write_input(inputs.in, options.out, session, report::attend_json);
}

void write_outputs(const Options& options, Session& session) {
  const Output& out = options.out;
  std::vector<std::filesystem::path> inputs = files_of(options.inputs.in);
  inputs.insert(inputs.end(), {options.inputs.q, options.inputs.k, options.inputs.v});
  check(out, dense_files, inputs);
  require(!options.how.lse || out.file.extension() != ".npy", Code::domain, out.file.string(),
          " holds one array where --lse makes two; choose .npz or .safetensors");
  attention::AttendOptions how = options.how;
  how.scale = options.inputs.in.weights.scale;
  how.empty_rows = options.inputs.in.weights.empty_rows;
  const report::AttendResult result = report::attend(options.inputs, how);
  plot(out,
       [&] { return report::mask_svg(result.mask.view(), {.title = report::title(result.from)}); });
  if (!out.file.empty())
    report::write_dense(out.file, result.arrays, result.from);
  const std::string file = out.file.string();
  session.print(out.json ? report::attended_json(result, file)
                         : report::attended_text(result, file, {.color = session.color()}));
}

void run(const Options& options, Session& session) {
  if (options.weights_only)
    write_weights(options, session);
  else
    write_outputs(options, session);
}

} // namespace

void add_attend(CLI::App& app, Session& session) {
  using attention::Backend;
  using attention::EmptyRows;
  using report::Importance;
  using report::Precision;
  auto* verb = app.add_subcommand("attend", "Attention on a sparse mask: outputs, or weights");
  const auto options = std::make_shared<Options>();
  report::InputOptions& in = options->inputs.in;
  in.monitor = session.monitor();
  verb->add_option("source", in.source, "a file with arrays q, k and v (.npz .safetensors)")
      ->type_name("FILE");
  add_text(*verb, "--q", options->inputs.q, "instead: a file each; batch x heads x tokens x width",
           "FILE");
  add_text(*verb, "--k", options->inputs.k, "may have fewer heads than q: they are shared", "FILE");
  add_text(*verb, "--v", options->inputs.v, "may have a width of its own", "FILE");
  add_head(*verb, in);
  add_sizes(*verb, in);
  verb->add_flag("--weights-only", options->weights_only,
                 "write the weights of a stored head as a sparse matrix, in double");
  add_choice<EmptyRows>(*verb, "empty-rows", in.weights.empty_rows,
                        {{"zero", EmptyRows::zero}, {"error", EmptyRows::error}},
                        "a query without keys [zero]");
  add_choice<Precision>(*verb, "dtype", options->inputs.precision,
                        {{"float", Precision::float32},
                         {"double", Precision::float64},
                         {"bfloat16", Precision::bfloat16}},
                        "to compute in [double if stored so, else float]; bfloat16 holds k and v");
  add_choice<Backend>(*verb, "backend", options->how.backend,
                      {{"fused", Backend::fused}, {"graphblas", Backend::graphblas}},
                      "who computes [fused]");
  add_choice<Importance>(
      *verb, "importance", options->inputs.importance,
      {{"none", Importance::none},
       {"bernoulli", Importance::bernoulli},
       {"poisson", Importance::poisson}},
      "estimate attention of every pair from a drawn --mask sbm:..., or from the "
      "block model stored beside q and k: scores less the logarithms of rates "
      "[none]");
  add_number(*verb, "--dropout", options->how.dropout,
             "probability that an edge is dropped; --seed says which");
  verb->add_flag("--lse", options->how.lse, "also the log-sum-exp of each row's scores");
  add_file(*verb, options->out,
           "write z (and lse): .npy, .npz or .safetensors; with --weights-only the matrix: .mtx, "
           ".npz, .safetensors, or - for Matrix Market on standard output");
  add_output(*verb, options->out, session, {"mask"});
  verb->callback([verb, options, &session] {
    refuse_ignored(*verb, {{{"--layer", "--head"}, !options->inputs.in.qk.empty(), "--qk FILE"},
                           {{"--importance", "--dtype", "--backend", "--dropout", "--lse"},
                            !options->weights_only,
                            "outputs, not to --weights-only"}});
    run(*options, session);
  });
}

} // namespace attnwalk::tools
