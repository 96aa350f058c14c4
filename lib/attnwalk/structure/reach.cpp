// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/structure/graph.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <unordered_set>

namespace attnwalk::pattern {
namespace {

/// One search of up to 64 sources at once: bit b of a word belongs to source b.
class BitSearch {
public:
  explicit BitSearch(Index n) : words_(static_cast<std::size_t>(n)), frontier_(words_.size()) {
    active_.reserve(words_.size());
    touched_.reserve(words_.size());
  }

  /// Adds the counts of the rows first .. first + count - 1.
  void run(const CsrView<double>& A, Index first, Index count) {
    std::fill(words_.begin(), words_.end(), Words{});
    active_.clear();
    for (Index b = 0; b < count; ++b) {
      frontier_[at(first + b)] = std::uint64_t{1} << b;
      active_.push_back(first + b);
    }
    Index left = count * A.rows;
    for (Index hop = 1; !active_.empty() && left > 0; ++hop) {
      spread(A);
      const Index found = settle(first, hop);
      left -= found;
      if (found > 0) {
        pairs_.resize(std::max(pairs_.size(), static_cast<std::size_t>(hop)), 0);
        pairs_[static_cast<std::size_t>(hop) - 1] += found;
      }
    }
  }

  [[nodiscard]] const std::vector<Index>& pairs() const { return pairs_; }
  [[nodiscard]] Index longest() const { return longest_; }

private:
  struct Words {
    std::uint64_t seen = 0;
    std::uint64_t next = 0;
  };
  static std::size_t at(Index v) { return static_cast<std::size_t>(v); }

  void spread(const CsrView<double>& A) {
    touched_.clear();
    for (const Index v : active_) {
      const std::uint64_t bits = frontier_[at(v)];
      for (const Index u : A.row(v)) {
        Words& word = words_[at(u)];
        if ((bits & ~word.seen) == 0)
          continue;
        if (word.next == 0)
          touched_.push_back(u);
        word.next |= bits;
      }
    }
  }

  /// Moves what is new into `seen` and the frontier; returns how many pairs that were.
  Index settle(Index first, Index hop) {
    Index found = 0;
    for (const Index u : touched_) {
      Words& word = words_[at(u)];
      const std::uint64_t fresh = word.next & ~word.seen;
      word.seen |= fresh;
      word.next = 0;
      frontier_[at(u)] = fresh;
      found += std::popcount(fresh);
      // A source's return to itself is a walk but no distance between two vertices.
      const bool others = (fresh & (fresh - 1)) != 0 || first + std::countr_zero(fresh) != u;
      if (hop > longest_ && others)
        longest_ = hop;
    }
    active_.swap(touched_);
    return found;
  }

  std::vector<Words> words_;
  std::vector<std::uint64_t> frontier_; ///< valid for active vertices
  std::vector<Index> active_;
  std::vector<Index> touched_;
  std::vector<Index> pairs_;
  Index longest_ = 0;
};

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

HopCounts count_hops(const CsrView<double>& A, int threads, Monitor* monitor) {
  const Index batches = (A.rows + 63) / 64;
  const int team = static_cast<int>(std::clamp<Index>(batches, 1, threads));
  std::vector<BitSearch> searches(static_cast<std::size_t>(team), BitSearch(A.rows));
  // Rounds of a few batches a thread, so that the calling thread can report and stop in between.
  const Index round = 4 * static_cast<Index>(team);
  for (Index first = 0; first < batches; first += round) {
    poll(monitor, "hop reach", static_cast<double>(first) / static_cast<double>(batches));
    const Index last = std::min(batches, first + round);
    Index taken = first;
#pragma omp parallel for num_threads(team) schedule(static, 1)
    for (int t = 0; t < team; ++t) {
      while (true) {
        Index batch = 0;
#pragma omp atomic capture
        batch = taken++;
        if (batch >= last)
          break;
        searches[static_cast<std::size_t>(t)].run(A, 64 * batch,
                                                  std::min<Index>(64, A.rows - 64 * batch));
      }
    }
  }
  HopCounts result;
  for (const BitSearch& search : searches) {
    result.pairs.resize(std::max(result.pairs.size(), search.pairs().size()), 0);
    for (std::size_t k = 0; k < search.pairs().size(); ++k)
      result.pairs[k] += search.pairs()[k];
    result.longest = std::max(result.longest, search.longest());
  }
  return result;
}

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
  const HopCounts counts = exact ? count_hops(G.out, team, how.monitor)
                                 : count_hops_wide(G, sample_rows(n, s.reach_sources, how.key),
                                                   how.hops, team, how.monitor);
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
      within += counts.pairs[static_cast<std::size_t>(hop) - 1];
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
