// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sbm/goodness_of_fit.hpp"
#include "attnwalk/workflow/block_model.hpp"
#include "attnwalk/workflow/summary.hpp"

#include <optional>
#include <string>
#include <vector>

namespace attnwalk::workflow {

/// A model to draw a mask from, and what is tested against it.
struct SampleInputs {
  ModelOptions model;
  Index selftest = 0;    ///< masks that are drawn and tested
  std::string test = {}; ///< instead: a file with a mask, copies of a Poisson graph as values
  double level = 1e-4;   ///< a test rejects below this p-value
};

/// The fields that belong to a test: level.
[[nodiscard]] FieldRules rules(const SampleInputs& inputs);

/// What masks were tested and how they fit the model.
struct TestedFit {
  std::string tested; ///< "20 draws" or the file
  double level = 1e-4;
  sbm::GoodnessOfFit fit;

  [[nodiscard]] bool accepted() const { return fit.accepted(level); }
};

/// A drawn mask with everything said of it.
struct SampleResult {
  std::string name;
  std::uint64_t seed = 0;
  ModelReport model;
  sbm::Sample mask;
  Buffer<double> copies; ///< of a Poisson graph's entries; else empty
  Summary summary;       ///< of the mask
  std::optional<TestedFit> fit;
  std::vector<std::string> remarks; ///< sentences on what is not as asked for
  std::vector<Timing> timings;

  /// The mask, with copies as values if it has them.
  [[nodiscard]] CsrView<double> view() const;
  /// What a file of the mask says of itself.
  [[nodiscard]] pattern::Certificate certificate() const;
};

/// Draws a mask and, if asked for, tests the sampler or a stored mask against the model.
///
/// @throws Error{domain} for two tests at once or a level outside (0, 1); else as resolve_model,
///         sbm::sample, sbm::selftest and sbm::goodness_of_fit
[[nodiscard]] SampleResult sample(const SampleInputs& inputs, sbm::SampleOptions how = {});

} // namespace attnwalk::workflow
