// SPDX-License-Identifier: Apache-2.0
#include "cases.hpp"

#include "attnwalk/core/threads.hpp"
#include "attnwalk/diffusion/propagate.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/sparse/normalize.hpp"

#include "attention.hpp"
#include "data.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::bench {
namespace {

bool holds(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string with_size(std::string spec, Index n) {
  for (std::size_t at = spec.find("{n}"); at != std::string::npos; at = spec.find("{n}"))
    spec.replace(at, 3, std::to_string(n));
  return spec;
}

BenchRow sparse_row(const BenchOptions& how, const std::string& operation,
                    const std::string& backend, const std::string& name) {
  BenchRow row;
  row.operation = operation;
  row.backend = backend;
  row.pattern = name;
  row.dtype = operation == "generate" ? "boolean" : "double";
  row.threads = threads(how.threads);
  return row;
}

BenchRow generate(const BenchOptions& how, const std::string& spec, Index n) {
  BenchRow row = sparse_row(how, "generate", "fused", spec);
  pattern::Pattern P;
  measure(row, static_cast<int>(how.repetitions), [&] {
    P = grammar::build(spec, {.queries = n, .seed = how.seed, .threads = how.threads}).pattern;
  });
  row.n = P.rows();
  row.entries = P.entries();
  return row;
}

/// The entries of A^2 on the pattern of A itself, for the walk A.
BenchRow multihop(const BenchOptions& how, const std::string& name, const pattern::Pattern& P) {
  BenchRow row = sparse_row(how, "multihop", "graphblas", name);
  row.n = P.rows();
  row.entries = P.entries();
  const Csr<double> walk = sparse::row_normalized(P.view());
  const CsrView<double> A = walk.view();
  const std::vector<double> theta{0, 0, 1};
  Buffer<double> found;
  measure(row, static_cast<int>(how.repetitions), [&] {
    const pattern::Weights C = diffusion::multihop_weights(A, P, theta);
    found.assign(C.values().begin(), C.values().end());
  });
  const Csr<double> sample = sampled_rows(P.view(), 1 << 14);
  std::vector<double> dense(static_cast<std::size_t>(P.cols()), 0.0);
  double worst = 0;
  for (Index i = 0; i < P.rows(); ++i) {
    if (sample.view().degree(i) == 0)
      continue;
    std::fill(dense.begin(), dense.end(), 0.0);
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      for (Index f = A.offsets[A.columns[e]]; f < A.offsets[A.columns[e] + 1]; ++f)
        dense[static_cast<std::size_t>(A.columns[f])] += A.value(e) * A.value(f);
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      worst = std::max(worst, std::abs(dense[static_cast<std::size_t>(A.columns[e])] -
                                       found[static_cast<std::size_t>(e)]));
  }
  row.max_error = worst;
  return row;
}

void compare_back_ends(std::vector<BenchRow>& rows) {
  const auto same = [](const BenchRow& a, const BenchRow& b) {
    return a.operation == b.operation && a.pattern == b.pattern && a.n == b.n &&
           a.heads == b.heads && a.dtype == b.dtype;
  };
  for (BenchRow& row : rows)
    for (const BenchRow& other : rows)
      if (row.backend == "fused" && other.backend == "graphblas" && same(row, other))
        row.vs_graphblas = other.median_ms / row.median_ms;
}

void require_options(const BenchOptions& how) {
  require(how.repetitions >= 1, Code::domain, "reps = ", how.repetitions, " must be at least 1");
  require(how.dim >= 1, Code::domain, "dim = ", how.dim, " must be at least 1");
  for (const Index heads : how.heads)
    require(heads >= 1, Code::domain, "heads = ", heads, " must be at least 1");
  require(!holds(how.backends, "graphblas") || threads(how.threads) == threads(0), Code::domain,
          "threads = ", how.threads,
          " binds our kernels only: set OMP_NUM_THREADS, which GraphBLAS follows as well");
  require(!holds(how.dtypes, "bfloat16") ||
              (holds(how.operations, "forward") && holds(how.backends, "fused")),
          Code::domain, "dtype = bfloat16 belongs to the operation forward of the back end fused");
}

} // namespace

const std::vector<std::string>& bench_operations() {
  static const std::vector<std::string> names{"scores",   "softmax",  "hop",
                                              "hops",     "forward",  "backward",
                                              "diffuser", "multihop", "generate"};
  return names;
}

std::vector<BenchRow> bench(const BenchOptions& how,
                            const std::function<void(const BenchRow&)>& done) {
  require_options(how);
  std::vector<BenchRow> rows;
  const auto add = [&](BenchRow row) {
    rows.push_back(std::move(row));
    done(rows.back());
  };
  const auto on_pattern = [&](const std::string& name, const pattern::Pattern& P) {
    if (holds(how.operations, "multihop"))
      add(multihop(how, name, P));
    for (const Index heads : how.heads)
      for (const std::string& dtype : how.dtypes) {
        const bool half = dtype == "bfloat16";
        std::vector<BenchRow> some = dtype == "double"
                                         ? AttentionBench<double>(how, name, P, heads, false).run()
                                         : AttentionBench<float>(how, name, P, heads, half).run();
        for (BenchRow& row : some)
          add(std::move(row));
      }
  };
  for (const std::string& pattern : how.patterns) {
    for (const Index n : how.sizes) {
      const std::string spec = with_size(pattern, n);
      if (holds(how.operations, "generate"))
        add(generate(how, spec, n));
      if (how.operations.size() > 1 || !holds(how.operations, "generate"))
        on_pattern(
            spec,
            grammar::build(spec, {.queries = n, .seed = how.seed, .threads = how.threads}).pattern);
    }
  }
  compare_back_ends(rows);
  return rows;
}

} // namespace attnwalk::bench
