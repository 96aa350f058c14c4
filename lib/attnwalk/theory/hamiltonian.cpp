// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/theory/hamiltonian.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/structure/structure.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace attnwalk::theory {
namespace {

bool has(const CsrView<double>& G, Index i, Index j) {
  const auto row = G.row(i);
  return std::binary_search(row.begin(), row.end(), j);
}

/// Whether removing the `count` vertices of highest degree leaves more than count + 1 pieces: then
/// no path visits them all, since it falls into count + 1 pieces at most.
bool falls_apart(const CsrView<double>& G, const std::vector<Index>& by_degree, Index count) {
  std::vector<char> removed(static_cast<std::size_t>(G.rows));
  for (Index h = 0; h < count; ++h)
    removed[by_degree[h]] = 1;
  Csr<double> rest; // without the edges of the removed, each of which is a component of its own
  rest.rows = rest.cols = G.rows;
  for (Index i = 0; i < G.rows; ++i) {
    if (removed[i] == 0)
      for (const Index j : G.row(i))
        if (removed[j] == 0)
          rest.columns.push_back(j);
    rest.offsets.push_back(static_cast<Index>(rest.columns.size()));
  }
  return pattern::components(rest.view()).count - count > count + 1;
}

class Turner {
public:
  Turner(const CsrView<double>& G, bool symmetric, Key key, std::uint64_t substream)
      : G_(G), symmetric_(symmetric), draw_(key, substream),
        place_(static_cast<std::size_t>(G.rows), -1) {
    add(static_cast<Index>(draw_.below(static_cast<std::uint64_t>(G.rows))));
  }

  [[nodiscard]] bool done() const { return static_cast<Index>(path_.size()) == G_.rows; }
  [[nodiscard]] const std::vector<Index>& path() const { return path_; }

  /// Follows edges to new vertices as far as they go.
  void extend() {
    for (bool moved = true; moved;) {
      moved = false;
      const auto row = G_.row(path_.back());
      const auto n = static_cast<std::uint64_t>(row.size());
      const std::uint64_t start = n == 0 ? 0 : draw_.below(n);
      for (std::uint64_t e = 0; e < n && !moved; ++e) {
        const Index j = row[(start + e) % n];
        moved = place_[j] < 0;
        if (moved)
          add(j);
      }
    }
  }

  /// One turn; false if none is possible from this end.
  bool turn() {
    const auto row = G_.row(path_.back());
    if (row.empty())
      return false;
    const Index last = static_cast<Index>(path_.size()) - 1;
    const auto n = static_cast<std::uint64_t>(row.size());
    const std::uint64_t start = draw_.below(n);
    for (std::uint64_t e = 0; e < n; ++e) {
      const Index p = place_[row[(start + e) % n]];
      if (p < 0 || p >= last)
        continue;
      if (p == 0) { // a cycle: it may be cut anywhere
        rearrange(0, 1 + static_cast<Index>(draw_.below(static_cast<std::uint64_t>(last))), last);
        return true;
      }
      if (symmetric_) {
        if (p + 1 == last)
          continue;
        std::reverse(path_.begin() + p + 1, path_.end());
        renumber(p + 1);
        return true;
      }
      if (exchange(p, last))
        return true;
    }
    return false;
  }

private:
  void add(Index j) {
    place_[j] = static_cast<Index>(path_.size());
    path_.push_back(j);
  }
  void renumber(Index from) {
    for (Index p = from; p < static_cast<Index>(path_.size()); ++p)
      place_[path_[p]] = p;
  }
  /// [from, middle) and [middle, end] change places.
  void rearrange(Index from, Index middle, Index last) {
    std::rotate(path_.begin() + from, path_.begin() + middle, path_.begin() + last + 1);
    renumber(from);
  }
  bool exchange(Index p, Index last) {
    const auto row = G_.row(path_[p - 1]);
    const auto n = static_cast<std::uint64_t>(row.size());
    const std::uint64_t start = draw_.below(n); // row holds v_p at least
    for (std::uint64_t e = 0; e < n; ++e) {
      const Index q = place_[row[(start + e) % n]];
      if (q > p && q <= last) {
        rearrange(p, q, last);
        return true;
      }
    }
    return false;
  }

  const CsrView<double>& G_;
  bool symmetric_;
  RandomStream draw_;
  std::vector<Index> path_;
  std::vector<Index> place_; ///< of each vertex on the path, -1 elsewhere
};

} // namespace

std::string no_path(const CsrView<double>& G) {
  const Index n = G.rows;
  if (n < 2)
    return "";
  std::vector<Index> in(static_cast<std::size_t>(n));
  Index dead_ends = 0;
  std::vector<Index> degree(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    Index out = 0;
    for (const Index j : G.row(i))
      if (j != i) {
        ++in[j];
        ++degree[j];
        ++out;
      }
    degree[i] += out;
    dead_ends += out == 0 ? 1 : 0;
  }
  const Index sources = std::count(in.begin(), in.end(), Index{0});
  if (dead_ends > 1 || sources > 1)
    return message(std::max(dead_ends, sources), " tokens could only stand at the same end");
  const pattern::Labels strong = pattern::strong_components(G);
  std::vector<char> joined(static_cast<std::size_t>(strong.count));
  for (Index i = 0; i < n; ++i)
    for (const Index j : G.row(i)) { // components are numbered from the sinks
      const Index from = strong.of[i];
      if (from == strong.of[j] + 1)
        joined[from] = 1;
    }
  for (Index c = 1; c < strong.count; ++c)
    if (joined[c] == 0)
      return message(strong.count, " strong components form no chain");
  std::vector<Index> by_degree(static_cast<std::size_t>(n));
  std::iota(by_degree.begin(), by_degree.end(), Index{0});
  std::stable_sort(by_degree.begin(), by_degree.end(),
                   [&](Index a, Index b) { return degree[a] > degree[b]; });
  for (Index hubs = 1; hubs <= 64 && 2 * hubs < n; hubs *= 2)
    for (const Index count : {hubs, hubs + hubs / 2})
      if (falls_apart(G, by_degree, std::min(count, n - 1)))
        return message("without its ", count, " busiest tokens the rest falls into more than ",
                       count + 1, " pieces");
  return "";
}

HamiltonianPath held_karp(const CsrView<double>& G) {
  const Index n = G.rows;
  require(n >= 1 && n <= 24, Code::domain, "a complete search of n = ", n,
          " tokens must have n in [1, 24]");
  const auto size = static_cast<std::size_t>(n);
  std::vector<std::uint32_t> from(size); // predecessors
  for (Index i = 0; i < n; ++i)
    for (const Index j : G.row(i))
      if (i != j)
        from[j] |= std::uint32_t{1} << i;
  std::vector<std::uint32_t> ends(std::size_t{1} << n);
  for (std::size_t j = 0; j < size; ++j)
    ends[std::size_t{1} << j] = std::uint32_t{1} << j;
  for (std::size_t set = 1; set < ends.size(); ++set)
    for (std::size_t left = set; left != 0 && std::popcount(set) > 1; left &= left - 1) {
      const auto j = static_cast<std::size_t>(std::countr_zero(left));
      if ((ends[set ^ (std::size_t{1} << j)] & from[j]) != 0)
        ends[set] |= std::uint32_t{1} << j;
    }
  HamiltonianPath path;
  path.method = "complete search";
  std::size_t set = ends.size() - 1;
  if (ends[set] == 0) {
    path.verdict = Verdict::fails;
    return path;
  }
  path.verdict = Verdict::holds;
  auto end = static_cast<std::size_t>(std::countr_zero(ends[set]));
  for (;;) {
    path.order.push_back(static_cast<Index>(end));
    set ^= std::size_t{1} << end;
    if (set == 0)
      break;
    end = static_cast<std::size_t>(std::countr_zero(ends[set] & from[end]));
  }
  std::reverse(path.order.begin(), path.order.end());
  return path;
}

HamiltonianPath rotated_path(const CsrView<double>& G, bool symmetric, Index rotations, Key key,
                             Monitor* monitor) {
  HamiltonianPath path;
  path.method = message("not found in ", rotations, " rotations");
  Index left = rotations;
  for (std::uint64_t start = 0; left > 0; ++start) {
    Turner turner(G, symmetric, key, start);
    turner.extend();
    // A start that has not come through after a quarter of the turns is given up.
    for (Index turns = std::max<Index>(rotations / 4, 1); turns > 0 && left > 0 && !turner.done();
         --turns, --left) {
      if (left % 1024 == 0)
        poll(monitor, "looking for a Hamiltonian path");
      if (!turner.turn())
        break;
      turner.extend();
    }
    if (turner.done()) {
      path.verdict = Verdict::holds;
      path.order = turner.path();
      path.method = "rotations";
      return path;
    }
    --left;
  }
  return path;
}

HamiltonianPath hamiltonian_path(const CsrView<double>& G, const UniversalityOptions& how) {
  const Index n = G.rows;
  HamiltonianPath path;
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index{0});
  bool up = true;
  bool down = true;
  bool only_up = true; // every edge leads to a later token
  bool only_down = true;
  bool symmetric = true;
  for (Index i = 0; i < n; ++i) {
    up &= i + 1 == n || has(G, i, i + 1);
    down &= i == 0 || has(G, i, i - 1);
    for (const Index j : G.row(i)) {
      only_up &= j >= i;
      only_down &= j <= i;
      symmetric &= has(G, j, i);
    }
  }
  if (up || down) {
    if (down)
      std::reverse(order.begin(), order.end());
    return {Verdict::holds, std::move(order), "identity"};
  }
  if (only_up || only_down) {
    path.verdict = Verdict::fails;
    path.method = "a causal pattern has no other order than the identity";
    return path;
  }
  if (n <= how.complete_below)
    return held_karp(G);
  path.method = no_path(G);
  if (!path.method.empty()) {
    path.verdict = Verdict::fails;
    return path;
  }
  return rotated_path(G, symmetric, how.rotations == 0 ? 200 * n : how.rotations, how.key,
                      how.monitor);
}

} // namespace attnwalk::theory
