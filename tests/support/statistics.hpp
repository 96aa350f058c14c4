// SPDX-License-Identifier: Apache-2.0
// What tests of random generators share. Seeds are fixed, so a passing test stays passing; bounds
// are 5 standard deviations, so a right generator passes with nearly every other seed too.
#pragma once

#include "attnwalk/pattern/pattern.hpp"

#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

namespace attnwalk::support {

constexpr double sigmas = 5;

/// How far a chi-square statistic lies above its mean, as a standard normal would: the cube root of
/// chi2 / freedom is close to normal (Wilson and Hilferty 1931).
inline double chi_square_excess(double chi2, double freedom) {
  const double spread = 2 / (9 * freedom);
  return (std::cbrt(chi2 / freedom) - (1 - spread)) / std::sqrt(spread);
}

/// The same for sum (counts - expected)^2 / expected.
inline double chi_square_excess(const std::vector<double>& counts,
                                const std::vector<double>& expected) {
  double chi2 = 0;
  for (std::size_t k = 0; k < counts.size(); ++k)
    chi2 += (counts[k] - expected[k]) * (counts[k] - expected[k]) / expected[k];
  return chi_square_excess(chi2, static_cast<double>(counts.size()) - 1);
}

/// The same for outcomes that should all be equally likely; `outcomes` is how many there are.
template <class Outcome>
double uniformity_excess(const std::map<Outcome, double>& seen, std::size_t outcomes) {
  std::vector<double> counts;
  double total = 0;
  for (const auto& [outcome, count] : seen) {
    counts.push_back(count);
    total += count;
  }
  if (counts.size() > outcomes)
    return 1e300; // an outcome that must not occur
  counts.resize(outcomes);
  return chi_square_excess(counts,
                           std::vector<double>(outcomes, total / static_cast<double>(outcomes)));
}

/// All entries of a small pattern as one value, so that patterns can be counted.
inline std::vector<Index> flat(const pattern::Pattern& P) {
  std::vector<Index> cells;
  for (Index i = 0; i < P.rows(); ++i)
    for (const Index j : P.row(i))
      cells.push_back(i * P.cols() + j);
  return cells;
}

/// FNV-1a of all entries, row by row.
inline std::uint64_t fingerprint(const pattern::Pattern& P) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto take = [&hash](Index number) {
    for (int byte = 0; byte < 8; ++byte) {
      hash ^= static_cast<std::uint64_t>(number) >> (8 * byte) & 0xff;
      hash *= 0x100000001b3;
    }
  };
  for (Index i = 0; i < P.rows(); ++i) {
    take(P.degree(i));
    for (const Index j : P.row(i))
      take(j);
  }
  return hash;
}

/// Shares of the rows, made one by one and stacked: must equal the whole.
template <class Make>
bool shares_stack_up(Index n, const Make& make) {
  const pattern::Pattern whole = make(Index{0}, Index{-1});
  std::vector<Index> bounds{0, n / 7, n / 7, n / 3, n - n / 5, n};
  for (std::size_t b = 0; b + 1 < bounds.size(); ++b) {
    const pattern::Pattern share = make(bounds[b], bounds[b + 1]);
    if (share.rows() != bounds[b + 1] - bounds[b] || share.cols() != whole.cols())
      return false;
    for (Index r = 0; r < share.rows(); ++r) {
      const auto mine = share.row(r);
      const auto theirs = whole.row(bounds[b] + r);
      if (!std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end()))
        return false;
    }
  }
  return true;
}

/// Whether every (i, j) has its (j, i).
inline bool is_symmetric(const pattern::Pattern& P) {
  for (Index i = 0; i < P.rows(); ++i)
    for (const Index j : P.row(i))
      if (!P.contains(j, i))
        return false;
  return true;
}

inline Index loops_of(const pattern::Pattern& P) {
  Index loops = 0;
  for (Index i = 0; i < P.rows(); ++i)
    loops += P.contains(i, i) ? 1 : 0;
  return loops;
}

} // namespace attnwalk::support
