// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include "attnwalk/report/svg.hpp"
#include "attnwalk/report/text.hpp"

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
  T value{};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  require(read.ec == std::errc{} && read.ptr == end && value >= least && value <= most,
          Code::domain, flag, " = ", shown(text), " must be an integer in [", least, ", ", most,
          "]");
  return value;
}

double real(const std::string& flag, const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  require(read.ec == std::errc{} && read.ptr == end && std::isfinite(value), Code::domain, flag,
          " = ", shown(text), " must be a finite number");
  return value;
}

/// The parts between commas, each read by `read`.
template <class T, class Read>
std::vector<T> list(const std::string& text, Read read) {
  std::vector<T> items;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    items.push_back(read(text.substr(at, comma - at)));
    at = comma + 1;
  }
  return items;
}

/// "--max-products,-m" -> "--max-products": what messages call it.
std::string first_name(const std::string& flags) {
  return flags.substr(0, flags.find(','));
}

/// N or NxM.
void read_sizes(const std::string& text, report::InputOptions& in) {
  const Index most = std::numeric_limits<Index>::max();
  const std::size_t times = text.find('x');
  in.queries = integer<Index>("-n", text.substr(0, times), 0, most);
  if (times != std::string::npos)
    in.keys = integer<Index>("-n", text.substr(times + 1), 0, most);
}

} // namespace

CLI::Option* add_integer(CLI::App& verb, const std::string& flags, Index& field, Index least,
                         const std::string& help) {
  const std::string name = first_name(flags);
  auto* option = verb.add_option_function<std::string>(
      flags,
      [&field, name, least](const std::string& text) {
        field = integer<Index>(name, text, least, std::numeric_limits<Index>::max());
      },
      help + message(" [", field, "]"));
  return option->type_name("INT");
}

CLI::Option* add_number(CLI::App& verb, const std::string& flags, double& field,
                        const std::string& help) {
  const std::string name = first_name(flags);
  auto* option = verb.add_option_function<std::string>(
      flags, [&field, name](const std::string& text) { field = real(name, text); },
      help + message(" [", field, "]"));
  return option->type_name("NUMBER");
}

CLI::Option* add_number(CLI::App& verb, const std::string& flags, std::optional<double>& field,
                        const std::string& help) {
  const std::string name = first_name(flags);
  auto* option = verb.add_option_function<std::string>(
      flags, [&field, name](const std::string& text) { field = real(name, text); }, help);
  return option->type_name("NUMBER");
}

CLI::Option* add_list(CLI::App& verb, const std::string& flags, std::vector<Index>& field,
                      const std::string& help) {
  const std::string name = first_name(flags);
  auto* option = verb.add_option_function<std::string>(
      flags,
      [&field, name](const std::string& text) {
        field = list<Index>(text, [&](const std::string& item) {
          return integer<Index>(name, item, 0, std::numeric_limits<Index>::max());
        });
      },
      help);
  return option->type_name("INT,..");
}

CLI::Option* add_list(CLI::App& verb, const std::string& flags, std::vector<double>& field,
                      const std::string& help) {
  const std::string name = first_name(flags);
  auto* option = verb.add_option_function<std::string>(
      flags,
      [&field, name](const std::string& text) {
        field = list<double>(text, [&](const std::string& item) { return real(name, item); });
      },
      help);
  return option->type_name("NUMBER,..");
}

CLI::Option* add_matrix(CLI::App& verb, const std::string& flags,
                        std::vector<std::vector<double>>& field, const std::string& help) {
  const std::string name = first_name(flags);
  auto* option = verb.add_option_function<std::string>(
      flags,
      [&field, name](const std::string& text) {
        for (std::size_t at = 0; at <= text.size();) {
          const std::size_t end = std::min(text.find(';', at), text.size());
          field.push_back(list<double>(text.substr(at, end - at),
                                       [&](const std::string& item) { return real(name, item); }));
          at = end + 1;
        }
      },
      help);
  return option->type_name("NUMBER,..;..");
}

CLI::Option* add_words(CLI::App& verb, const std::string& flags, std::vector<std::string>& field,
                       const std::vector<std::string>& known, const std::string& help) {
  const std::string name = first_name(flags).substr(2);
  auto* option = verb.add_option_function<std::string>(
      flags,
      [&field, name, known](const std::string& text) {
        field = list<std::string>(text, [&](const std::string& item) {
          if (std::find(known.begin(), known.end(), item) == known.end())
            refuse_choice(name, item, known);
          return item;
        });
      },
      help + ": " + CLI::detail::join(known, ", "));
  return option->type_name("NAME,..");
}

void refuse_choice(const std::string& flag, const std::string& text,
                   const std::vector<std::string>& names) {
  throw Error(Code::domain, message(flag, " = ", shown(text), " must be one of ",
                                    CLI::detail::join(names, ", ")));
}

void add_sizes(CLI::App& verb, report::InputOptions& in) {
  verb.add_option_function<std::string>(
          "-n", [&in](const std::string& text) { read_sizes(text, in); },
          "tokens of a spec, or NxM: N queries, M keys")
      ->type_name("N|NxM");
  verb.add_option_function<std::string>(
          "--seed",
          [&in](const std::string& text) {
            in.seed = integer<std::uint64_t>("--seed", text, 0,
                                             std::numeric_limits<std::uint64_t>::max());
          },
          "of random terms without a seed of their own [0]")
      ->type_name("INT");
  verb.add_option_function<std::string>(
          "--threads",
          [&in](const std::string& text) { in.threads = integer<int>("--threads", text, 0, 4096); },
          "0: OMP_NUM_THREADS, else all cores [0]")
      ->type_name("INT");
}

void add_source(CLI::App& verb, report::InputOptions& in) {
  verb.add_option("source", in.source,
                  "a pattern spec, a file (.mtx .npz .npy .safetensors), or - for Matrix Market on "
                  "standard input")
      ->type_name("SPEC|FILE|-");
}

void add_head(CLI::App& verb, report::InputOptions& in) {
  add_text(verb, "--qk", in.qk, "instead: attention weights from the stored q and k of a head",
           "FILE");
  add_integer(verb, "--layer", in.layer, 0, "of --qk, counted from 0");
  add_integer(verb, "--head", in.head, 0, "of --qk, counted from 0");
  add_text(verb, "--mask", in.mask,
           "which pairs attend; overrides a mask stored in the file, without both every pair does",
           "SPEC|FILE");
  add_number(verb, "--scale", in.weights.scale, "of the scores; 0 means 1/sqrt(width)");
}

void add_gap_options(CLI::App& verb, spectral::GapOptions& how) {
  using spectral::EmptyRows;
  using spectral::Kind;
  std::vector<Choice<Kind>> kinds;
  for (const Kind kind :
       {Kind::automatic, Kind::undirected, Kind::directed, Kind::bipartite, Kind::causal})
    kinds.push_back({std::string(spectral::to_string(kind)), kind});
  add_choice(verb, "kind", how.kind, std::move(kinds), "which gaps [automatic]");
  add_choice<EmptyRows>(verb, "empty-rows", how.empty_rows,
                        {{"loop", EmptyRows::loop}, {"error", EmptyRows::error}},
                        "what a query without keys becomes [loop]");
  add_number(verb, "--tolerance", how.tolerance, "wanted accuracy relative to the gap");
  add_integer(verb, "--dense-below", how.dense_below, 0, "n up to this is solved densely");
  add_integer(verb, "--max-products", how.max_products, 1, "matrix-vector products per eigenvalue");
  add_integer(verb, "--steps", how.steps, 1, "k of k_step, largest k of pseudo_gap");
  add_number(verb, "--failure", how.failure, "probability that a random-start interval is wrong");
  verb.add_flag("--sweep-set", how.sweep_set, "list the tokens of the sweep cut");
  verb.add_flag("--spectrum,--whole-spectrum", how.whole_spectrum,
                "all eigenvalues where the dense path runs, else their density");
}

void refuse_ignored(const CLI::App& verb, const std::vector<OnlyIn>& modes) {
  for (const OnlyIn& only : modes)
    for (const char* option : only.options)
      require(only.here || verb.count(option) == 0, Code::domain, option, " belongs to ",
              only.mode);
}

OnlyIn only_of_head(const report::InputOptions& in) {
  return {{"--layer", "--head", "--mask", "--scale"}, !in.qk.empty(), "--qk FILE"};
}

std::vector<OnlyIn> only_of_kinds(const spectral::GapOptions& how) {
  using spectral::Kind;
  return {{{"--steps"}, how.kind != Kind::bipartite, "powers, not to --kind bipartite"},
          {{"--sweep-set"},
           how.kind != Kind::directed && how.kind != Kind::causal,
           "--kind undirected and bipartite"}};
}

void add_results(CLI::App& verb, Output& out, Session& session) {
  verb.add_flag("--json", out.json, "the result as JSON on standard output");
  // CLI11 2.4 takes -q and --q, which `attend` has, for one option.
  const bool has_q = verb.get_option_no_throw("--q") != nullptr;
  verb.add_flag(has_q ? "--quiet" : "-q,--quiet", session.quiet, "no progress, no remarks");
}

void add_output(CLI::App& verb, Output& out, Session& session,
                const std::vector<std::string>& plot_kinds) {
  add_results(verb, out, session);
  out.plot_kind = plot_kinds.front();
  add_text(verb, "--plot", out.plot, "a picture: " + CLI::detail::join(plot_kinds, ", "),
           "FILE.svg");
  if (plot_kinds.size() > 1)
    verb.add_option_function<std::string>(
            "--plot-kind",
            [&out, plot_kinds](const std::string& text) {
              for (const auto& kind : plot_kinds)
                if (kind == text) {
                  out.plot_kind = text;
                  return;
                }
              refuse_choice("plot-kind", text, plot_kinds);
            },
            "which picture: " + CLI::detail::join(plot_kinds, ", ") + " [" + plot_kinds.front() +
                "]")
        ->type_name("NAME");
}

void add_file(CLI::App& verb, Output& out, const std::string& help) {
  add_text(verb, "-o,--output", out.file, help, "FILE|-");
}

std::vector<std::filesystem::path> files_of(const report::InputOptions& in) {
  return {in.source, in.qk, in.mask};
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
  require(out.plot != "-", Code::domain, "--plot = - must be a file name that ends in .svg");
  require_writable(out.plot, ".svg");
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

void write_input(const report::InputOptions& from, const Output& out, Session& session,
                 SummaryJson json) {
  check(out, sparse_files, files_of(from));
  const report::Input in = report::resolve(from);
  const report::Summary summary = report::summarize(in.view());
  plot(out, [&] { return report::mask_svg(in.view(), {.title = report::title(in.from)}); });
  if (!out.file.empty())
    io::write_sparse(out.file, in.view(), in.from.certificate);
  const std::string file = out.file.string();
  if (out.json)
    session.print(json(in.from, summary, file, {}));
  else if (out.file == "-")
    session.remark(report::summary_text(in.from, summary, ""));
  else
    session.print(report::summary_text(in.from, summary, file, {.color = session.color()}));
}

} // namespace attnwalk::tools
