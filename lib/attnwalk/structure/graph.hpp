// SPDX-License-Identifier: Apache-2.0
// Inside `structure`: what the structure report is made of. Not installed.
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/sparse/csr.hpp"
#include "attnwalk/structure/structure.hpp"

#include <optional>
#include <string>
#include <vector>

namespace attnwalk::pattern {

/// The entries that are edges: a view of A itself, or of a copy without its entries of weight 0.
class Edges {
public:
  explicit Edges(const CsrView<double>& A);
  Edges(const Edges&) = delete;
  Edges& operator=(const Edges&) = delete;
  [[nodiscard]] const CsrView<double>& view() const { return view_; }

private:
  Csr<double> kept_;
  CsrView<double> view_;
};

/// A square graph that can be walked both ways; `in` is `out` if it is symmetric.
struct TwoWays {
  CsrView<double> out;
  CsrView<double> in;
};

/// Connected components of a graph or, if rectangular, of its bipartite graph, and their odd
/// cycles.
struct Parity {
  Labels components;
  std::vector<Index> sizes;
  Index bipartite = 0; ///< components without odd cycles
};
[[nodiscard]] Parity parity_components(const CsrView<double>& A);

/// The closed ones among the strong components, ascending, with their periods. @cost O(m + n)
[[nodiscard]] std::vector<ClosedClass> closed_classes(const CsrView<double>& A,
                                                      const Labels& strong);

/// Bounds of the largest finite distance.
struct Diameter {
  Index at_least = 0;
  Index eccentricity_sum = 0; ///< an upper bound if every pair is in reach
  Index sweeps = 0;           ///< breadth-first searches made
};
/// By double sweeps from the largest component's vertex of highest degree, twice over: each search
/// bounds from below; 2 ecc(v) if symmetric, else ecc_out(v) + ecc_in(v), from above.
/// @param known  a distance that occurs: the sweeps stop once they prove it the largest
/// @cost O(m) per search
[[nodiscard]] Diameter diameter_bounds(const TwoWays& G, bool symmetric, Index start, Index known,
                                       int threads, Monitor* monitor);

/// What walks of 1..k hops reach, counted from some rows.
struct HopCounts {
  std::vector<Index> pairs; ///< pairs[k-1]: (source, key) with a shortest walk of k >= 1 hops
  Index longest = 0;        ///< the largest distance to another vertex that was seen
};
/// Breadth-first search from several rows at once, one bit each, for at most `hops` hops or until
/// nothing new is found. From all rows every thread searches from 64 of them at a time; from fewer,
/// all threads share a search from 256.
/// @param sources  distinct, ascending
/// @cost O(hops m) at worst per 64 or 256 sources; as long as few vertices change in a hop, that
///       hop costs the degrees of those alone
/// @see [then2014]
[[nodiscard]] HopCounts count_hops(const TwoWays& G, const std::vector<Index>& sources, Index hops,
                                   int threads, Monitor* monitor);

/// Fills the fields of reach and of the diameter from the others.
void fill_reach(const TwoWays& G, Index start, const StructureOptions& how, Structure& s);

} // namespace attnwalk::pattern
