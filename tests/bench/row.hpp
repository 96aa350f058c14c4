// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Measuring: rows of results, medians, memory.
namespace attnwalk::bench {

/// One measured case: the fields of attnwalk.bench/1.
struct BenchRow {
  std::string operation;
  std::string backend;
  std::string pattern; ///< spec or file
  Index n = 0;
  Index entries = 0;
  Index head_dim = 0;
  Index heads = 0;
  std::string dtype;
  int threads = 1;
  std::vector<double> times_ms;
  double median_ms = 0;
  std::optional<double> gather_limit_ms; ///< time to read the gathered rows once, same run
  std::optional<double> of_limit;        ///< gather_limit_ms / median_ms
  std::optional<double> vs_graphblas;    ///< median of the graphblas row / median_ms
  std::optional<double> peak_bytes;      ///< resident growth during the first call
  std::optional<double> max_error;       ///< against loops in double, on sampled rows
};

[[nodiscard]] double median(std::vector<double> times);

/// What one call of `work` takes, in milliseconds.
template <class Work>
[[nodiscard]] double milliseconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  return taken.count();
}

/// Runs `work` once to warm up, noting the peak of memory, then `repetitions` times, each followed
/// by one call of `limit` (empty: none), so that both see the machine in the same state.
void measure(BenchRow& row, int repetitions, const std::function<void()>& work,
             const std::function<void()>& limit = {});

/// Names of the processor and the instruction set in use.
struct Machine {
  std::string processor;
  std::string isa;
  int cores = 0;
};
[[nodiscard]] Machine machine();

/// attnwalk.bench/1 and the same as a table.
[[nodiscard]] std::string bench_json(const std::vector<BenchRow>& rows);
[[nodiscard]] std::string bench_text(const std::vector<BenchRow>& rows);

} // namespace attnwalk::bench
