// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/workflow/dense.hpp"
#include "attnwalk/workflow/export.hpp"

#include "options.hpp"
#include "verbs.hpp"

#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  workflow::ExportInputs inputs;
  Output out;
};

void run(const Options& options, Session& session) {
  const Output& out = options.out;
  workflow::require_file_form(options.inputs.form);
  check(out, ".npz", files_of(options.inputs.input));
  const workflow::ExportResult result = workflow::export_pattern(options.inputs);
  session.remarks(result.origin.remarks);
  if (!out.file.empty())
    workflow::write_dense(out.file, workflow::export_arrays(result),
                          report::provenance_json(result));
  print(
      out, session, [&](const auto& file) { return report::export_json(result, file); },
      [&](const auto& file, const auto& how) { return report::export_text(result, file, how); });
}

} // namespace

void add_export(CLI::App& app, Session& session) {
  CLI::App& verb =
      add_verb(app, "export", "A pattern as blocks or lists for other kernels, and what they cost",
               {"export \"window:w=8\" -n 256",
                "export \"bigbird:block=8,rblocks=1,gblocks=1\" -n 512 --block 16 -o blocks.npz",
                "export hypercube -n 64 --json"});
  const auto options = std::make_shared<Options>();
  workflow::ExportInputs& inputs = options->inputs;
  inputs.input.monitor = session.monitor();
  add_source(verb, inputs.input);
  add_sizes(verb, inputs.input);
  add_head(verb, inputs.input);
  add_attention(verb, inputs.input);
  add_choice(verb, "form", inputs.form,
             "of the file; csr and the objects of Python are refused [bsr]");
  add_integer(verb, "--block", inputs.block, 1, "queries and keys of a block");
  add_choice(verb, "order", inputs.order, "numbers of the tokens in the file [none]");
  add_file(verb, options->out, "write the arrays: .npz");
  add_results(verb, options->out, session);
  on_run(verb, [&verb, options, &session] {
    refuse_ignored(verb, workflow::rules(options->inputs));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
