// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/report/phrases.hpp"
#include "attnwalk/report/svg.hpp"
#include "attnwalk/workflow/summary.hpp"

#include "options.hpp"

#include <algorithm>

namespace attnwalk::tools {

std::vector<std::filesystem::path> files_of(const workflow::InputOptions& in) {
  return {in.source, in.qk, in.attention, in.mask};
}

void require_one_stdin(const std::vector<std::filesystem::path>& inputs) {
  require(std::count(inputs.begin(), inputs.end(), "-") <= 1, Code::domain,
          "standard input can be only one of the inputs, read once");
}

void check(const Output& out, const std::string& extensions,
           const std::vector<std::filesystem::path>& inputs) {
  require_one_stdin(inputs);
  require(out.file != "-" || extensions == sparse_files, Code::domain,
          "-o - writes sparse matrices; dense arrays need a file that ends in one of ", extensions);
  require_writable(out.file, extensions);
  require(out.plot != "-", Code::domain,
          "--plot = - must be a file name that ends in .svg or .png");
  require_writable(out.plot, ".svg .png");
  require(out.plot.extension() != ".png" || png_refusal().empty(), Code::domain, out.plot.string(),
          ": ", png_refusal());
  require_writable(out.csv, ".csv");
  require(!out.json || out.csv != "-", Code::domain,
          "--json and --csv - are two results for one standard output");
  require(!out.json || out.file != "-", Code::domain,
          "--json and -o - are two results for one standard output");
  require(out.file.empty() || out.file != out.plot, Code::domain,
          "-o and --plot name the same file ", out.file.string());
  for (const std::filesystem::path& input : inputs) {
    std::error_code missing; // an output that is not there yet, an input that is a spec
    require(!std::filesystem::equivalent(input, out.file, missing), Code::domain, "-o ",
            out.file.string(), " would replace an input; name another file");
  }
}

void write_input(const workflow::InputOptions& in, const Output& out, Session& session,
                 SummaryJson json) {
  check(out, sparse_files, files_of(in));
  const auto result = workflow::summarize_input(in);
  const workflow::SparseInput& input =
      result.input; // no structured binding: clang 14 cannot capture one
  const auto& summary = result.summary;
  const workflow::Provenance& origin = input.origin;
  session.remarks(origin.remarks);
  plot(out,
       [&] { return report::mask_svg(input.view(), {.title = report::picture_title(origin)}); });
  if (!out.file.empty())
    io::write_sparse(out.file, input.view(), origin.certificate);
  print(
      out, session, [&](const auto& file) { return json(origin, summary, file, {}); },
      [&](const auto& file, const auto& how) {
        return report::summary_text(origin, summary, file, how);
      });
}

} // namespace attnwalk::tools
