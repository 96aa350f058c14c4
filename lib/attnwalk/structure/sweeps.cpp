// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/structure/graph.hpp"

#include <algorithm>

namespace attnwalk::pattern {
namespace {

/// What one breadth-first search saw.
struct Sweep {
  Index depth = 0;    ///< eccentricity of the source among what it reaches
  Index farthest = 0; ///< of the vertices at that depth the first of lowest degree
};

/// Breadth-first search that switches between following the entries of the frontier and, once the
/// frontier is large, letting every vertex that was not met look for one of its predecessors in it.
/// @see [beamer2012]
class Search {
public:
  Search(const TwoWays& G, int threads)
      : G_(G), threads_(threads), level_(static_cast<std::size_t>(G.out.rows)),
        met_(level_.size()) {}

  Sweep run(Index source, bool backwards) {
    const CsrView<double>& out = backwards ? G_.in : G_.out;
    const CsrView<double>& in = backwards ? G_.out : G_.in;
    std::fill(level_.begin(), level_.end(), -1);
    level(source) = 0;
    frontier_.assign(1, source);
    Sweep result{0, source};
    Index unseen = out.entries();
    while (true) {
      Index work = 0;
      for (const Index v : frontier_)
        work += out.degree(v);
      unseen -= work;
      if (work > unseen / 14)
        look_back(in, result.depth);
      else
        push(out, result.depth);
      if (next_.empty())
        return result;
      ++result.depth;
      // A vertex of low degree is likely to be an end of the graph; the search met them in any
      // order.
      result.farthest = *std::min_element(next_.begin(), next_.end(), [&](Index u, Index v) {
        return out.degree(u) != out.degree(v) ? out.degree(u) < out.degree(v) : u < v;
      });
      frontier_.swap(next_);
    }
  }

  /// The vertex halfway on a shortest path from the last source to `v`.
  [[nodiscard]] Index halfway(Index v, bool backwards) const {
    const CsrView<double>& in = backwards ? G_.out : G_.in;
    const auto depth = [&](Index u) { return level_[u]; };
    const Index half = depth(v) / 2;
    while (depth(v) > half) {
      const auto row = in.row(v);
      v = *std::find_if(row.begin(), row.end(), [&](Index u) { return depth(u) == depth(v) - 1; });
    }
    return v;
  }

private:
  Index& level(Index v) { return level_[v]; }

  void push(const CsrView<double>& out, Index depth) {
    next_.clear();
    for (const Index v : frontier_) {
      for (const Index u : out.row(v)) {
        if (level(u) < 0) {
          level(u) = depth + 1;
          next_.push_back(u);
        }
      }
    }
  }

  void look_back(const CsrView<double>& in, Index depth) {
    // Levels are read by all threads, so they change only after the loop.
#pragma omp parallel for num_threads(threads_) schedule(dynamic, 1024)
    for (Index v = 0; v < in.rows; ++v) {
      const auto row = in.row(v);
      const bool met = level(v) < 0 && std::any_of(row.begin(), row.end(),
                                                   [&](Index u) { return level(u) == depth; });
      met_[v] = met ? 1 : 0;
    }
    next_.clear();
    for (Index v = 0; v < in.rows; ++v) {
      if (met_[v] != 0) {
        level(v) = depth + 1;
        next_.push_back(v);
      }
    }
  }

  const TwoWays& G_;
  int threads_;
  std::vector<Index> level_;
  std::vector<char> met_;
  std::vector<Index> frontier_;
  std::vector<Index> next_;
};

} // namespace

Diameter diameter_bounds(const TwoWays& G, bool symmetric, Index start, Index known, int threads,
                         Monitor* monitor) {
  Search search(G, threads);
  Diameter result;
  result.at_least = known;
  Index longest = -1; // of the paths seen, and where the middle one of its vertices lies
  Index middle = start;
  const auto run = [&](Index source, bool backwards) {
    poll(monitor, "diameter bounds");
    const Sweep sweep = search.run(source, backwards);
    ++result.sweeps;
    if (sweep.depth > longest) {
      longest = sweep.depth;
      middle = search.halfway(sweep.farthest, backwards);
    }
    result.at_least = std::max(result.at_least, sweep.depth);
    return sweep;
  };

  result.eccentricity_sum = 2 * G.out.rows;
  for (int round = 0; round < 3 && result.at_least < result.eccentricity_sum; ++round) {
    // The second and third round start halfway along the longest path so far: near the center.
    const Index center = round == 0 ? start : middle;
    const Sweep forth = run(center, false);
    const Sweep back = symmetric ? forth : run(center, true);
    result.eccentricity_sum = std::min(result.eccentricity_sum, forth.depth + back.depth);
    if (result.at_least == result.eccentricity_sum)
      break;
    const Sweep ends = run(forth.farthest, !symmetric);
    if (symmetric && round == 0 && result.at_least < result.eccentricity_sum)
      run(ends.farthest, false);
    if (!symmetric)
      run(back.farthest, false);
  }
  return result;
}

} // namespace attnwalk::pattern
