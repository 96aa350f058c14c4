// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/structure/graph.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <unordered_set>

namespace attnwalk::pattern {
namespace {

/// `count` distinct rows of n, ascending, by Floyd's algorithm.
std::vector<Index> sample_rows(Index n, Index count, Key key) {
  RandomStream draws(key);
  std::unordered_set<Index> chosen;
  for (Index top = n - count; top < n; ++top) {
    const auto pick = static_cast<Index>(draws.below(static_cast<std::uint64_t>(top) + 1));
    chosen.insert(chosen.contains(pick) ? top : pick);
  }
  std::vector<Index> rows(chosen.begin(), chosen.end());
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// Half the width of Hoeffding's interval for the mean of `count` of n numbers in [0, 1], drawn
/// without replacement. @see [serfling1974] corollary 1.1
double half_width(Index n, Index count, double confidence) {
  const auto s = static_cast<double>(count);
  const double unseen = 1 - (s - 1) / static_cast<double>(n);
  return std::sqrt(std::log(2 / (1 - confidence)) * unseen / (2 * s));
}

/// Why some pair is never reached, or nothing.
std::string obstacle(const Structure& s) {
  if (s.entries == 0)
    return "never: there are no entries";
  if (s.strong_components > 1)
    return message("never: ", s.strong_components, " strongly connected components");
  return {};
}

/// full_reach and its bounds from what sampled rows and the diameter's bounds say.
void bound_full_reach(const HopCounts& counts, bool complete, Index hops, Structure& s) {
  // A vertex returns to itself within the diameter plus the first hop; along an undirected edge
  // in 2.
  const Index closing = s.min_loop_weight > 0 ? 1 : 2;
  if (s.diameter_at_most)
    s.full_reach_at_most = s.symmetric || closing == 1 ? std::max(*s.diameter_at_most, closing)
                                                       : *s.diameter_at_most + 1;
  const auto seen = static_cast<Index>(counts.pairs.size());
  s.full_reach_at_least = std::max({s.diameter_at_least, complete ? seen : hops + 1, Index{1}});
  if (s.full_reach_at_most == s.full_reach_at_least)
    s.full_reach = s.full_reach_at_least;
  else
    s.full_reach_status =
        message("not determined: between ", s.full_reach_at_least, " and ",
                s.full_reach_at_most.value_or(s.rows), "; reach was sampled from ", s.reach_sources,
                " of ", s.rows, " rows");
}

} // namespace

void fill_reach(const TwoWays& G, Index start, const StructureOptions& how, Structure& s) {
  const Index n = s.rows;
  const std::string never = obstacle(s);
  const bool exact = n <= how.exact_below || how.sources >= n;
  // Predicted gathers of the sampled search; 256 sources share one pass over the entries.
  const double budget = 4e9;
  const double pass = static_cast<double>(std::min<Index>(how.hops, 64)) *
                      static_cast<double>(std::max<Index>(s.entries, 1));
  const auto affordable = static_cast<Index>(256 * std::clamp(std::floor(budget / pass), 1.0, 1e9));
  s.reach_sources = exact ? n : std::min(how.sources, affordable);
  s.reach_exact = exact;

  const int team = threads(how.threads);
  // No walk needs more than n hops to reach what it ever reaches.
  const HopCounts counts = count_hops(G, sample_rows(n, s.reach_sources, how.key),
                                      exact ? n : how.hops, team, how.monitor);
  if (exact) {
    s.diameter_at_least = counts.longest;
    s.diameter_at_most = counts.longest;
    s.diameter_method = "exact: breadth-first search from every vertex";
  } else {
    const Diameter bounds =
        diameter_bounds(G, s.symmetric, start, counts.longest, team, how.monitor);
    s.diameter_at_least = bounds.at_least;
    s.diameter_at_most = bounds.eccentricity_sum;
    s.diameter_method = message(bounds.sweeps, " breadth-first sweeps below, ",
                                s.symmetric ? "2 ecc(v)" : "ecc_out(v) + ecc_in(v)", " above");
  }
  if (s.strong_components > 1)
    s.diameter_at_most.reset();

  const double all = static_cast<double>(s.reach_sources) * static_cast<double>(n);
  Index within = 0;
  for (const Index pairs : counts.pairs)
    within += pairs;
  const bool complete = within == s.reach_sources * n;
  if (!never.empty()) {
    s.full_reach_status = never;
  } else if (exact) {
    s.full_reach = static_cast<Index>(counts.pairs.size());
    s.full_reach_at_least = *s.full_reach;
    s.full_reach_at_most = s.full_reach;
  } else {
    bound_full_reach(counts, complete, how.hops, s);
  }

  within = 0;
  const double half = exact ? 0 : half_width(n, s.reach_sources, how.confidence);
  for (Index hop = 1; hop <= how.hops && (hop == 1 || s.reach.back().fraction < 1); ++hop) {
    if (hop <= static_cast<Index>(counts.pairs.size()))
      within += counts.pairs[hop - 1];
    const double fraction = std::max(s.density, static_cast<double>(within) / all);
    Reach reach{hop, fraction, std::max(s.density, fraction - half),
                std::min(1.0, fraction + half)};
    if (hop == 1)
      reach = {1, s.density, s.density, s.density}; // one hop is the pattern itself: exact
    if (s.full_reach_at_most && *s.full_reach_at_most <= hop)
      reach = {hop, 1, 1, 1}; // proved by the diameter
    s.reach.push_back(reach);
  }
}

} // namespace attnwalk::pattern
