// SPDX-License-Identifier: Apache-2.0
#include "bench_cases.hpp"
#include "options.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <memory>

namespace attnwalk::tools {
namespace {

struct Options {
  BenchOptions how;
  Index threads = 0;
  Index seed = 0;
  Output out;
};

void fill_defaults(BenchOptions& how) {
  if (how.patterns.empty())
    how.patterns = {"window:w=128", "random:d=256", "diffuser:w=64,r=64,g=64,build={n}"};
  if (how.sizes.empty() && how.patterns.size() > 1)
    how.sizes = {4096, 16384};
  if (how.operations.empty())
    how.operations = {"scores", "softmax", "hop", "hops", "forward", "backward", "diffuser"};
}

std::vector<OnlyIn> modes(const BenchOptions& how) {
  const auto any_of = [](const std::vector<std::string>& list,
                         const std::vector<std::string>& wanted) {
    return std::find_first_of(list.begin(), list.end(), wanted.begin(), wanted.end()) != list.end();
  };
  const std::vector<std::string>& operations = how.operations;
  const std::vector<std::string> of_backends{"scores", "softmax", "hop",
                                             "hops",   "forward", "backward"};
  const bool saves = !how.save.empty();
  const bool on_heads =
      saves || any_of(operations, of_backends) || any_of(operations, {"diffuser"});
  return {{{"-n"},
           !std::all_of(how.patterns.begin(), how.patterns.end(), report::names_file),
           "specs: a mask file has its own size"},
          {{"--save"},
           operations != std::vector<std::string>{"generate"} &&
               any_of(how.dtypes, {"float", "double"}),
           "operations on a pattern, in float or double"},
          {{"--dim", "--heads", "--dtype"}, on_heads, "operations on q, k and v"},
          {{"--hops"},
           saves || any_of(operations, {"hops", "diffuser"}),
           "--operations hops and diffuser and to --save"},
          {{"--backend"},
           any_of(operations, of_backends),
           "--operations " + CLI::detail::join(of_backends, ", ")}};
}

void run(Options& options, Session& session) {
  BenchOptions& how = options.how;
  require_one_stdin({how.patterns.begin(), how.patterns.end()});
  how.threads = static_cast<int>(std::min<Index>(options.threads, 4096));
  how.seed = static_cast<std::uint64_t>(options.seed);
  const std::vector<BenchRow> rows = bench(how, [&](const BenchRow& row) {
    session.remark(row.pattern + ", n " + std::to_string(row.n) + ", " + row.operation + ", " +
                   row.backend + ": " + message(row.median_ms) + " ms\n");
  });
  session.print(options.out.json ? bench_json(rows) : bench_text(rows));
}

} // namespace

void add_bench(CLI::App& app, Session& session) {
  auto* verb = app.add_subcommand(
      "bench", "Times of the kernels, checked, beside their limit and GraphBLAS");
  const auto options = std::make_shared<Options>();
  BenchOptions& how = options->how;
  how.monitor = session.monitor();
  verb->add_option("patterns", how.patterns,
                   "specs, {n} standing for the size, or mask files [window:w=128 random:d=256 "
                   "diffuser:w=64,r=64,g=64,build={n}]")
      ->type_name("SPEC|FILE");
  add_list(*verb, "-n", how.sizes, "sizes of specs [4096,16384]");
  add_integer(*verb, "--dim", how.dim, 1, "width of q, k and v");
  add_list(*verb, "--heads", how.heads, "heads that share the pattern [1]");
  add_words(*verb, "--operations", how.operations, bench_operations(),
            "which; hops is --hops of diffusion, backward the forward and the backward pass [all "
            "but multihop, generate]");
  add_words(*verb, "--dtype", how.dtypes, {"float", "double", "bfloat16"}, "of k and v [float]");
  add_words(*verb, "--backend", how.backends, {"fused", "graphblas"}, "who computes [fused]");
  add_integer(*verb, "--hops", how.hops, 1, "of hops and diffuser");
  add_integer(*verb, "--reps", how.repetitions, 1, "times each case runs; medians are reported");
  add_integer(*verb, "--seed", options->seed, 0, "of patterns and numbers");
  add_integer(*verb, "--threads", options->threads, 0,
              "of our kernels; GraphBLAS follows OMP_NUM_THREADS; 0: the same");
  add_text(*verb, "--save", how.save,
           "write the inputs and results of each case into this folder, for other programs",
           "FOLDER");
  add_results(*verb, options->out, session);
  verb->callback([verb, options, &session] {
    fill_defaults(options->how);
    refuse_ignored(*verb, modes(options->how));
    run(*options, session);
  });
}

} // namespace attnwalk::tools
