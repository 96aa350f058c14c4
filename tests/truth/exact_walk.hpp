// SPDX-License-Identifier: Apache-2.0
// Everything that a report gives an interval or a bound for, from the definitions and to 60 digits.
#pragma once

#include "attnwalk/sparse/csr.hpp"

#include "truth/dense_real.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace attnwalk::test {

/// A number that is known to lie in [lo, hi]; equal ends but for what is a supremum over all powers
/// or an eigenvalue of high index.
struct Bracket {
  Real lo, hi;
};

/// The truth of one walk. What does not exist is absent.
struct ExactWalk {
  std::map<std::string, Bracket> values; ///< by the report's names
  /// The same of each closed class where there are several, with its size.
  struct Class {
    Index size = 0;
    std::map<std::string, Bracket> values;
  };
  std::vector<Class> classes;
  std::vector<Real> pi; ///< of a single closed class, 0 on transient tokens
  std::vector<Real>
      distance; ///< d(1), d(2), ... if a single aperiodic closed class is all there is
  std::optional<Index> mixing_time;  ///< least k with d(k) <= 1/4; absent beyond 2^40
  std::optional<Index> diameter;     ///< of a strongly connected walk
  std::optional<Real> conductance;   ///< of a connected symmetric one of at most 12 tokens
  std::optional<Real> connectivity;  ///< second eigenvalue of D - W
  std::optional<Real> kemeny;        ///< sum of 1 / (1 - l_i)
  std::optional<Real> reversibility; ///< ||Pi A - (Pi A)'||_F / ||Pi A||_F
};

struct ExactOptions {
  int steps = 8;         ///< as in GapOptions
  bool distances = true; ///< d(k) and the mixing time too: many products
};

/// @param W  weights as given to `gap`; empty rows of a square one get a loop
[[nodiscard]] ExactWalk exact_walk(const CsrView<double>& W, const ExactOptions& how);

} // namespace attnwalk::test
