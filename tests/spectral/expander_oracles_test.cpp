// SPDX-License-Identifier: Apache-2.0
// Explicit and random expanders against their published eigenvalues (docs/spectral.md).
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/erdos.hpp"
#include "attnwalk/generators/grids.hpp"
#include "attnwalk/generators/regular.hpp"
#include "attnwalk/spectral/undirected.hpp"

#include "catch.hpp"
#include "chains.hpp"
#include "graphs.hpp"

#include <cmath>

using namespace attnwalk;
using namespace attnwalk::spectral;
using test::bound;

namespace {

constexpr double exact = 1e-10;
constexpr Index iterative = 0; ///< dense_below that forces Lanczos

/// The ends of the spectrum without the rest of a report.
GapReport ends_of(const CsrView<double>& W, const GapOptions& how = {}) {
  return gap_undirected(W, pattern::structure(W, {.hops = 1, .exact_below = 0, .sources = 1}), how);
}

double second_of(const CsrView<double>& W, const GapOptions& how = {}) {
  return *ends_of(W, how).at("lambda_2").value;
}

} // namespace

TEST_CASE("gap: LPS X^{5,13} is Ramanujan (oracle 32)", "[spectral][undirected][oracle]") {
  const GapReport r = ends_of(pattern::lps(5, 13).view());
  CHECK(6 * *r.at("lambda_2").value == Approx(4.249720849061).margin(5.01e-13 + 1e-11));
  CHECK(*r.at("lambda_n").value == -1);
  CHECK(*bound(r, "ramanujan").value == 1);
  CHECK(*r.at("lambda_2").value >= *bound(r, "alon_boppana").value);
}

TEST_CASE("gap: Margulis-Gabber-Galil with counts and as a support (oracle 34)",
          "[spectral][undirected][oracle]") {
  struct Row {
    Index m;
    double second, last;
  };
  for (const auto& [m, second, last] :
       {Row{5, 5.3253848924272, -4.6173917724980}, Row{16, 6.0543158410269, -5.8716387621754}}) {
    const auto W = support::margulis(m);
    for (const Index below : {Index{2048}, iterative}) {
      const GapReport r = ends_of(W.view(), {.dense_below = below});
      CHECK(8 * *r.at("lambda_2").value == Approx(second).epsilon(exact));
      CHECK(8 * *r.at("lambda_n").value == Approx(last).epsilon(exact));
      CHECK(8 * *r.at("lambda_2").hi <= 5 * std::sqrt(2.0));
    }
  }
  CHECK(second_of(pattern::margulis(25).view()) == Approx(.6377).margin(5.01e-5));
  CHECK(second_of(pattern::axial(64, 8).view()) == Approx(7.0 / 15).epsilon(exact)); // .4667
}

TEST_CASE("gap: the chordal cycle modulo 101 (oracle 35)", "[spectral][undirected][oracle]") {
  for (const Index below : {Index{2048}, iterative}) {
    const GapReport r = ends_of(support::chordal(101).view(), {.dense_below = below});
    CHECK(3 * *r.at("lambda_2").value == Approx(2.868154717489).margin(5.01e-13 + 1e-12));
    CHECK(3 * *r.at("lambda_n").value == Approx(-2.892084439459).margin(5.01e-13 + 1e-12));
  }
}

TEST_CASE("gap: random regular graphs, mean over draws (oracle 36)",
          "[spectral][undirected][oracle]") {
  struct Row {
    Index n, d;
    double mean, sd;
  };
  constexpr int draws = 6;
  for (const auto& [n, d, mean, sd] :
       {Row{500, 3, 2.8164, .0084}, Row{500, 8, 5.2135, .050}, Row{1000, 4, 3.4493, .0089}}) {
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= draws; ++seed) {
      const auto P = pattern::regular(n, d, {.key = {seed, 36}});
      const GapReport r = ends_of(P.view(), {.dense_below = iterative, .key = {seed, 0}});
      sum += static_cast<double>(d) * *r.at("lambda_2").value / draws;
    }
    // The published mean has its own error; five standard errors of ours leave room for both.
    CHECK(sum == Approx(mean).margin(5 * sd / std::sqrt(static_cast<double>(draws))));
  }
}

TEST_CASE("gap: G(1000, .05) ends at 2 sqrt((1-p)/np) (oracle 37)",
          "[spectral][undirected][oracle]") {
  const GapReport r =
      ends_of(pattern::erdos(1000, .05, {.key = {0, 3}}).view(), {.dense_below = iterative});
  CHECK(*r.at("lambda_2").value == Approx(.27568).epsilon(.05));
  CHECK(*r.at("lambda_n").value == Approx(-.27568).epsilon(.05));
  CHECK(*r.at("lambda_2").value == Approx(.269).epsilon(.05));
}
