// SPDX-License-Identifier: Apache-2.0
// Times of the kernels, attention, diffusion and the Diffuser layer, each checked against loops in
// double, beside the time just to read the gathered rows and GraphBLAS (docs/bench.md).
#include "attnwalk/core/isa.hpp"

#include "cases.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

using attnwalk::bench::BenchOptions;
using attnwalk::bench::BenchRow;

template <class T>
CLI::Option* add_list(CLI::App& app, const std::string& flag, std::vector<T>& field,
                      const std::string& help) {
  return app.add_option(flag, field, help)->delimiter(',')->capture_default_str();
}

} // namespace

int main(int argc, char** argv) {
  BenchOptions how;
  how.patterns = {"window:w=128", "random:d=256", "diffuser:w=64,r=64,g=64,build={n}"};
  how.sizes = {4096, 16384};
  how.operations = {"scores", "softmax", "hop", "hops", "forward", "backward", "diffuser"};
  bool json = false;
  CLI::App app{"Times of the kernels, checked, beside their limit and GraphBLAS.", "bench"};
  app.add_option("patterns", how.patterns, "specs, {n} standing for the size")
      ->capture_default_str();
  add_list(app, "-n", how.sizes, "sizes");
  app.add_option("--dim", how.dim, "width of q, k and v")->capture_default_str();
  add_list(app, "--heads", how.heads, "heads that share the pattern");
  add_list(app, "--operations", how.operations,
           "which; hops is --hops of diffusion, backward the forward and the backward pass; also "
           "multihop, generate")
      ->check(CLI::IsMember(attnwalk::bench::bench_operations()));
  add_list(app, "--dtype", how.dtypes, "of k and v")
      ->check(CLI::IsMember({"float", "double", "bfloat16"}));
  add_list(app, "--backend", how.backends, "who computes")
      ->check(CLI::IsMember({"fused", "graphblas"}));
  app.add_option("--hops", how.hops, "of hops and diffuser")->capture_default_str();
  app.add_option("--reps", how.repetitions, "times each case runs; medians are reported")
      ->capture_default_str();
  app.add_option("--seed", how.seed, "of patterns and numbers");
  app.add_option("--threads", how.threads,
                 "of our kernels; GraphBLAS follows OMP_NUM_THREADS; 0: the same");
  app.add_option("--save", how.save,
                 "write the inputs and results of each case into this folder, for other programs")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--json", json, "attnwalk.bench/1 instead of a table");
  try {
    app.parse(argc, argv);
    if (const char* wanted = std::getenv("ATTNWALK_ISA"))
      attnwalk::choose_isa(attnwalk::parse_isa(wanted));
    const std::vector<BenchRow> rows = attnwalk::bench::bench(how, [](const BenchRow& row) {
      std::cerr << row.pattern << ", n " << row.n << ", " << row.operation << ", " << row.backend
                << ": " << row.median_ms << " ms\n";
    });
    std::cout << (json ? attnwalk::bench::bench_json(rows) : attnwalk::bench::bench_text(rows));
    return 0;
  } catch (const CLI::ParseError& mistake) {
    return app.exit(mistake);
  } catch (const std::exception& failure) {
    std::cerr << "bench: " << failure.what() << '\n';
    return 1;
  }
}
