// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/structure/structure.hpp"
#include "attnwalk/workflow/block_model.hpp"
#include "attnwalk/workflow/input.hpp"

#include <optional>

namespace attnwalk::workflow {

/// An input with its structure report.
struct InfoResult {
  SparseInput input;
  pattern::Structure structure;
  std::optional<ModelReport> expected; ///< of the block model that drew it
};
/// @throws Error as `resolve` and `pattern::structure`
[[nodiscard]] InfoResult info(const InputOptions& input, pattern::StructureOptions how = {});

/// An input with its gap report.
struct GapResult {
  SparseInput input;
  spectral::GapReport report;
  std::optional<ModelReport> expected; ///< of the block model that drew it
};
/// The fields that each kind of gaps reads.
[[nodiscard]] FieldRules rules(const spectral::GapOptions& how);

/// The seed and the threads are those of `input`.
/// @throws Error as `resolve` and `spectral::gap`
[[nodiscard]] GapResult gap(const InputOptions& input, spectral::GapOptions how = {});

} // namespace attnwalk::workflow
