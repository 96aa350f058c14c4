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

void run(Options& options, Session& session) {
  BenchOptions& how = options.how;
  how.threads = static_cast<int>(std::min<Index>(options.threads, 4096));
  how.seed = static_cast<std::uint64_t>(options.seed);
  if (how.patterns.empty())
    how.patterns = {"window:w=128", "random:d=256", "diffuser:w=64,r=64,g=64,build={n}"};
  if (how.sizes.empty() && how.patterns.size() > 1)
    how.sizes = {4096, 16384};
  if (how.operations.empty())
    how.operations = {"scores", "softmax", "hop", "hops", "forward", "backward", "diffuser"};
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
  verb->callback([options, &session] { run(*options, session); });
}

} // namespace attnwalk::tools
