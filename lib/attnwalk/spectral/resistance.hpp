// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <span>
#include <string>
#include <vector>

namespace attnwalk::spectral {

/// Two tokens between which a resistance is asked for.
struct Terminals {
  Index i = 0;
  Index j = 0;
};

struct ResistanceOptions {
  double flops = 2e9;       ///< factor if that costs no more, else conjugate gradients
  double tolerance = 1e-12; ///< of conjugate gradients
  int threads = 0;
  Monitor* monitor = nullptr;
};

struct Resistances {
  std::vector<double> value; ///< one per pair; infinite between components
  double residual = 0;       ///< the largest relative residual of a solve
  bool converged = true;
  std::string method;
};

/// R_ij = (e_i - e_j)' (D - W)^+ (e_i - e_j): the voltage between i and j under a unit current,
/// edges being conductances. Commute times are vol R_ij, and over the edges sum w R = n - 1
/// (Foster).
///
/// @param W      n x n symmetric, entries >= 0, no zero rows
/// @throws Error{shape} if W is not square; Error{shape, index, domain} naming the first offset,
///         column or weight that is wrong; Error{domain} if W is not symmetric or a row sums to 0;
///         Error{index} for a pair out of range
/// @cost   one solve a pair
/// @see    [levin2017] chapter 9
[[nodiscard]] Resistances effective_resistance(const CsrView<double>& W,
                                               std::span<const Terminals> pairs,
                                               const ResistanceOptions& how = {});

} // namespace attnwalk::spectral
