// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/theory/hamiltonian.hpp"
#include "attnwalk/theory/universality.hpp"

#include "catch.hpp"
#include "sbm/zoo.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace attnwalk;
using namespace attnwalk::sbm;
using namespace attnwalk::theory;
using Catch::Contains;
using pattern::Pattern;

namespace {

Universality check_spec(const std::string& text, Index n) {
  std::vector<Pattern> layers;
  for (const grammar::Built& built : grammar::build_layers(text, {.queries = n}))
    layers.push_back(built.pattern);
  Universality found = universality(layers);
  Pattern U = layers.front();
  for (const Pattern& A : layers)
    U = pattern::unite(U, A);
  CHECK((found.path == Verdict::holds) == is_hamiltonian(U, found.order));
  return found;
}

/// By trying all orders.
bool has_path(const Pattern& A) {
  std::vector<Index> order(static_cast<std::size_t>(A.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  do {
    if (is_hamiltonian(A, order))
      return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

} // namespace

TEST_CASE("universality: the oracles of spectral.md 4.5", "[theory][universality]") {
  struct Row {
    const char* spec;
    Index n;
    Index s;
  };
  for (const Row row :
       {Row{"ring:w=1", 64, 32}, Row{"window:w=2+global:g=1", 64, 2}, Row{"axial:cols=8", 64, 2},
        Row{"loops(debruijn:b=2)", 64, 6}, Row{"full", 5, 1}}) {
    INFO(row.spec);
    const Universality found = check_spec(row.spec, row.n);
    CHECK(found.loops == Verdict::holds);
    CHECK(found.path == Verdict::holds);
    REQUIRE(found.s);
    CHECK(*found.s == row.s);
    CHECK(found.holds());
  }
  const Universality star = check_spec("loops(star:g=1)", 64);
  CHECK(star.s == Index{2});
  CHECK(star.path == Verdict::fails);
  CHECK_THAT(star.path_method, Contains("pieces"));
  CHECK(check_spec("loops(star:g=1)", 4).path == Verdict::fails);
  CHECK(check_spec("loops(star:g=1)", 3).path == Verdict::holds);
}

TEST_CASE("universality: causal patterns are decided exactly", "[theory][universality]") {
  const Universality window = check_spec("causal(window:w=1)", 40);
  CHECK(window.path == Verdict::holds);
  CHECK(window.path_method == "identity");
  CHECK(window.reach == Verdict::fails); // the first token never hears of the last
  CHECK(check_spec("causal(strided:stride=2)", 40).path == Verdict::fails);
  CHECK(check_spec("noloops(window:w=1)", 8).loops == Verdict::fails);
}

TEST_CASE("universality: patterns cycled over layers", "[theory][universality]") {
  // Rows, then columns of an 8 x 8 grid: neither spreads alone, both do in two layers.
  const Universality both = check_spec("blockwindow:w=16;strided:stride=8", 64);
  CHECK(both.loops == Verdict::holds);
  REQUIRE(both.s);
  CHECK(*both.s <= 8);
  CHECK(check_spec("strided:stride=8", 64).reach == Verdict::fails);
  CHECK(check_spec("strided:stride=8", 64).path == Verdict::fails);
  // A permutation without loops comes round and never fills.
  const Universality shift = check_spec("noloops(causal(window:w=1))", 6);
  CHECK(shift.reach == Verdict::fails);
}

TEST_CASE("universality: s is that of boolean products of all layers", "[theory][universality]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<Pattern> layers;
    for (std::uint64_t l = 0; l < 3; ++l)
      layers.push_back(sample(erdos_renyi(9, 9, .25), {.key = {seed, l}}).pattern);
    const Universality found = universality(layers);
    const auto step = [&](const std::vector<std::vector<char>>& S, const Pattern& A) {
      std::vector<std::vector<char>> next(9, std::vector<char>(9));
      for (Index i = 0; i < 9; ++i)
        for (const Index j : A.row(i))
          for (std::size_t k = 0; k < 9; ++k)
            next[static_cast<std::size_t>(i)][k] |= S[static_cast<std::size_t>(j)][k];
      return next;
    };
    std::vector<std::vector<char>> S(9, std::vector<char>(9));
    for (std::size_t i = 0; i < 9; ++i)
      S[i][i] = 1;
    Index s = 0;
    for (Index t = 1; t <= 200 && s == 0; ++t) {
      S = step(S, layers[static_cast<std::size_t>((t - 1) % 3)]);
      const bool full = std::all_of(S.begin(), S.end(), [](const auto& row) {
        return std::count(row.begin(), row.end(), 1) == 9;
      });
      s = full ? t : 0;
    }
    CHECK(found.s.value_or(0) == s);
    CHECK(found.reach != Verdict::unknown);
  }
}

TEST_CASE("hamiltonian_path: complete search, refutation and rotations agree with all orders",
          "[theory][universality]") {
  int paths = 0;
  int refuted = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Pattern A = sample(erdos_renyi(7, 7, .25), {.key = {seed, 9}}).pattern;
    const bool wanted = has_path(pattern::transpose(A)); // along the edges
    const HamiltonianPath complete = held_karp(A.view());
    CHECK((complete.verdict == Verdict::holds) == wanted);
    if (wanted)
      CHECK(is_hamiltonian(pattern::transpose(A), complete.order));
    paths += wanted ? 1 : 0;
    const bool impossible = !no_path(A.view()).empty();
    refuted += impossible ? 1 : 0;
    CHECK_FALSE((impossible && wanted));
    const HamiltonianPath turned = rotated_path(A.view(), false, 2000, {seed, 1}, nullptr);
    CHECK((turned.verdict != Verdict::holds || wanted));
    if (turned.verdict == Verdict::holds)
      CHECK(is_hamiltonian(pattern::transpose(A), turned.order));
  }
  CHECK(paths > 10); // both happen
  CHECK(refuted > 5);
}

TEST_CASE("hamiltonian_path: rotations find paths of random masks", "[theory][universality]") {
  // n p > log n + log log n + 4; symmetric and directed; seeds 61 and 62.
  const Index n = 300;
  for (const std::uint64_t seed : {61U, 62U}) {
    const Pattern A = sample(erdos_renyi(n, n, 14.0 / 300), {.key = {seed, 1}}).pattern;
    for (const Pattern& P : {A, pattern::symmetrize(A)}) {
      const Universality found = universality({&P, 1});
      CHECK(found.path == Verdict::holds);
      CHECK(found.path_method == "rotations");
      CHECK(is_hamiltonian(P, found.order));
    }
  }
}

TEST_CASE("universality_odds: loops exactly, shares with intervals", "[theory][universality]") {
  const UniversalityOdds odds =
      universality_odds(erdos_renyi(16, 16, .26), 1, 60, {.key = {63, 1}, .threads = 1});
  CHECK(odds.log_loops == Approx(16 * std::log(.26)).epsilon(1e-12));
  CHECK(odds.loops.value == 0);
  CHECK(odds.loops.hi < .15);
  Model forced = erdos_renyi(16, 16, .26);
  forced.loops = true;
  const UniversalityOdds sure = universality_odds(forced, 1, 60, {.key = {63, 1}, .threads = 1});
  CHECK(sure.log_loops == 0);
  CHECK(sure.loops.value == 1);
  CHECK(sure.reach.lo < .67); // 67 % of 400 graphs were strongly connected (sbm.md 4)
  CHECK(sure.reach.hi > .67);
  CHECK_THROWS_WITH(universality_odds(erdos_renyi(4, 5, .5), 1, 1), Contains("square"));
  CHECK_THROWS_WITH(universality_odds(forced, 0, 1), Contains("layers = 0"));
}

TEST_CASE("universality: refusals and empty shapes", "[theory][universality]") {
  const Pattern wide = sample(erdos_renyi(4, 5, .5)).pattern;
  CHECK_THROWS_WITH(universality({&wide, 1}), Contains("4 x 5"));
  CHECK_THROWS_WITH(universality({}), Contains("one pattern"));
  const Pattern square = sample(erdos_renyi(4, 4, .5)).pattern;
  CHECK_THROWS_WITH(universality({&square, 1}, {.complete_below = 30}), Contains("30"));
  const Pattern none;
  CHECK(universality({&none, 1}).holds());
}
