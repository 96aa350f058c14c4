// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include <optional>
#include <string>

namespace attnwalk::spectral {

struct ExpanderOptions {
  std::optional<double> target = {}; ///< decide whether lambda_hi <= target; absent: just bound
  double failure = 1e-12;            ///< probability that lambda_hi is wrong
  Index max_products = 4096;         ///< with a block of vectors
  bool known_regular = false;        ///< symmetric and regular by construction: not checked
  Key key = {};                      ///< of the random start
  int threads = 0;
  Monitor* monitor = nullptr;
};

/// How good an expander a regular graph is, with a certificate.
struct ExpanderBound {
  Index degree = 0;
  double lambda_hi = 1; ///< max(|lambda_2|, |lambda_n|) of the walk is at most this
  double lambda_lo = 0; ///< and at least this (a norm quotient: rigorous)
  double ramanujan = 0; ///< 2 sqrt(d-1)/d
  double failure = 0;   ///< probability that lambda_hi is wrong
  bool met = false;     ///< lambda_hi <= target
  Index products = 0;   ///< with a block of vectors
  std::string method;
};

/// Bounds max(|lambda_2|, |lambda_n|) of a d-regular pattern by a Chebyshev-filtered block of
/// random vectors. Sums run in a fixed order and the decision uses +, -, *, / and sqrt alone: the
/// same answer on any machine and for any thread count, so a generator may accept on it. With a
/// target it stops as soon as that is proved.
///
/// @param P    symmetric, d-regular, d >= 3, n in [2, 2^31]
/// @throws Error{shape} if P is not square; Error{domain} if it is not symmetric, not regular, its
///         degree is below 3, or an option is out of bounds
/// @cost   about ln(4 sqrt(n)/failure^(1/8)) / sqrt(2.6 (target/ramanujan - 1)) products with a
///         block of eight vectors, O(nd) each, four times as many if the graph is no better than
///         the target; what lies below the geometric mean of target and Ramanujan value is always
///         accepted
/// @see    [friedman2008] for what random graphs reach; chebyshev_block.hpp
[[nodiscard]] ExpanderBound expander_bound(const pattern::Pattern& P,
                                           const ExpanderOptions& how = {});

} // namespace attnwalk::spectral
