// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "attnwalk/grammar/suggest.hpp"

#include "flags.hpp"
#include "numbers.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace attnwalk::tools {
namespace {

/// A value as a message shows it.
std::string shown(const std::string& text) {
  return text.empty() ? "\"\"" : text;
}

template <class T>
T integer(const std::string& flag, const std::string& text, T least, T most) {
  const std::optional<std::uint64_t> value = whole_number(text);
  require(value && *value >= static_cast<std::uint64_t>(least) &&
              *value <= static_cast<std::uint64_t>(most),
          Code::domain, flag, " = ", shown(text), " must be an integer in [", least, ", ", most,
          "]");
  return static_cast<T>(*value);
}

double real(const std::string& flag, const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  require(read.ec == std::errc{} && read.ptr == end && std::isfinite(value), Code::domain, flag,
          " = ", shown(text), " must be a finite number");
  return value;
}

/// The parts between separators, each read by `read`.
template <class T, class Read>
std::vector<T> list(const std::string& text, char separator, Read read) {
  std::vector<T> items;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    items.push_back(read(text.substr(at, end - at)));
    at = end + 1;
  }
  return items;
}

/// Numbers between commas.
std::vector<double> reals(const std::string& flag, const std::string& text) {
  return list<double>(text, ',', [&](const std::string& item) { return real(flag, item); });
}

/// "--max-products,-m" -> "--max-products": what messages call it.
std::string first_name(const std::string& flags) {
  return flags.substr(0, flags.find(','));
}

/// N or NxM.
void read_sizes(const std::string& text, workflow::InputOptions& in) {
  const Index most = std::numeric_limits<Index>::max();
  const std::size_t times = text.find('x');
  in.queries = integer<Index>("-n", text.substr(0, times), 0, most);
  if (times != std::string::npos)
    in.keys = integer<Index>("-n", text.substr(times + 1), 0, most);
}

[[noreturn]] void refuse_choice(const std::string& flag, const std::string& text,
                                const std::vector<std::string>& names) {
  throw Error(Code::domain, message(flag, " = ", shown(text), " must be one of ",
                                    CLI::detail::join(names, ", ")));
}

template <class Text>
void add_named(CLI::App& verb, const std::string& flags, Text& field, const std::string& help,
               const std::string& type) {
  auto* option = verb.add_option(flags, field, help)->type_name(type);
  option->check([name = option->get_name()](const std::string& text) {
    require(!text.empty(), Code::domain, name, " is empty; name something or leave it out");
    return std::string{};
  });
}

} // namespace

CLI::App& add_verb(CLI::App& app, const std::string& name, const std::string& help,
                   const std::vector<std::string>& examples) {
  CLI::App& verb = *app.add_subcommand(name, help);
  std::string footer = examples.empty() ? "" : "Examples:";
  for (const std::string& example : examples)
    footer += "\n  attnwalk " + example;
  return *verb.footer(footer);
}

void on_run(CLI::App& verb, std::function<void()> work) {
  verb.callback(std::move(work));
}

void require_subcommand(CLI::App& verb) {
  verb.require_subcommand(1);
}

void add_flag(CLI::App& verb, const std::string& flags, bool& field, const std::string& help) {
  verb.add_flag(flags, field, help);
}

void add_word(CLI::App& verb, const std::string& name, std::string& field, const std::string& help,
              const std::string& type, bool required) {
  verb.add_option(name, field, help)->type_name(type)->required(required);
}

void add_words(CLI::App& verb, const std::string& name, std::vector<std::string>& field,
               const std::string& help, const std::string& type) {
  verb.add_option(name, field, help)->type_name(type)->required();
}

void add_text(CLI::App& verb, const std::string& flags, std::string& field, const std::string& help,
              const std::string& type) {
  add_named(verb, flags, field, help, type);
}

void add_text(CLI::App& verb, const std::string& flags, std::filesystem::path& field,
              const std::string& help, const std::string& type) {
  add_named(verb, flags, field, help, type);
}

void add_read(CLI::App& verb, const std::string& flags,
              const std::function<void(const std::string&)>& read, const std::string& help,
              const std::string& type) {
  verb.add_option_function<std::string>(flags, read, help)->type_name(type);
}

void add_integer(CLI::App& verb, const std::string& flags, Index& field, Index least,
                 const std::string& help) {
  const auto read = [&field, name = first_name(flags), least](const std::string& text) {
    field = integer<Index>(name, text, least, std::numeric_limits<Index>::max());
  };
  add_read(verb, flags, read, help + message(" [", field, "]"), "INT");
}

void add_number(CLI::App& verb, const std::string& flags, double& field, const std::string& help) {
  const auto read = [&field, name = first_name(flags)](const std::string& text) {
    field = real(name, text);
  };
  add_read(verb, flags, read, help + message(" [", field, "]"), "NUMBER");
}

void add_number(CLI::App& verb, const std::string& flags, std::optional<double>& field,
                const std::string& help) {
  const auto read = [&field, name = first_name(flags)](const std::string& text) {
    field = real(name, text);
  };
  add_read(verb, flags, read, help, "NUMBER");
}

void add_list(CLI::App& verb, const std::string& flags, std::vector<Index>& field,
              const std::string& help) {
  const auto read = [&field, name = first_name(flags)](const std::string& text) {
    field = list<Index>(text, ',', [&](const std::string& item) {
      return integer<Index>(name, item, 0, std::numeric_limits<Index>::max());
    });
  };
  add_read(verb, flags, read, help, "INT,..");
}

void add_list(CLI::App& verb, const std::string& flags, std::vector<double>& field,
              const std::string& help) {
  const auto read = [&field, name = first_name(flags)](const std::string& text) {
    field = reals(name, text);
  };
  add_read(verb, flags, read, help, "NUMBER,..");
}

void add_matrix(CLI::App& verb, const std::string& flags, std::vector<std::vector<double>>& field,
                const std::string& help) {
  const auto read = [&field, name = first_name(flags)](const std::string& text) {
    field = list<std::vector<double>>(text, ';',
                                      [&](const std::string& row) { return reals(name, row); });
  };
  add_read(verb, flags, read, help, "NUMBER,..;..");
}

void add_sizes(CLI::App& verb, workflow::InputOptions& in) {
  add_read(
      verb, "-n", [&in](const std::string& text) { read_sizes(text, in); },
      "tokens of a spec, or NxM: N queries, M keys; 10k, 4Ki and 1e4 are read, too", "N|NxM");
  add_read(
      verb, "--seed",
      [&in](const std::string& text) {
        in.seed =
            integer<std::uint64_t>("--seed", text, 0, std::numeric_limits<std::uint64_t>::max());
      },
      "of random terms without a seed of their own [0]", "INT");
  add_read(
      verb, "--threads",
      [&in](const std::string& text) { in.threads = integer<int>("--threads", text, 0, 4096); },
      "0: OMP_NUM_THREADS, else all cores [0]", "INT");
}

void add_source(CLI::App& verb, workflow::InputOptions& in) {
  add_word(verb, "source", in.source,
           "a pattern spec, a file (.mtx .npz .npy .safetensors), or - for Matrix Market on "
           "standard input",
           "SPEC|FILE|-");
}

Index one_number(const std::string& flag, const std::string& text) {
  return integer<Index>(flag, text, 0, std::numeric_limits<Index>::max());
}

namespace {

void add_qk(CLI::App& verb, workflow::InputOptions& in) {
  add_text(verb, "--qk", in.qk, "instead: attention weights from the stored q and k of a head",
           "FILE");
}

/// NAME=ARRAY between commas.
void read_names(const std::string& text, io::HeadArrays& arrays) {
  for (const std::string& item : list<std::string>(text, ',', [](std::string x) { return x; })) {
    const std::size_t equals = std::min(item.find('='), item.size());
    const std::string name = item.substr(0, equals);
    std::string* const field = name == "q"           ? &arrays.q
                               : name == "k"         ? &arrays.k
                               : name == "v"         ? &arrays.v
                               : name == "attention" ? &arrays.attention
                                                     : nullptr;
    require(field != nullptr && equals + 1 < item.size(), Code::domain, "--names = ", shown(text),
            " must say q=, k=, v= or attention= and the name of an array, with commas between");
    *field = item.substr(equals + 1);
  }
}

/// What of a file of heads is meant, and how its scores become weights.
void add_head_arrays(CLI::App& verb, workflow::InputOptions& in) {
  add_read(
      verb, "--batch",
      [&in](const std::string& text) { in.arrays.batch = one_number("--batch", text); },
      "which sequence of a file with a batch dimension, from 0", "INT");
  add_read(
      verb, "--names", [&in](const std::string& text) { read_names(text, in.arrays); },
      "what the file calls its arrays, as q=query,k=key", "q=NAME,..");
  add_choice(verb, "layout", in.arrays.layout,
             "whether heads or tokens come first in q and k [heads_first]");
  add_text(verb, "--mask", in.mask,
           "which pairs attend; overrides a mask stored in the file, without both every pair does",
           "SPEC|FILE");
  add_number(verb, "--scale", in.weights.scale, "of the scores; 0 means 1/sqrt(width)");
}

} // namespace

void add_head(CLI::App& verb, workflow::InputOptions& in) {
  add_qk(verb, in);
  add_integer(verb, "--layer", in.layer, 0, "of --qk, counted from 0");
  add_integer(verb, "--head", in.head, 0, "of --qk, counted from 0");
  add_head_arrays(verb, in);
}

void add_heads(CLI::App& verb, workflow::HeadsInputs& inputs) {
  inputs.layers = inputs.heads = "0";
  add_qk(verb, inputs.input);
  add_attention(verb, inputs.input);
  add_text(verb, "--layer", inputs.layers, "which layers, from 0: a number, 0-3,5, or all [0]",
           "LIST");
  add_text(verb, "--head", inputs.heads, "which heads of each layer, likewise [0]", "LIST");
  add_head_arrays(verb, inputs.input);
}

void add_attention(CLI::App& verb, workflow::InputOptions& in) {
  add_text(verb, "--attention", in.attention,
           "instead: stored attention matrices, layers x [batch x] heads x n x n", "FILE");
}

void add_gap_options(CLI::App& verb, spectral::GapOptions& how) {
  add_choice(verb, "kind", how.kind, "which gaps [automatic]");
  add_choice(verb, "empty-rows", how.empty_rows, "what a query without keys becomes [loop]");
  add_number(verb, "--tolerance", how.tolerance, "wanted accuracy relative to the gap");
  add_integer(verb, "--dense-below", how.dense_below, 0,
              "directed walks of up to n tokens, and others of up to n / 8, are solved densely");
  verb.add_option("--only", how.only, "these quantities alone [all]")
      ->delimiter(',')
      ->check([](const std::string& name) {
        const auto& all = spectral::gap_names;
        require(std::find(all.begin(), all.end(), name) != all.end(), Code::domain,
                "--only = ", shown(name), " names no quantity",
                grammar::suggestion(name, {all.begin(), all.end()}));
        return std::string{};
      })
      ->type_name("NAME,..");
  add_integer(verb, "--max-products", how.max_products, 1, "matrix-vector products per eigenvalue");
  add_integer(verb, "--steps", how.steps, 1, "k of k_step, largest k of pseudo_gap");
  add_number(verb, "--failure", how.failure, "probability that a random-start interval is wrong");
  add_flag(verb, "--sweep-set", how.sweep_set, "list the tokens of the sweep cut");
  add_flag(verb, "--spectrum,--whole-spectrum", how.whole_spectrum,
           "all eigenvalues where the dense path runs, else their density");
}

void refuse_ignored(const CLI::App& verb, const workflow::FieldRules& rules) {
  for (const workflow::FieldRule& rule : rules)
    require(rule.here || verb.count(flag_of(rule.field)) == 0, Code::domain,
            workflow::belongs(rule));
}

void add_results(CLI::App& verb, Output& out, Session& session) {
  add_flag(verb, "--json", out.json, "the result as JSON on standard output");
  // CLI11 2.4 takes -q and --q, which `attend` has, for one option.
  const bool has_q = verb.get_option_no_throw("--q") != nullptr;
  add_flag(verb, has_q ? "--quiet" : "-q,--quiet", session.quiet, "no progress, no remarks");
}

void add_output(CLI::App& verb, Output& out, Session& session,
                const std::vector<std::string>& plot_kinds) {
  add_results(verb, out, session);
  out.plot_kind = plot_kinds.front();
  add_text(verb, "--plot", out.plot, "a picture: " + CLI::detail::join(plot_kinds, ", "),
           "FILE.svg|FILE.png");
  if (plot_kinds.size() == 1)
    return;
  const auto read = [&out, plot_kinds](const std::string& text) {
    if (std::find(plot_kinds.begin(), plot_kinds.end(), text) == plot_kinds.end())
      refuse_choice("plot-kind", text, plot_kinds);
    out.plot_kind = text;
  };
  add_read(verb, "--plot-kind", read,
           "which picture: " + CLI::detail::join(plot_kinds, ", ") + " [" + plot_kinds.front() +
               "]",
           "NAME");
}

void add_csv(CLI::App& verb, Output& out) {
  add_text(verb, "--csv", out.csv, "a table with a row per walk, or - for standard output",
           "FILE.csv");
}

void add_file(CLI::App& verb, Output& out, const std::string& help) {
  add_text(verb, "-o,--output", out.file, help, "FILE|-");
}

} // namespace attnwalk::tools
