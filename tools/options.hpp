// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/names.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/text.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/workflow/heads.hpp"
#include "attnwalk/workflow/input.hpp"

#include "png.hpp"
#include "session.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App; // CLI11 is compiled in options.cpp and main.cpp alone: it takes seconds a file
}

/// Flags that verbs share, bound to fields of the library's option structs: same names, '-' for
/// '_'.
namespace attnwalk::tools {

/// A subcommand.
/// `examples` are command lines without "attnwalk", which end its help and which a test runs.
CLI::App& add_verb(CLI::App& app, const std::string& name, const std::string& help,
                   const std::vector<std::string>& examples = {});
/// What a verb that is chosen does, after its options are read.
void on_run(CLI::App& verb, std::function<void()> work);
void require_subcommand(CLI::App& verb);
void add_flag(CLI::App& verb, const std::string& flags, bool& field, const std::string& help);
/// A word without a flag.
void add_word(CLI::App& verb, const std::string& name, std::string& field, const std::string& help,
              const std::string& type, bool required = false);

/// Where a result goes.
struct Output {
  std::filesystem::path file; ///< -o: the matrix
  std::filesystem::path plot; ///< --plot
  std::filesystem::path csv;  ///< --csv, "-" for standard output
  std::string plot_kind;      ///< --plot-kind
  bool json = false;
};

/// Any number of words, one at least.
void add_words(CLI::App& verb, const std::string& name, std::vector<std::string>& field,
               const std::string& help, const std::string& type);
/// Integers and numbers are read strictly: all of the text, in range, else one clear sentence.
/// Integers may be written as 10k, 4Ki or 1e4, see numbers.hpp.
void add_integer(CLI::App& verb, const std::string& flags, Index& field, Index least,
                 const std::string& help);
void add_number(CLI::App& verb, const std::string& flags, double& field, const std::string& help);
void add_number(CLI::App& verb, const std::string& flags, std::optional<double>& field,
                const std::string& help);
/// Numbers between commas, integers not negative.
void add_list(CLI::App& verb, const std::string& flags, std::vector<Index>& field,
              const std::string& help);
void add_list(CLI::App& verb, const std::string& flags, std::vector<double>& field,
              const std::string& help);
/// A file or spec, which may not be the empty word of an unset shell variable.
void add_text(CLI::App& verb, const std::string& flags, std::string& field, const std::string& help,
              const std::string& type);
void add_text(CLI::App& verb, const std::string& flags, std::filesystem::path& field,
              const std::string& help, const std::string& type);

/// A text that `read` takes or refuses.
void add_read(CLI::App& verb, const std::string& flags,
              const std::function<void(const std::string&)>& read, const std::string& help,
              const std::string& type);
/// A field of enumeration type, spelled as its table of names says.
template <class Enum>
void add_choice(CLI::App& verb, const std::string& flag, Enum& field, const std::string& help) {
  add_read(
      verb, "--" + flag,
      [&field, flag](const std::string& text) { field = parse_name<Enum>(flag, text); },
      help + ": " + listed_names<Enum>(), "NAME");
}

/// Rows between semicolons, numbers between commas.
void add_matrix(CLI::App& verb, const std::string& flags, std::vector<std::vector<double>>& field,
                const std::string& help);

/// -n, --seed, --threads, and what a matrix is: SPEC|FILE|-, or --qk with --layer, --head, --mask.
void add_sizes(CLI::App& verb, workflow::InputOptions& in);
void add_source(CLI::App& verb, workflow::InputOptions& in);
void add_head(CLI::App& verb, workflow::InputOptions& in);
/// The same where --layer and --head may name several.
void add_heads(CLI::App& verb, workflow::HeadsInputs& inputs);
/// --attention, beside --qk.
void add_attention(CLI::App& verb, workflow::InputOptions& in);
/// One plain number that `text` is, as of --layer. @throws Error{domain}
[[nodiscard]] Index one_number(const std::string& flag, const std::string& text);

/// --kind, --tolerance and the other fields of GapOptions.
void add_gap_options(CLI::App& verb, spectral::GapOptions& how);

/// Refuses the first option that was given where it would be ignored, be it with its default,
/// before any work. Options of the whole run (--seed, --threads, -q) are never refused, nor what
/// only sizes or entries decide.
/// @throws Error{domain} "--layer belongs to --qk FILE"
void refuse_ignored(const CLI::App& verb, const workflow::FieldRules& rules);

/// --json and -q.
void add_results(CLI::App& verb, Output& out, Session& session);
/// The same, --plot and, with more than one kind, --plot-kind.
void add_output(CLI::App& verb, Output& out, Session& session,
                const std::vector<std::string>& plot_kinds);
/// What -o may end in: sparse matrices, dense arrays.
inline constexpr const char* sparse_files = ".mtx .npz .safetensors";
inline constexpr const char* dense_files = ".npy .npz .safetensors";
/// --csv FILE.
void add_csv(CLI::App& verb, Output& out);
/// -o FILE.
void add_file(CLI::App& verb, Output& out,
              const std::string& help = "write the matrix: .mtx, .npz, .safetensors, or - for "
                                        "Matrix Market on standard output");
/// Refuses standard input where it would be read twice.
void require_one_stdin(const std::vector<std::filesystem::path>& inputs);
/// The same, and outputs that could not be written, or would replace one of the inputs, before any
/// work.
void check(const Output& out, const std::string& extensions = sparse_files,
           const std::vector<std::filesystem::path>& inputs = {});
/// The files that may be behind an input, specs among them.
[[nodiscard]] std::vector<std::filesystem::path> files_of(const workflow::InputOptions& in);

/// Resolves a sparse input, writes it to -o and --plot, and prints its summary: as text, or as the
/// verb's JSON.
using SummaryJson = std::string (*)(const workflow::Provenance& origin,
                                    const workflow::Summary& summary, const std::string& output,
                                    const report::JsonOptions& how);
void write_input(const workflow::InputOptions& in, const Output& out, Session& session,
                 SummaryJson json);

/// Prints a result: its JSON with --json; else its table, as a remark where standard output is the
/// matrix.
template <class Json, class Text>
void print(const Output& out, Session& session, Json json, Text text) {
  if (out.json)
    session.print(json(out.file.string()));
  else if (out.file == "-")
    session.remark(text("", report::TextOptions{}));
  else
    session.print(text(out.file.string(), report::TextOptions{.color = session.color()}));
}

/// Prints a result of walks: its JSON with --json, its CSV with --csv -, else its table. --csv FILE
/// is written beside either.
template <class Json, class Csv, class Text>
void print_walks(const Output& out, Session& session, Json json, Csv csv, Text text) {
  if (!out.csv.empty() && out.csv != "-")
    io::write_atomically(out.csv, [&](std::ostream& file) { file << csv(); });
  if (out.csv == "-")
    session.print(csv());
  else
    session.print(out.json ? json() : text(report::TextOptions{.color = session.color()}));
}

/// Writes the picture that `draw` returns to --plot, as SVG or PNG, whole or not at all.
template <class Draw>
void plot(const Output& out, Draw draw) {
  if (out.plot.empty())
    return;
  const std::string svg = draw();
  const std::string bytes = out.plot.extension() == ".png" ? png_of(svg) : svg;
  io::write_atomically(out.plot, [&](std::ostream& file) { file << bytes; });
}

} // namespace attnwalk::tools
