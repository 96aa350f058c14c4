// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/attention/attention.hpp"
#include "attnwalk/workflow/dense.hpp"
#include "attnwalk/workflow/input.hpp"
#include "attnwalk/workflow/summary.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace attnwalk::workflow {

/// The numbers that attention is computed in.
enum class Precision {
  automatic, ///< double if an input is stored in double, else float
  float32,
  float64,
  bfloat16, ///< float, with K and V held as bfloat16 while rows are gathered
};
[[nodiscard]] constexpr auto names_of(Precision /*which*/) {
  return std::to_array<Name<Precision>>({{Precision::automatic, "automatic"},
                                         {Precision::float32, "float"},
                                         {Precision::float64, "double"},
                                         {Precision::bfloat16, "bfloat16"}});
}
[[nodiscard]] constexpr std::string_view to_string(Precision x) {
  return name_of(x);
}

/// How the graph that a block model draws is read.
enum class Importance {
  none,      ///< as a mask
  bernoulli, ///< the same mask as a sample of every pair: scores less ln p
  poisson,   ///< a multigraph as a sample of every pair: scores plus ln copies less ln lambda
};
[[nodiscard]] constexpr auto names_of(Importance /*which*/) {
  return std::to_array<Name<Importance>>({{Importance::none, "none"},
                                          {Importance::bernoulli, "bernoulli"},
                                          {Importance::poisson, "poisson"}});
}
[[nodiscard]] constexpr std::string_view to_string(Importance x) {
  return name_of(x);
}

/// Queries, keys and values: `input.source` is one file with arrays q, k and v; or one file each; or
/// `input.qk` is a file of stored heads with v. `input.mask`, `input.seed`, `input.threads` as everywhere.
struct AttendInputs {
  InputOptions input;
  std::filesystem::path q = {};
  std::filesystem::path k = {};
  std::filesystem::path v = {};
  Precision precision = Precision::automatic;
  /// Unless none, `input.mask` is one term `sbm`, or empty for the model stored with the head `input.qk`.
  Importance importance = Importance::none;
};

/// Z = dropout(softmax(scale Q K' on P)) V and where it came from.
struct AttendResult {
  Provenance origin;
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

/// The fields that belong to one way of naming Q, K and V.
[[nodiscard]] FieldRules rules(const AttendInputs& inputs);

/// Reads, attends, summarizes.
///
/// @throws Error{domain} if not exactly one way of naming Q, K and V is used, or importance is
///         asked for without a block model; else as io, spec, sbm::sample and attention::attend do
/// @cost   O(m (width + value width)) a head, and one copy of the result
[[nodiscard]] AttendResult attend(const AttendInputs& inputs, attention::AttendOptions how = {});

} // namespace attnwalk::workflow
