// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"
#include "attnwalk/core/random.hpp"

#include <vector>

/// The exact draws that random patterns are made of. All use integers and +, -, *, / alone, so a
/// key gives the same bits on every machine.
namespace attnwalk::pattern {

/// Writes a uniform random `count`-subset of 0 .. bound-1 to out[0 .. count-1], ascending. Draws
/// with rejection of what is already there; above bound/2 draws what is left out.
///
/// @param count  0 .. bound, assumed
/// @cost  O(count) draws; O(count log count) comparisons where count < bound/64, else O(count)
void distinct(RandomStream& draw, Index bound, Index count, Index* out);

/// The binomial law of `trials` with probability p, as a table: draws cost O(log sd).
/// Probabilities are relative to the mode's by the recursion P(k+1)/P(k) = (N-k)/(k+1) p/(1-p), cut
/// where they fall below 2^-64 of it: no logarithms, no constants to get wrong.
class Binomial {
public:
  /// @throws Error{domain} unless trials >= 0 and p is in [0, 1]
  /// @cost   O(1 + sqrt(trials p (1-p))) time and memory
  Binomial(Index trials, double p);

  [[nodiscard]] Index operator()(RandomStream& draw) const;

private:
  Index first_ = 0;
  std::vector<double> up_to_; ///< cumulative weight of first_, first_ + 1, ...
};

/// The number of good ones among `drawn` distinct uniform members of a population of good + bad.
///
/// @param drawn  0 .. good + bad, assumed
/// @cost  O(1 + sd), sd = sqrt(drawn) / 2 at most
[[nodiscard]] Index hypergeometric(RandomStream& draw, Index good, Index bad, Index drawn);

} // namespace attnwalk::pattern
