// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <optional>
#include <string>
#include <vector>

namespace attnwalk::pattern {

/// A partition of 0..n-1: `of[i]` is the number of i's part, parts are numbered from 0.
struct Labels {
  Index count = 0;
  std::vector<Index> of;
};

/// Connected components when directions are ignored.
/// @throws Error{shape, index, domain} as `validate`
/// @cost   O(m + n)
[[nodiscard]] Labels components(const CsrView<double>& A);

/// Strongly connected components, numbered so that every edge between two goes from a higher to a
/// lower number (sinks first). Iterative, no recursion.
/// @throws Error{shape} if A is not square; Error{shape, index, domain} as `validate`
/// @cost   O(m + n)
[[nodiscard]] Labels strong_components(const CsrView<double>& A);

/// A strongly connected component that no edge leaves: where the walk ends up.
struct ClosedClass {
  Index label = 0;  ///< its number among the strong components
  Index size = 0;   ///< members
  Index period = 1; ///< gcd of the lengths of its cycles; the walk on it converges iff 1
};

/// min, max, mean and standard deviation over rows (or columns).
struct Degrees {
  Index min = 0;
  Index max = 0;
  double mean = 0;
  double sd = 0;
};

/// Fraction of ordered pairs (i, j) with a walk of 1..hops steps from i to j.
struct Reach {
  Index hops = 0;
  double fraction = 0;
  double lo = 0; ///< equal to `fraction` where it is exact, else a two-sided interval
  double hi = 0;
};

struct StructureOptions {
  Index hops = 8;           ///< reach is reported for 1..hops, or until everything is reached
  Index exact_below = 4096; ///< reach from every row for n up to this, sampled rows above
  Index sources = 256;      ///< rows sampled above it
  double confidence = 0.99; ///< of the sampled intervals
  Key key = {};             ///< which rows are sampled
  int threads = 0;
  Monitor* monitor = nullptr;
};

/// What pure graph work says of a pattern or of weights: exact, first call of everything spectral.
struct Structure {
  Index rows = 0;
  Index cols = 0;
  Index entries = 0;
  double density = 0; ///< entries / (rows cols); 0 for an empty shape
  Degrees row_degree;
  Degrees column_degree;
  Index empty_rows = 0;
  Index empty_columns = 0;
  Index loops = 0;            ///< stored diagonal entries; a loop counts once in a degree
  double min_loop_weight = 0; ///< min_i A_ii of the row-normalized matrix; 0 if one is missing
  bool symmetric = false;     ///< same entries and values as the transpose
  bool causal = false; ///< no entry above the diagonal (aligned to the last key if rectangular)
  std::optional<Index> regular; ///< the common degree if all rows and columns have it

  Index components = 0;           ///< directions ignored; rectangular: of the bipartite graph
  Index largest_component = 0;    ///< its number of vertices
  Index bipartite_components = 0; ///< components without odd cycles (a loop is one)
  Index strong_components = 0;    ///< square only, from here to `period`
  std::vector<ClosedClass> closed_classes;
  Index transient = 0; ///< vertices in no closed class
  Index period = 1;    ///< lcm of the closed classes' periods

  Index diameter_at_least = 0;           ///< by double sweeps; pairs out of reach are ignored
  std::optional<Index> diameter_at_most; ///< none if some pair is out of reach
  std::string diameter_method;

  double doeblin = 0; ///< sum_j min_i A_ij of the row-normalized matrix
  std::vector<Reach> reach;
  bool reach_exact = true;
  Index reach_sources = 0; ///< rows that the search started from: all of them where exact
  /// Smallest s such that every query reaches every key in 1..s hops (universality's s); none if
  /// never, or if it was not determined: then `full_reach_status` says why.
  std::optional<Index> full_reach;
  std::string full_reach_status;
  Index full_reach_at_least = 0;           ///< proved bounds of s where it is finite
  std::optional<Index> full_reach_at_most; ///< none if never, or if no bound is known
};

/// The structure report of a matrix with entries >= 0 (null values: of a pattern).
///
/// @param A  rows x cols; row-normalized where a definition asks for a walk
/// @throws Error{domain} if an option is out of range, a value is negative or not finite, a row sum
///         is positive and below the normal numbers, or all sums together are beyond the largest;
///         Error{shape, index, domain} naming the first offset or column that lies; Error{memory}
/// @cost   O(m + n) and O(hops * sources * m / 64) for reach
[[nodiscard]] Structure structure(const CsrView<double>& A, const StructureOptions& how = {});
[[nodiscard]] inline Structure structure(const Pattern& A, const StructureOptions& how = {}) {
  return structure(A.view(), how);
}
[[nodiscard]] inline Structure structure(const Weights& A, const StructureOptions& how = {}) {
  return structure(A.view(), how);
}

} // namespace attnwalk::pattern
