// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/pattern.hpp"

#include "row.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace attnwalk::bench {

/// What `bench` measures: the product of sizes, patterns and heads, in one type.
struct BenchOptions {
  std::vector<std::string> patterns = {}; ///< specs, "{n}" standing for the size
  std::vector<Index> sizes = {};
  std::vector<Index> heads = {1};
  Index dim = 64;
  std::vector<std::string> operations = {}; ///< of `bench_operations`
  std::vector<std::string> dtypes = {"float"};
  std::vector<std::string> backends = {"fused"};
  Index hops = 5; ///< of the diffusion and the Diffuser layer
  Index repetitions = 7;
  std::uint64_t seed = 0;
  int threads = 0;
  std::filesystem::path save = {}; ///< folder for the inputs and results of each case
};

/// scores softmax hop hops forward backward diffuser multihop generate.
[[nodiscard]] const std::vector<std::string>& bench_operations();

/// Runs every case; `done` sees each row as soon as it is known.
/// @throws Error{domain} for options out of bounds; else as building patterns
[[nodiscard]] std::vector<BenchRow> bench(const BenchOptions& how,
                                          const std::function<void(const BenchRow&)>& done);

} // namespace attnwalk::bench
