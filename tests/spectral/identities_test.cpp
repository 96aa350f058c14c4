// SPDX-License-Identifier: Apache-2.0
// Identities and inequalities of undirected walks (docs/spectral.md) on sixteen graphs.
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/kemeny.hpp"
#include "attnwalk/spectral/resistance.hpp"
#include "attnwalk/spectral/reversible.hpp"

#include "catch.hpp"
#include "chains.hpp"
#include "graphs.hpp"
#include "support/graphs.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>

using namespace attnwalk;
using namespace attnwalk::spectral;
using support::Grid;
using test::bound;

namespace {

constexpr double exact = 1e-10;    ///< relative, of identities
constexpr double rounding = 1e-12; ///< slack of inequalities

Index size_of(const Grid& A) {
  return static_cast<Index>(A.size());
}

std::vector<double> degrees(const Grid& W) {
  std::vector<double> d;
  for (const auto& row : W) {
    d.push_back(0);
    for (const double w : row)
      d.back() += w;
  }
  return d;
}

double total(const std::vector<double>& d) {
  double sum = 0;
  for (const double x : d)
    sum += x;
  return sum;
}

/// Gauss-Jordan with pivoting by rows.
Grid inverse(Grid A) {
  const std::size_t n = A.size();
  Grid X(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i)
    X[i][i] = 1;
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t p = c;
    for (std::size_t i = c; i < n; ++i)
      if (std::abs(A[i][c]) > std::abs(A[p][c]))
        p = i;
    std::swap(A[c], A[p]);
    std::swap(X[c], X[p]);
    const double pivot = A[c][c];
    for (std::size_t j = 0; j < n; ++j) {
      A[c][j] /= pivot;
      X[c][j] /= pivot;
    }
    for (std::size_t i = 0; i < n; ++i) {
      const double factor = i == c ? 0 : A[i][c];
      for (std::size_t j = 0; j < n; ++j) {
        A[i][j] -= factor * A[c][j];
        X[i][j] -= factor * X[c][j];
      }
    }
  }
  return X;
}

/// All pairs, from the library.
Grid resistances(const CsrView<double>& W, const ResistanceOptions& how = {}) {
  std::vector<Terminals> pairs;
  for (Index i = 0; i < W.rows; ++i)
    for (Index j = 0; j < i; ++j)
      pairs.push_back({i, j});
  const Resistances found = effective_resistance(W, pairs, how);
  CHECK(found.converged);
  const auto n = static_cast<std::size_t>(W.rows);
  Grid R(n, std::vector<double>(n));
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const auto i = static_cast<std::size_t>(pairs[p].i), j = static_cast<std::size_t>(pairs[p].j);
    R[i][j] = R[j][i] = found.value[p];
  }
  return R;
}

/// Conductance by trying all subsets. n <= 20 or so.
double conductance(const Grid& W) {
  const std::size_t n = W.size();
  const std::vector<double> d = degrees(W);
  double best = 1;
  for (std::size_t set = 1; set + 1 < (std::size_t{1} << (n - 1)); ++set) {
    double cut = 0, volume = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if ((set >> i & 1) == 0)
        continue;
      volume += d[i];
      for (std::size_t j = 0; j < n; ++j)
        cut += (set >> j & 1) == 0 ? W[i][j] : 0;
    }
    best = std::min(best, cut / std::min(volume, total(d) - volume));
  }
  return best;
}

} // namespace

TEST_CASE("effective_resistance: Foster's sum over edges is n - 1, by both solvers",
          "[spectral][undirected][identity]") {
  for (const auto& [name, graph] : support::sixteen()) {
    INFO(name);
    const Grid W = support::grid_of(graph.view());
    for (const double flops : {2e9, 0.0}) {
      const Grid R = resistances(graph.view(), {.flops = flops});
      double sum = 0;
      for (std::size_t i = 0; i < W.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          sum += W[i][j] * R[i][j];
      CHECK(sum == Approx(static_cast<double>(size_of(W) - 1)).epsilon(exact));
    }
  }
}

TEST_CASE("effective_resistance: is that of the inverted Laplacian, and between its bounds",
          "[spectral][undirected][identity]") {
  for (const auto& [name, graph] : support::sixteen()) {
    INFO(name);
    const Grid W = support::grid_of(graph.view());
    const std::vector<double> d = degrees(W);
    const auto n = static_cast<double>(W.size());
    Grid L = W; // D - W + J/n, whose inverse is the pseudo-inverse plus J/n
    for (std::size_t i = 0; i < W.size(); ++i)
      for (std::size_t j = 0; j < W.size(); ++j)
        L[i][j] = (i == j ? d[i] : 0) - W[i][j] + 1 / n;
    const Grid X = inverse(L);
    const Grid R = resistances(graph.view());
    const GapReport r = gap(graph.view(), {.kind = Kind::undirected});
    const double g = *r.at("lambda_2").gap, last = *r.at("lambda_n").value;
    for (std::size_t i = 0; i < W.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        REQUIRE(R[i][j] == Approx(X[i][i] + X[j][j] - 2 * X[i][j]).epsilon(exact));
        const double both = 1 / d[i] + 1 / d[j];
        REQUIRE(R[i][j] >= both / (1 - last) * (1 - rounding));
        REQUIRE(R[i][j] <= both / g * (1 + rounding));
        REQUIRE(R[i][j] >= *bound(r, "resistance_lo").value * (1 - rounding));
        REQUIRE(R[i][j] <= *bound(r, "resistance_hi").value * (1 + rounding));
      }
  }
}

TEST_CASE("gap: Kemeny's constant three ways", "[spectral][undirected][identity]") {
  for (const auto& [name, graph] : support::sixteen()) {
    INFO(name);
    const Grid W = support::grid_of(graph.view());
    const std::vector<double> d = degrees(W);
    const double volume = total(d);
    const double found = *bound(gap(graph.view(), {.kind = Kind::undirected}), "kemeny").value;
    double by_eigenvalues = 0;
    const auto spectrum = support::walk_spectrum(graph.view());
    for (std::size_t i = 1; i < spectrum.size(); ++i)
      by_eigenvalues += 1 / (1 - spectrum[i]);
    Grid Z = W; // I - P + 1 pi'
    for (std::size_t i = 0; i < W.size(); ++i)
      for (std::size_t j = 0; j < W.size(); ++j)
        Z[i][j] = (i == j ? 1 : 0) - W[i][j] / d[i] + d[j] / volume;
    Z = inverse(Z);
    double by_trace = -1;
    for (std::size_t i = 0; i < W.size(); ++i)
      by_trace += Z[i][i];
    const Grid R = resistances(graph.view());
    double by_resistance = 0;
    for (std::size_t i = 0; i < W.size(); ++i)
      for (std::size_t j = 0; j < W.size(); ++j)
        by_resistance += d[i] * d[j] * R[i][j] / (2 * volume);
    CHECK(found == Approx(by_eigenvalues).epsilon(exact));
    CHECK(found == Approx(by_trace).epsilon(exact));
    CHECK(found == Approx(by_resistance).epsilon(exact));
    // And by estimation, at confidence .9999 so that sixteen intervals hold together.
    const ReversibleWalk walk(graph.view(), 1);
    const Kemeny guess = kemeny(walk, {}, {.probes = 200, .confidence = .9999, .key = {5, 0}});
    CHECK(guess.converged);
    CHECK(std::abs(guess.value - found) <= guess.half_width + rounding * found);
  }
}

TEST_CASE("kemeny: a sketch narrows the interval where a few eigenvalues rule",
          "[spectral][undirected]") {
  // On a cycle 1/(1 - l_i) falls like 1/i^2, so the sketch holds most of ||G||_F. Plain signs
  // deviate by sqrt(2) ||G||_F (less what is on the diagonal, little), and Student's t of 23
  // degrees at .99 makes that 2.81 sqrt(2 / 24) = .81 ||G||_F for as many solves; half of it must
  // be gained. Seed 1.
  const Index n = 2001;
  const auto C = support::cycle(n);
  const ReversibleWalk walk(C.view(), 1);
  const double truth = (static_cast<double>(n) * static_cast<double>(n) - 1) / 6;
  double square = 0;
  for (Index k = 1; k < n; ++k)
    square += std::pow(
        1 - std::cos(2 * 3.14159265358979323846 * static_cast<double>(k) / static_cast<double>(n)),
        -2);
  const Kemeny found = kemeny(walk, {}, {.confidence = .99, .key = {1, 0}});
  CHECK(found.converged);
  CHECK(std::abs(found.value - truth) <= found.half_width);
  CHECK(found.half_width < 0.4 * std::sqrt(square));
  CHECK_THROWS_WITH(kemeny(walk, {}, {.probes = 5}),
                    Catch::Contains("probes = 5 must be at least 6"));
}

TEST_CASE("gap: the expander mixing lemma on random pairs of sets",
          "[spectral][undirected][identity]") {
  for (const auto& [name, graph] : support::sixteen()) {
    INFO(name);
    const Grid W = support::grid_of(graph.view());
    const std::vector<double> d = degrees(W);
    const double volume = total(d);
    const double slem = *gap(graph.view(), {.kind = Kind::undirected}).at("slem").value;
    RandomStream draws({11, 0});
    for (int trial = 0; trial < 50; ++trial) {
      std::vector<char> S(W.size()), T(W.size());
      const double density = draws.unit();
      double vol_S = 0, vol_T = 0, between = 0;
      for (std::size_t i = 0; i < W.size(); ++i) {
        S[i] = draws.unit() < density;
        T[i] = draws.unit() < .4;
        vol_S += S[i] != 0 ? d[i] : 0;
        vol_T += T[i] != 0 ? d[i] : 0;
      }
      for (std::size_t i = 0; i < W.size(); ++i)
        for (std::size_t j = 0; j < W.size(); ++j)
          between += S[i] != 0 && T[j] != 0 ? W[i][j] : 0;
      const double spread =
          vol_S * vol_T * std::max(0.0, (1 - vol_S / volume) * (1 - vol_T / volume));
      REQUIRE(std::abs(between - vol_S * vol_T / volume) <=
              slem * std::sqrt(spread) + rounding * volume);
    }
  }
}

TEST_CASE("gap: Cheeger's inequality holds on both sides, and the sweep finds a cut within it",
          "[spectral][undirected][identity]") {
  for (const auto& [name, graph] : support::sixteen()) {
    INFO(name);
    const GapReport r = gap(graph.view(), {.kind = Kind::undirected, .sweep_set = true});
    const double g = *r.at("lambda_2").gap;
    const Grid W = support::grid_of(graph.view());
    const double lo = *bound(r, "cheeger_lo").value, hi = *bound(r, "cheeger_hi").value;
    CHECK(lo == Approx(g / 2).epsilon(1e-9));
    CHECK(hi <= std::sqrt(std::min(1.0, g * (2 - g))) * (1 + 1e-9));
    CHECK(r.sweep->conductance <= std::sqrt(2 * r.sweep->rayleigh) * (1 + rounding));
    CHECK(r.sweep->rayleigh == Approx(g).epsilon(1e-9));
    if (W.size() <= 13) {
      const double truth = conductance(W);
      CHECK(lo <= truth * (1 + rounding));
      CHECK(truth <= hi * (1 + rounding));
      CHECK(truth <= r.sweep->conductance * (1 + rounding));
    }
    // The set is what its conductance says.
    std::vector<char> in(W.size());
    for (const Index i : r.sweep->set)
      in[static_cast<std::size_t>(i)] = 1;
    CHECK(static_cast<Index>(r.sweep->set.size()) == r.sweep->size);
    const std::vector<double> d = degrees(W);
    double cut = 0, volume = 0;
    for (std::size_t i = 0; i < W.size(); ++i) {
      volume += in[i] != 0 ? d[i] : 0;
      for (std::size_t j = 0; j < W.size(); ++j)
        cut += in[i] != 0 && in[j] == 0 ? W[i][j] : 0;
    }
    CHECK(r.sweep->conductance == Approx(cut / std::min(volume, total(d) - volume)).epsilon(exact));
  }
}

TEST_CASE("gap: the second Laplacian eigenvalue and the diameter obey their bounds",
          "[spectral][undirected][identity]") {
  for (const auto& [name, graph] : support::sixteen()) {
    INFO(name);
    const Grid W = support::grid_of(graph.view());
    const std::vector<double> d = degrees(W);
    const std::size_t n = W.size();
    std::vector<double> L(n * n);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        L[i * n + j] = (i == j ? d[i] : 0) - W[i][j];
    const auto values = support::jacobi(L, size_of(W)); // descending, 0 last
    const double connectivity = values[n - 2];
    const GapReport r = gap(graph.view(), {.kind = Kind::undirected});
    CHECK(*bound(r, "connectivity_lo").value <= connectivity * (1 + exact));
    CHECK(*bound(r, "connectivity_hi").value >= connectivity * (1 - exact));

    Index diameter = 0;
    for (const auto& row : support::distances(support::bits(graph.view())))
      diameter = std::max(diameter, *std::max_element(row.begin(), row.end()));
    CHECK(static_cast<double>(diameter) <= *bound(r, "diameter_hi").value);
    CHECK(r.structure.diameter_at_least <= diameter);
    if (const auto alon_boppana = bound(r, "alon_boppana").value)
      CHECK(*r.at("lambda_2").value >= *alon_boppana - rounding);
  }
  // Loose for a barbell, tight for the cube.
  CHECK(*bound(gap(support::hypercube(4).view()), "diameter_hi").value <= 6);
}

TEST_CASE("gap: distances from the stationary law lie between their ends, powers by hand",
          "[spectral][undirected][identity]") {
  for (const auto& [name, graph] : support::sixteen()) {
    INFO(name);
    const GapReport r = gap(graph.view(), {.kind = Kind::undirected, .steps = 12});
    const Grid W = support::grid_of(graph.view());
    const std::vector<double> d = degrees(W);
    const double slem = *r.at("slem").value;
    const double least = *std::min_element(r.stationary.pi.begin(), r.stationary.pi.end());
    for (std::size_t i = 0; i < W.size(); ++i)
      CHECK(r.stationary.pi[i] == Approx(d[i] / total(d)).epsilon(1e-13));
    std::vector<double> distance{0}; // d(k), k from 1
    Grid power(W.size(), std::vector<double>(W.size()));
    for (std::size_t i = 0; i < W.size(); ++i)
      power[i][i] = 1;
    for (Index k = 1; k <= 12; ++k) {
      Grid next(W.size(), std::vector<double>(W.size()));
      double worst = 0;
      for (std::size_t i = 0; i < W.size(); ++i) {
        double apart = 0;
        for (std::size_t j = 0; j < W.size(); ++j) {
          for (std::size_t m = 0; m < W.size(); ++m)
            next[i][j] += power[i][m] * W[m][j] / d[m];
          apart += std::abs(next[i][j] - d[j] / total(d)) / 2;
        }
        worst = std::max(worst, apart);
      }
      power = next;
      const double decay = std::pow(slem, static_cast<double>(k));
      CHECK(worst >= decay / 2 - rounding);
      CHECK(worst <= std::sqrt((1 - least) / least) / 2 * decay + rounding);
      CHECK(worst >= *bound(r, "distance_lo(" + std::to_string(k) + ")").value - rounding);
      CHECK(worst <= *bound(r, "distance_hi(" + std::to_string(k) + ")").value + rounding);
      distance.push_back(worst);
    }
    const auto mixed = std::find_if(distance.begin() + 1, distance.end(),
                                    [](double x) { return x <= .25 + rounding; });
    if (mixed == distance.end())
      continue;
    const auto time = static_cast<double>(mixed - distance.begin());
    CHECK(*bound(r, "mixing_time_lo").value <= time + rounding);
    CHECK(*bound(r, "mixing_time_hi").value >= time - rounding);
  }
}

TEST_CASE("gap: eigenvalues of d-regular patterns have squares of sum n/d, whatever the pattern",
          "[spectral][undirected][identity]") {
  // ||W/d - J/n||_F^2 = n/d - 1 over all but the top one: one hop only knows the budget.
  for (const auto& [name, graph] : support::sixteen()) {
    const GapReport r = gap(graph.view(), {.kind = Kind::undirected});
    const Grid W = support::grid_of(graph.view());
    const bool ones = std::all_of(W.begin(), W.end(), [](const std::vector<double>& row) {
      return std::all_of(row.begin(), row.end(), [](double w) { return w == 0 || w == 1; });
    });
    if (!r.structure.regular || !ones)
      continue;
    INFO(name);
    double squares = 0;
    for (std::size_t i = 1; i < r.spectrum.points.size(); ++i)
      squares += r.spectrum.points[i].real * r.spectrum.points[i].real;
    const auto n = static_cast<double>(W.size()), d = static_cast<double>(*r.structure.regular);
    CHECK(squares == Approx(n / d - 1).margin(1e-9));
  }
}
