// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/structure/graph.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace attnwalk::pattern {
namespace {

/// One bit for each of `width` sources.
template <Index width>
struct Bits {
  std::array<std::uint64_t, width / 64> word{};

  Bits& operator|=(const Bits& other) {
    for (std::size_t k = 0; k < word.size(); ++k)
      word[k] |= other.word[k];
    return *this;
  }
  [[nodiscard]] Index count() const {
    Index ones = 0;
    for (const std::uint64_t part : word)
      ones += std::popcount(part);
    return ones;
  }
  void set(Index b) { word[b / 64] |= std::uint64_t{1} << (b % 64); }
  [[nodiscard]] bool has(Index b) const { return (word[b / 64] >> (b % 64) & 1U) != 0; }
  friend bool operator==(const Bits&, const Bits&) = default;
};

/// Search from up to `width` sources at once: while few vertices change, they push along their
/// entries; then all vertices pull from their predecessors, each until it knows every source. After
/// k hops the set of v, now(v), holds the sources that are v or have a walk of 1..k hops to v.
template <Index width>
class BitSearch {
public:
  BitSearch(const TwoWays& G, int threads)
      : G_(G), threads_(threads), now_(G.out.rows), next_(now_.size()) {}

  void run(const Index* sources, Index count, Index hops, std::vector<Index>& pairs,
           Index& longest) {
    start(sources, count);
    std::vector<Index> waiting(sources, sources + count); // no walk back to themselves yet
    Index known = count;                                  // bits of U, sources included
    for (Index hop = 1; hop <= hops && !(known == count * G_.out.rows && waiting.empty()); ++hop) {
      const Index returned = drop_returned(sources, count, waiting);
      const Index before = known;
      known += pushes() ? push() : pull();
      if (known == before && returned == 0 && active_.empty())
        break;
      if (known > before)
        longest = std::max(longest, hop);
      pairs.resize(std::max(pairs.size(), static_cast<std::size_t>(hop)), 0);
      pairs[hop - 1] += known - before + returned;
    }
  }

private:
  using Bits = pattern::Bits<width>;

  Bits& now(Index v) { return now_[v]; }
  Bits& next(Index v) { return next_[v]; }

  void start(const Index* sources, Index count) {
    std::fill(now_.begin(), now_.end(), Bits{});
    std::fill(next_.begin(), next_.end(), Bits{});
    clean_ = true;
    all_ = Bits{};
    active_.assign(sources, sources + count);
    for (Index b = 0; b < count; ++b) {
      now(sources[b]).set(b);
      all_.set(b);
    }
  }

  /// Sources that some predecessor is known to be reached from: a closed walk with this hop.
  Index drop_returned(const Index* sources, Index count, std::vector<Index>& waiting) {
    const auto returns = [&](Index v) {
      const Index b = std::lower_bound(sources, sources + count, v) - sources;
      const auto row = G_.in.row(v);
      return std::any_of(row.begin(), row.end(), [&](Index u) { return now(u).has(b); });
    };
    return static_cast<Index>(std::erase_if(waiting, returns));
  }

  [[nodiscard]] bool pushes() const {
    Index work = 0;
    for (const Index v : active_)
      work += G_.out.degree(v);
    return work < G_.out.entries() / 16;
  }

  /// `next_` is zero before and after.
  Index push() {
    if (!clean_)
      std::fill(next_.begin(), next_.end(), Bits{});
    clean_ = true;
    touched_.clear();
    for (const Index v : active_) {
      for (const Index u : G_.out.row(v)) {
        if (next(u) == Bits{})
          touched_.push_back(u);
        next(u) |= now(v);
      }
    }
    active_.clear();
    Index found = 0;
    for (const Index u : touched_) {
      const Index had = now(u).count();
      now(u) |= next(u);
      next(u) = Bits{};
      const Index fresh = now(u).count() - had;
      found += fresh;
      if (fresh > 0)
        active_.push_back(u);
    }
    return found;
  }

  Index pull() {
    Index found = 0;
#pragma omp parallel for num_threads(threads_) schedule(dynamic, 1024) reduction(+ : found)        \
    if (threads_ > 1)
    for (Index v = 0; v < G_.in.rows; ++v) {
      Bits bits = now(v);
      if (bits != all_) {
        const Index had = bits.count();
        for (const Index u : G_.in.row(v)) {
          bits |= now(u);
          if (bits == all_)
            break;
        }
        found += bits.count() - had;
      }
      next(v) = bits;
    }
    active_.clear();
    for (Index v = 0; v < G_.in.rows; ++v)
      if (now(v) != next(v))
        active_.push_back(v);
    now_.swap(next_);
    clean_ = false;
    return found;
  }

  const TwoWays& G_;
  int threads_;
  std::vector<Bits> now_;
  std::vector<Bits> next_;
  bool clean_ = true; ///< next_ is zero
  Bits all_;
  std::vector<Index> active_; ///< changed in the last hop
  std::vector<Index> touched_;
};

/// Adds what another search counted.
void add(const HopCounts& more, HopCounts& sum) {
  sum.pairs.resize(std::max(sum.pairs.size(), more.pairs.size()), 0);
  for (std::size_t k = 0; k < more.pairs.size(); ++k)
    sum.pairs[k] += more.pairs[k];
  sum.longest = std::max(sum.longest, more.longest);
}

} // namespace

HopCounts count_hops(const TwoWays& G, const std::vector<Index>& sources, Index hops, int threads,
                     Monitor* monitor) {
  const auto total = static_cast<Index>(sources.size());
  HopCounts result;
  const auto progress = [&](Index first) {
    poll(monitor, "hop reach", static_cast<double>(first) / static_cast<double>(total));
  };
  // Many sources: every thread searches on its own, a word a vertex. In rounds of a few searches a
  // thread, so that the calling thread can report and stop in between.
  constexpr Index narrow = 64;
  if (total >= 4 * narrow * threads && total == G.out.rows) {
    const Index round = 4 * Index{threads} * narrow;
    for (Index begin = 0; begin < total; begin += round) {
      progress(begin);
      const Index count = (std::min(round, total - begin) + narrow - 1) / narrow;
      std::vector<HopCounts> found(count);
      in_pieces(
          count,
          [&](Index first, Index last) {
            BitSearch<narrow> search(G, 1);
            for (Index k = first; k < last; ++k) {
              const Index at = begin + k * narrow;
              search.run(sources.data() + at, std::min(narrow, total - at), hops, found[k].pairs,
                         found[k].longest);
            }
          },
          threads);
      for (const HopCounts& one : found)
        add(one, result);
    }
    return result;
  }
  // Few sources of a large graph: all threads share a search, half a cache line a vertex.
  constexpr Index wide = 256;
  BitSearch<wide> search(G, threads);
  for (Index first = 0; first < total; first += wide) {
    progress(first);
    search.run(sources.data() + first, std::min(wide, total - first), hops, result.pairs,
               result.longest);
  }
  return result;
}

} // namespace attnwalk::pattern
