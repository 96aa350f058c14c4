// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/error.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/input.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/spectral/gap.hpp"

#include "session.hpp"

#include <CLI/CLI.hpp>

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

/// Flags that verbs share, bound to fields of the library's option structs: same names, '-' for
/// '_'.
namespace attnwalk::tools {

/// Where a result goes.
struct Output {
  std::filesystem::path file; ///< -o: the matrix
  std::filesystem::path plot; ///< --plot
  std::string plot_kind;      ///< --plot-kind
  bool json = false;
};

/// Integers and numbers are read strictly: all of the text, in range, else one clear sentence.
CLI::Option* add_integer(CLI::App& verb, const std::string& flags, Index& field, Index least,
                         const std::string& help);
CLI::Option* add_number(CLI::App& verb, const std::string& flags, double& field,
                        const std::string& help);
CLI::Option* add_number(CLI::App& verb, const std::string& flags, std::optional<double>& field,
                        const std::string& help);
/// Numbers between commas, integers not negative.
CLI::Option* add_list(CLI::App& verb, const std::string& flags, std::vector<Index>& field,
                      const std::string& help);
CLI::Option* add_list(CLI::App& verb, const std::string& flags, std::vector<double>& field,
                      const std::string& help);
/// Words between commas, each one of `known`.
CLI::Option* add_words(CLI::App& verb, const std::string& flags, std::vector<std::string>& field,
                       const std::vector<std::string>& known, const std::string& help);

/// A file or spec, which may not be the empty word of an unset shell variable.
template <class Text>
CLI::Option* add_text(CLI::App& verb, const std::string& flags, Text& field,
                      const std::string& help, const std::string& type) {
  auto* option = verb.add_option(flags, field, help)->type_name(type);
  option->check([name = option->get_name()](const std::string& text) {
    require(!text.empty(), Code::domain, name, " is empty; name something or leave it out");
    return std::string{};
  });
  return option;
}

/// A field of enumeration type, spelled as `to_string` spells it.
template <class Enum>
struct Choice {
  std::string name;
  Enum value;
};
[[noreturn]] void refuse_choice(const std::string& flag, const std::string& text,
                                const std::vector<std::string>& names);
template <class Enum>
CLI::Option* add_choice(CLI::App& verb, const std::string& flag, Enum& field,
                        std::vector<Choice<Enum>> choices, const std::string& help) {
  std::vector<std::string> names;
  names.reserve(choices.size());
  for (const auto& choice : choices)
    names.push_back(choice.name);
  auto* option = verb.add_option_function<std::string>(
      "--" + flag,
      [&field, flag, choices, names](const std::string& text) {
        for (const auto& choice : choices)
          if (choice.name == text) {
            field = choice.value;
            return;
          }
        refuse_choice(flag, text, names);
      },
      help + ": " + CLI::detail::join(names, ", "));
  return option->type_name("NAME");
}

/// Rows between semicolons, numbers between commas.
CLI::Option* add_matrix(CLI::App& verb, const std::string& flags,
                        std::vector<std::vector<double>>& field, const std::string& help);

/// -n, --seed, --threads, and what a matrix is: SPEC|FILE|-, or --qk with --layer, --head, --mask.
void add_sizes(CLI::App& verb, report::InputOptions& in);
void add_source(CLI::App& verb, report::InputOptions& in);
void add_head(CLI::App& verb, report::InputOptions& in);

/// --kind, --tolerance and the other fields of GapOptions.
void add_gap_options(CLI::App& verb, spectral::GapOptions& how);

/// Options that do something in one mode only.
struct OnlyIn {
  std::vector<const char*> options; ///< as on the command line
  bool here = false;                ///< whether this run is in that mode
  std::string mode = {};            ///< "--qk FILE"
};
/// Refuses the first option that was given where it would be ignored, before any work. Options of
/// the whole run (--seed, --threads, -q) are never refused, nor what only sizes or entries decide.
/// @throws Error{domain} "--layer belongs to --qk FILE"
void refuse_ignored(const CLI::App& verb, const std::vector<OnlyIn>& modes);
/// The rows of what `add_head` and `add_gap_options` add.
[[nodiscard]] OnlyIn only_of_head(const report::InputOptions& in);
[[nodiscard]] std::vector<OnlyIn> only_of_kinds(const spectral::GapOptions& how);

/// --json and -q.
void add_results(CLI::App& verb, Output& out, Session& session);
/// The same, --plot and, with more than one kind, --plot-kind.
void add_output(CLI::App& verb, Output& out, Session& session,
                const std::vector<std::string>& plot_kinds);
/// What -o may end in: sparse matrices, dense arrays.
inline constexpr const char* sparse_files = ".mtx .npz .safetensors";
inline constexpr const char* dense_files = ".npy .npz .safetensors";
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
[[nodiscard]] std::vector<std::filesystem::path> files_of(const report::InputOptions& in);

/// Resolves a sparse input, writes it to -o and --plot, and prints its summary: as text, or as the
/// verb's JSON.
using SummaryJson = std::string (*)(const report::Provenance& from, const report::Summary& summary,
                                    const std::string& output, const report::JsonOptions& how);
void write_input(const report::InputOptions& from, const Output& out, Session& session,
                 SummaryJson json);

/// Writes what `draw` returns to --plot, whole or not at all.
template <class Draw>
void plot(const Output& out, Draw draw) {
  if (!out.plot.empty())
    io::write_atomically(out.plot, [&](std::ostream& file) { file << draw(); });
}

} // namespace attnwalk::tools
