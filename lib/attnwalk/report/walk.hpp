// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/diffusion/propagate.hpp"
#include "attnwalk/report/compare.hpp"
#include "attnwalk/report/dense.hpp"
#include "attnwalk/report/input.hpp"
#include "attnwalk/report/json.hpp"
#include "attnwalk/report/text.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Diffusion and propagation on the inputs of verbs.
namespace attnwalk::report {

/// What is diffused along what: a pattern counts as its walk (rows divided by their sizes).
struct DiffuseInputs {
  InputOptions in;
  std::filesystem::path v = {}; ///< n x width values (array v); else those stored with the head
  Index random_v = 0;           ///< width of standard normal values drawn from `in.seed` instead
  bool normalize = false;       ///< divide each row of given weights by its sum first
};

struct DiffuseResult {
  Provenance from;
  Summary summary; ///< of the weights as used
  diffusion::DiffuseOptions how;
  std::string values; ///< "v.npy", "stored", "random, width 16"
  diffusion::Diffused<double> out;
  DenseSummary v, z;
};

/// @throws Error{domain} if not exactly one source of values is named; else as resolve, read_dense
///         and diffusion::diffuse
[[nodiscard]] DiffuseResult diffuse(const DiffuseInputs& inputs, diffusion::DiffuseOptions how);

/// attnwalk.diffuse/1
[[nodiscard]] std::string diffuse_json(const DiffuseResult& result, const std::string& output,
                                       const JsonOptions& how = {});
[[nodiscard]] std::string diffuse_text(const DiffuseResult& result, const std::string& output,
                                       const TextOptions& how = {});

/// Walks from where, on what, and which of them are wanted.
struct PropagateInputs {
  InputOptions in;
  std::vector<Index> from_tokens = {}; ///< walks that start there (what they reach); or
  std::vector<Index> to_tokens = {};   ///< walks that end there (what reaches them); neither: all
  bool normalize = false;              ///< divide each row by its sum first
  std::string pairs = {};              ///< spec or file: only these entries of the result
  std::vector<double> theta = {};      ///< sum_k theta_k A^k on `pairs` in place of one power
  bool rollout = false;                ///< product over layers: `layers` of --qk, or a spec with ;
  std::vector<Index> layers = {};      ///< of `in.qk`, first to last
  double residual = 0.5; ///< weight of the identity mixed into each layer of a rollout
};

/// The work of a propagation, everything read and built, and what its first product would take.
struct PropagateWork {
  Provenance from;
  std::vector<Csr<double>> layers; ///< one; more for a rollout
  Csr<double> start;               ///< n x sources
  std::optional<pattern::Pattern> pairs;
  double forecast_bytes = 0; ///< of the first product; 0 if there is none
};

/// @throws Error{index} for a token that does not exist; Error{domain} for options that do not go
///         together; else as resolve
[[nodiscard]] PropagateWork prepare(const PropagateInputs& inputs,
                                    const diffusion::PropagateOptions& how);

struct PropagateResult {
  Provenance from;
  diffusion::PropagateOptions how;
  std::string what; ///< "walks of exactly 3 hops"
  std::vector<diffusion::Growth> growth;
  Csr<double> X;
  double min = 0; ///< over the stored entries
  double max = 0;
  double sum = 0;

  /// What a file of X says of itself: "ring:w=2: walks of exactly 3 hops", the seed, the version.
  [[nodiscard]] pattern::Certificate origin() const;
};

/// @throws as diffusion::propagate, multihop_weights and rollout
[[nodiscard]] PropagateResult propagate(const PropagateInputs& inputs, PropagateWork&& work,
                                        diffusion::PropagateOptions how);

/// attnwalk.propagate/1
[[nodiscard]] std::string propagate_json(const PropagateResult& result, const std::string& output,
                                         const JsonOptions& how = {});
[[nodiscard]] std::string propagate_text(const PropagateResult& result, const std::string& output,
                                         const TextOptions& how = {});
/// "12.3 MiB".
[[nodiscard]] std::string bytes_words(double bytes);

} // namespace attnwalk::report
