// SPDX-License-Identifier: Apache-2.0
// The structure report of random graphs against dense boolean matrices.
#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/structure/graph.hpp"
#include "attnwalk/structure/structure.hpp"

#include "catch.hpp"
#include "support/graphs.hpp"

#include <algorithm>
#include <numeric>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::support;

namespace {

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// Graphs of every kind that matters: sparse to dense, symmetric, looped, acyclic, periodic.
Csr<double> sample(Index trial) {
  const Key key{17, static_cast<std::uint64_t>(trial)};
  RandomStream draws(key, 1);
  const Index n = 1 + static_cast<Index>(draws.below(24));
  const double mean_degree = 4 * draws.unit();
  const Csr<double> base =
      random_graph(n, std::min(1.0, mean_degree / static_cast<double>(n)), key);
  std::vector<Edge> edges;
  const std::uint64_t kind = draws.below(5);
  for (Index i = 0; i < n; ++i) {
    for (const Index j : base.view().row(i)) {
      if (kind == 2 && j >= i)
        continue; // acyclic
      if (kind == 3 && (j % 3) != (i + 1) % 3)
        continue; // every cycle has a length divisible by 3
      edges.emplace_back(i, j);
      if (kind == 1)
        edges.emplace_back(j, i); // symmetric
    }
    if (kind == 4)
      edges.emplace_back(i, i); // looped
  }
  return graph(n, n, edges);
}

Bits closure(const Bits& A) {
  Bits reach(A.size(), std::vector<char>(A.size(), 0));
  const auto d = distances(A);
  for (std::size_t i = 0; i < A.size(); ++i)
    for (std::size_t j = 0; j < A.size(); ++j)
      reach[i][j] = d[i][j] >= 0;
  return reach;
}

Bits with_mirror(Bits A) {
  for (std::size_t i = 0; i < A.size(); ++i)
    for (std::size_t j = 0; j < A.size(); ++j)
      if (A[i][j] != 0)
        A[j][i] = 1;
  return A;
}

/// Number of classes of the relation "i and j reach each other".
Index classes(const Bits& reach) {
  Index count = 0;
  for (std::size_t i = 0; i < reach.size(); ++i) {
    bool first = true;
    for (std::size_t j = 0; j < i; ++j)
      first = first && !(reach[i][j] != 0 && reach[j][i] != 0);
    count += first ? 1 : 0;
  }
  return count;
}

} // namespace

TEST_CASE("strong_components: equal mutual reachability, numbered sinks first",
          "[structure][structure]") {
  for (Index trial = 0; trial < 400; ++trial) {
    INFO("trial " << trial);
    const Csr<double> A = sample(trial);
    const Bits reach = closure(bits(A.view()));
    const Labels strong = strong_components(A.view());
    CHECK(strong.count == classes(reach));
    for (std::size_t i = 0; i < reach.size(); ++i)
      for (std::size_t j = 0; j < reach.size(); ++j) {
        const bool mutual = reach[i][j] != 0 && reach[j][i] != 0;
        REQUIRE((strong.of[i] == strong.of[j]) == mutual);
        if (reach[i][j] != 0)
          REQUIRE(strong.of[i] >= strong.of[j]);
      }
  }
}

TEST_CASE("components: equal reachability without directions", "[structure][structure]") {
  for (Index trial = 0; trial < 400; ++trial) {
    INFO("trial " << trial);
    const Csr<double> A = sample(trial);
    const Bits reach = closure(with_mirror(bits(A.view())));
    const Labels parts = components(A.view());
    CHECK(parts.count == classes(reach));
    for (std::size_t i = 0; i < reach.size(); ++i)
      for (std::size_t j = 0; j < reach.size(); ++j)
        REQUIRE((parts.of[i] == parts.of[j]) == (reach[i][j] != 0));
  }
}

TEST_CASE("structure: closed classes, transient vertices and periods by brute force",
          "[structure][structure]") {
  for (Index trial = 0; trial < 400; ++trial) {
    INFO("trial " << trial);
    const Csr<double> A = sample(trial);
    const Bits edges = bits(A.view());
    const Bits reach = closure(edges);
    const Labels strong = strong_components(A.view());
    const Structure s = structure(A.view());
    Index closed_vertices = 0;
    Index lcm = 1;
    std::vector<Index> labels;
    for (Index i = 0; i < A.rows; ++i) {
      bool closed = true; // whatever i reaches, reaches i
      for (std::size_t j = 0; j < reach.size(); ++j)
        closed = closed && (reach[at(i)][j] == 0 || reach[j][at(i)] != 0);
      if (!closed)
        continue;
      ++closed_vertices;
      const Index label = strong.of[at(i)];
      const auto found = std::find_if(s.closed_classes.begin(), s.closed_classes.end(),
                                      [&](const ClosedClass& c) { return c.label == label; });
      REQUIRE(found != s.closed_classes.end());
      const Index period = std::max<Index>(1, walk_gcd(edges, i));
      CHECK(found->period == period);
      CHECK(found->size == std::count(strong.of.begin(), strong.of.end(), label));
      lcm = std::lcm(lcm, period);
      labels.push_back(label);
    }
    CHECK(s.transient == A.rows - closed_vertices);
    CHECK(s.period == lcm);
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    CHECK(s.closed_classes.size() == labels.size());
  }
}

TEST_CASE("structure: bipartite components are those without odd closed walks",
          "[structure][structure]") {
  for (Index trial = 0; trial < 200; ++trial) {
    INFO("trial " << trial);
    const Csr<double> A = sample(trial);
    const Bits mirrored = with_mirror(bits(A.view()));
    const Labels parts = components(A.view());
    Index bipartite = 0;
    for (Index part = 0; part < parts.count; ++part) {
      const Index vertex = std::find(parts.of.begin(), parts.of.end(), part) - parts.of.begin();
      bipartite += walk_gcd(mirrored, vertex) % 2 == 0 ? 1 : 0; // 0: an isolated vertex
    }
    const Structure s = structure(A.view());
    CHECK(s.components == parts.count);
    CHECK(s.bipartite_components == bipartite);
    Index largest = 0;
    for (Index part = 0; part < parts.count; ++part)
      largest = std::max<Index>(largest, std::count(parts.of.begin(), parts.of.end(), part));
    CHECK(s.largest_component == largest);
  }
}

TEST_CASE("structure: reach and full reach by boolean powers, diameter by Floyd-Warshall",
          "[structure][structure]") {
  for (Index trial = 0; trial < 400; ++trial) {
    INFO("trial " << trial);
    const Csr<double> A = sample(trial);
    const Bits edges = bits(A.view());
    const auto n = A.rows;
    const auto d = distances(edges);
    Index diameter = 0;
    bool connected = true;
    for (const auto& row : d)
      for (const Index x : row) {
        diameter = std::max(diameter, x);
        connected = connected && x >= 0;
      }
    const Structure exact = structure(A.view(), {.hops = 2 * n + 2});
    CHECK(exact.reach_exact);
    CHECK(exact.diameter_at_least == diameter);
    CHECK(exact.diameter_at_most == (connected ? std::optional<Index>(diameter) : std::nullopt));

    Bits within = edges;
    Bits power = edges;
    std::optional<Index> full;
    for (Index hop = 1; hop <= 2 * n + 2; ++hop) {
      Index pairs = 0;
      for (const auto& row : within)
        pairs += std::count(row.begin(), row.end(), 1);
      if (hop <= static_cast<Index>(exact.reach.size())) {
        const Reach& reach = exact.reach[at(hop - 1)];
        CHECK(reach.hops == hop);
        CHECK(reach.fraction == Approx(static_cast<double>(pairs) / static_cast<double>(n * n)));
        CHECK(reach.lo == reach.fraction);
        CHECK(reach.hi == reach.fraction);
      } else {
        CHECK(pairs == n * n);
      }
      if (pairs == n * n && !full)
        full = hop;
      power = times(power, edges);
      for (std::size_t i = 0; i < within.size(); ++i)
        for (std::size_t j = 0; j < within.size(); ++j)
          within[i][j] = static_cast<char>(within[i][j] | power[i][j]);
    }
    CHECK(exact.full_reach == full);
    CHECK(exact.full_reach_status.empty() == full.has_value());

    // The sampled report of the same graph must enclose the truth.
    const Structure sampled =
        structure(A.view(), {.hops = 2 * n + 2, .exact_below = 0, .sources = (n + 1) / 2});
    CHECK(sampled.reach_exact == (n == 1));
    CHECK(sampled.diameter_at_least <= diameter);
    if (connected)
      CHECK(sampled.diameter_at_most.value_or(-1) >= diameter);
    else
      CHECK(!sampled.diameter_at_most);
    if (sampled.full_reach)
      CHECK(sampled.full_reach == full);
    if (full) {
      CHECK(sampled.full_reach_at_least <= *full);
      CHECK(sampled.full_reach_at_most.value_or(n + 1) >= *full);
    } else {
      CHECK(sampled.full_reach_status.starts_with("never"));
    }
  }
}

TEST_CASE("structure: symmetry, degrees, loops and Doeblin's constant of weighted graphs",
          "[structure][structure]") {
  for (Index trial = 0; trial < 200; ++trial) {
    INFO("trial " << trial);
    Csr<double> A = sample(trial);
    const auto n = at(A.rows);
    std::vector<std::vector<double>> dense(n, std::vector<double>(n, 0));
    A.values.resize(A.columns.size());
    for (Index i = 0; i < A.rows; ++i)
      for (Index e = A.offsets[at(i)]; e < A.offsets[at(i) + 1]; ++e) {
        const Index j = A.columns[at(e)];
        // Symmetric values on even trials, with some zeros, which are no edges.
        const Index name = trial % 2 == 0 ? i + j : 2 * i + j;
        A.values[at(e)] = static_cast<double>(name % 5);
        dense[at(i)][at(j)] = A.values[at(e)];
      }
    bool symmetric = true;
    Index loops = 0;
    Index empty_rows = 0;
    double doeblin = 0;
    double min_loop = 1;
    bool causal = true;
    std::vector<double> sum(n);
    for (std::size_t i = 0; i < n; ++i) {
      sum[i] = std::accumulate(dense[i].begin(), dense[i].end(), 0.0);
      empty_rows += sum[i] == 0 ? 1 : 0;
      loops += dense[i][i] > 0 ? 1 : 0;
      min_loop = std::min(min_loop, sum[i] > 0 ? dense[i][i] / sum[i] : 0);
      for (std::size_t j = 0; j < n; ++j) {
        symmetric = symmetric && dense[i][j] == dense[j][i];
        causal = causal && (dense[i][j] == 0 || j <= i);
      }
    }
    for (std::size_t j = 0; j < n; ++j) {
      double least = 1;
      for (std::size_t i = 0; i < n; ++i)
        least = std::min(least, sum[i] > 0 ? dense[i][j] / sum[i] : 0);
      doeblin += least;
    }
    const Structure s = structure(A.view());
    CHECK(s.symmetric == symmetric);
    CHECK(s.causal == causal);
    CHECK(s.loops == loops);
    CHECK(s.empty_rows == empty_rows);
    CHECK(s.min_loop_weight == Approx(min_loop));
    CHECK(s.doeblin == Approx(doeblin));
    CHECK(s.entries ==
          std::count_if(A.values.begin(), A.values.end(), [](double x) { return x != 0; }));
  }
}

TEST_CASE("count_hops: from all rows what two searches from half of them find",
          "[structure][structure]") {
  // All rows are searched 64 at a time, halves 256 at a time; from sparse graphs, where few vertices
  // change in a hop, to dense ones.
  for (std::uint64_t trial = 0; trial < 24; ++trial) {
    INFO("trial " << trial);
    const Index n = 256 + 16 * static_cast<Index>(trial);
    const double density = (0.5 + static_cast<double>(trial % 12)) / static_cast<double>(n);
    const Csr<double> A = random_graph(n, density, {trial, 9});
    const Csr<double> T = sparse::transposed_structure(A.view(), 3);
    CHECK(bits(T.view()) == [&] {
      Bits mirror(at(n), std::vector<char>(at(n), 0));
      for (Index i = 0; i < n; ++i)
        for (const Index j : A.view().row(i))
          mirror[at(j)][at(i)] = 1;
      return mirror;
    }());
    std::vector<Index> all(at(n));
    std::iota(all.begin(), all.end(), Index{0});
    const std::vector<Index> first(all.begin(), all.begin() + n / 2);
    const std::vector<Index> second(all.begin() + n / 2, all.end());
    const TwoWays G{A.view(), T.view()};
    const HopCounts whole = count_hops(G, all, n, 1, nullptr);
    HopCounts halves = count_hops(G, first, n, 2, nullptr);
    const HopCounts rest = count_hops(G, second, n, 2, nullptr);
    halves.pairs.resize(std::max(halves.pairs.size(), rest.pairs.size()), 0);
    for (std::size_t k = 0; k < rest.pairs.size(); ++k)
      halves.pairs[k] += rest.pairs[k];
    CHECK(whole.pairs == halves.pairs);
    CHECK(whole.longest == std::max(halves.longest, rest.longest));
  }
}
