// SPDX-License-Identifier: Apache-2.0
// What the definitions say of a walk, from explicitly formed matrices and Eigen's dense solvers:
// nothing of the library's spectral module is used.
#pragma once

#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/spectral/gap.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace attnwalk::test {

/// One named quantity. The intervals are compared in `scaled`: the named value to this power.
struct Known {
  std::string name;
  double value = 0;
  double tolerance = 0; ///< of value^power: backward error of the dense solver
  double power = 1;
};

/// Numbers of a walk that exist; names as in the report, those of one closed class with `prefix`.
struct DenseTruth {
  std::vector<Known> known;
  /// Every closed class but a single irreducible one, by its own numbers.
  struct Class {
    Index size = 0;
    std::vector<Known> known;
  };
  std::vector<Class> classes;
};

/// Square weights; queries without keys get a self loop. `steps` as in GapOptions.
[[nodiscard]] DenseTruth truth_of_square(const CsrView<double>& W, int steps = 8);
/// sigma_2_bipartite of any weights.
[[nodiscard]] DenseTruth truth_of_rectangle(const CsrView<double>& W);

/// What is wrong with the intervals of a report, one line each; empty if every end holds. Estimates
/// promise nothing but the upper end of slem.
[[nodiscard]] std::vector<std::string> lies(const spectral::GapReport& report,
                                            const DenseTruth& truth);

} // namespace attnwalk::test
