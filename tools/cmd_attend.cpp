// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/attend.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::AttendInputs inputs;
  attention::AttendOptions how;
  Output out;
  bool weights_only = false;
};

/// What belongs to outputs, not to weights alone.
workflow::FieldRules of_outputs(bool here) {
  workflow::FieldRules rules;
  for (const char* field : {"importance", "dtype", "backend", "dropout", "lse"})
    rules.push_back({field, false, here, "outputs, not to `weights_only`"});
  return rules;
}

/// The weights of a stored head as a sparse matrix.
void write_weights(const Options& options, Session& session) {
  const workflow::AttendInputs& inputs = options.inputs;
  require(inputs.q.empty() && inputs.k.empty() && inputs.v.empty() && inputs.input.source.empty() &&
              !inputs.input.qk.empty(),
          Code::domain, "--weights-only takes --qk FILE: the stored q and k of a head");
  write_input(inputs.input, options.out, session, report::attend_json);
}

void write_outputs(const Options& options, Session& session) {
  const Output& out = options.out;
  std::vector<std::filesystem::path> inputs = files_of(options.inputs.input);
  inputs.insert(inputs.end(), {options.inputs.q, options.inputs.k, options.inputs.v});
  check(out, dense_files, inputs);
  require(!options.how.lse || out.file.extension() != ".npy", Code::domain, out.file.string(),
          " holds one array where --lse makes two; choose .npz or .safetensors");
  workflow::AttendResult result = workflow::attend(options.inputs, options.how);
  plot(out, [&] {
    return report::mask_svg(result.mask.view(), {.title = report::picture_title(result.origin)});
  });
  if (!out.file.empty())
    workflow::write_dense(out.file, std::move(result.arrays), report::provenance_json(result));
  print(
      out, session, [&](const auto& file) { return report::attended_json(result, file); },
      [&](const auto& file, const auto& how) { return report::attended_text(result, file, how); });
}

} // namespace

void add_attend(CLI::App& app, Session& session) {
  CLI::App& verb =
      add_verb(app, "attend", "Attention on a sparse mask: outputs, or weights",
               {"attend --qk data/trained/diffuser.npz --layer 2 --head 1 --weights-only",
                "attend --qk data/trained/diffuser.npz --layer 2 --head 1 -o outputs.npy",
                "attend --qk data/trained/causal.npz --mask \"causal(window:w=16)\" --json"});
  const auto options = std::make_shared<Options>();
  workflow::InputOptions& in = options->inputs.input;
  in.monitor = session.monitor();
  add_word(verb, "source", in.source, "a file with arrays q, k and v (.npz .safetensors)", "FILE");
  add_text(verb, "--q", options->inputs.q, "instead: a file each; batch x heads x tokens x width",
           "FILE");
  add_text(verb, "--k", options->inputs.k, "may have fewer heads than q: they are shared", "FILE");
  add_text(verb, "--v", options->inputs.v, "may have a width of its own", "FILE");
  add_head(verb, in);
  add_sizes(verb, in);
  add_flag(verb, "--weights-only", options->weights_only,
           "write the weights of a stored head as a sparse matrix, in double");
  add_choice(verb, "empty-rows", in.weights.empty_rows, "a query without keys [zero]");
  add_choice(verb, "dtype", options->inputs.precision,
             "to compute in [double if stored so, else float]; bfloat16 holds k and v");
  add_choice(verb, "backend", options->how.backend, "who computes [fused]");
  add_choice(verb, "importance", options->inputs.importance,
             "estimate attention of every pair from a drawn --mask sbm:..., or from the block "
             "model stored beside q and k: scores less the logarithms of rates [none]");
  add_number(verb, "--dropout", options->how.dropout,
             "probability that an edge is dropped; --seed says which");
  add_flag(verb, "--lse", options->how.lse, "also the log-sum-exp of each row's scores");
  add_file(verb, options->out,
           "write z (and lse): .npy, .npz or .safetensors; with --weights-only the matrix: .mtx, "
           ".npz, .safetensors, or - for Matrix Market on standard output");
  add_output(verb, options->out, session, {"mask"});
  on_run(verb, [&verb, options, &session] {
    refuse_ignored(verb, workflow::rules(options->inputs));
    refuse_ignored(verb, of_outputs(!options->weights_only));
    if (options->weights_only)
      write_weights(*options, session);
    else
      write_outputs(*options, session);
  });
}

} // namespace attnwalk::tools
