// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/diffusion/diffuse.hpp"
#include "attnwalk/workflow/dense.hpp"
#include "attnwalk/workflow/input.hpp"
#include "attnwalk/workflow/summary.hpp"

#include <filesystem>
#include <string>

/// Diffusion of values on the inputs of verbs.
namespace attnwalk::workflow {

/// What is diffused along what: a pattern counts as its walk (rows divided by their sizes).
struct DiffuseInputs {
  InputOptions input;
  std::filesystem::path v = {}; ///< n x width values (array v); else those stored with the head
  Index random_v = 0;     ///< instead: width of standard normal values drawn from `input.seed`
  bool normalize = false; ///< divide each row of given weights by its sum first
};

struct DiffuseResult {
  Provenance origin;
  Summary summary; ///< of the weights as used
  diffusion::DiffuseOptions how;
  std::string values; ///< "v.npy", "stored", "random, width 16"
  diffusion::Diffused<double> out;
  DenseSummary v, z;
};

/// The fields that each method and source of values reads.
[[nodiscard]] FieldRules rules(const DiffuseInputs& inputs, const diffusion::DiffuseOptions& how);

/// @throws Error{domain} if not exactly one source of values is named; else as resolve, read_dense
///         and diffusion::diffuse
[[nodiscard]] DiffuseResult diffuse(const DiffuseInputs& inputs, diffusion::DiffuseOptions how);

} // namespace attnwalk::workflow
