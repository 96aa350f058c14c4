// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/attention/attention.hpp"
#include "attnwalk/report/compare.hpp"
#include "attnwalk/report/dense.hpp"
#include "attnwalk/report/input.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/text.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace attnwalk::report {

/// The numbers that attention is computed in.
enum class Precision {
  automatic, ///< double if an input is stored in double, else float
  float32,
  float64,
  bfloat16, ///< float, with K and V held as bfloat16 while rows are gathered
};
/// How the graph that a block model draws is read.
enum class Importance {
  none,      ///< as a mask
  bernoulli, ///< the same mask as a sample of every pair: scores less ln p
  poisson,   ///< a multigraph as a sample of every pair: scores plus ln copies less ln lambda
};
[[nodiscard]] std::string_view to_string(Importance importance);

/// "float", "double", "bfloat16", and "automatic".
[[nodiscard]] std::string_view to_string(Precision precision);

/// Queries, keys and values: `in.source` is one file with arrays q, k and v; or one file each; or
/// `in.qk` is a file of stored heads with v. `in.mask`, `in.seed`, `in.threads` as everywhere.
struct AttendInputs {
  InputOptions in;
  std::filesystem::path q = {};
  std::filesystem::path k = {};
  std::filesystem::path v = {};
  Precision precision = Precision::automatic;
  /// Unless none, `in.mask` is one term `sbm`, or empty for the model stored with the head `in.qk`.
  Importance importance = Importance::none;
};

/// Z = dropout(softmax(scale Q K' on P)) V and where it came from.
struct AttendResult {
  Provenance from;
  pattern::Pattern mask;
  Summary summary; ///< of the mask
  Importance importance = Importance::none;
  Buffer<std::uint32_t> copies; ///< of a multigraph's entries
  Buffer<double> rate;          ///< of the entries, unless importance is none
  Precision precision = Precision::float32;
  attention::AttendOptions how; ///< as used: scale and key filled in
  DenseSummary q, k, v, z;
  double lse_min = 0; ///< over queries with keys; of interest if how.lse
  double lse_max = 0;
  io::Arrays arrays; ///< z, and lse if asked for: batch x heads x queries (x value width)
};

/// Reads, attends, summarizes.
///
/// @throws Error{domain} if not exactly one way of naming Q, K and V is used, or importance is
///         asked for without a block model; else as io, spec, sbm::sample and attention::attend do
/// @cost   O(m (width + value width)) a head, and one copy of the result
[[nodiscard]] AttendResult attend(const AttendInputs& inputs, attention::AttendOptions how = {});

/// attnwalk.attend/1 with `attended` filled.
[[nodiscard]] std::string attended_json(const AttendResult& result, const std::string& output,
                                        const JsonOptions& how = {});
[[nodiscard]] std::string attended_text(const AttendResult& result, const std::string& output,
                                        const TextOptions& how = {});

} // namespace attnwalk::report
