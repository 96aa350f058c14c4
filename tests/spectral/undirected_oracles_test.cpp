// SPDX-License-Identifier: Apache-2.0
// Closed forms of undirected walks (docs/spectral.md): whole spectra by formula, then the digits
// that tables print. Every graph goes through the dense and through the iterative solver.
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/grids.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/resistance.hpp"

#include "catch.hpp"
#include "chains.hpp"
#include "graphs.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

using namespace attnwalk;
using namespace attnwalk::spectral;
using test::bound;

namespace {

constexpr double pi = std::numbers::pi;
constexpr double exact = 1e-10;    ///< relative, of closed forms
constexpr double rounding = 1e-12; ///< absolute, of an eigenvalue: n eps and a little
constexpr Index iterative = 0;     ///< dense_below that forces Lanczos (n > 48)

using Values = std::vector<double>;

struct Oracle {
  std::string name;
  Csr<double> graph;
  Values spectrum; ///< descending, from 1
};

Values sorted(Values values) {
  std::sort(values.begin(), values.end(), std::greater<>());
  return values;
}

Values waves(Index n, const std::function<double(double)>& at) {
  Values out;
  for (Index k = 0; k < n; ++k)
    out.push_back(at(2 * pi * static_cast<double>(k) / static_cast<double>(n)));
  return sorted(out);
}

/// 1 + 2 sum_{j<=w} cos(j t), the Dirichlet kernel, term by term.
double dirichlet(Index w, double t) {
  double sum = 1;
  for (Index j = 1; j <= w; ++j)
    sum += 2 * std::cos(static_cast<double>(j) * t);
  return sum;
}

Values with_multiplicities(const std::vector<std::pair<double, Index>>& parts) {
  Values out;
  for (const auto& [value, times] : parts)
    out.insert(out.end(), static_cast<std::size_t>(times), value);
  return sorted(out);
}

Oracle cycle(Index n) {
  return {"cycle " + std::to_string(n), support::cycle(n),
          waves(n, [](double t) { return std::cos(t); })};
}

Oracle path(Index n) {
  Values values;
  for (Index k = 0; k < n; ++k)
    values.push_back(std::cos(pi * static_cast<double>(k) / static_cast<double>(n - 1)));
  return {"path " + std::to_string(n), support::path(n), values};
}

Oracle ring(Index n, Index w, bool loops) {
  const auto W = static_cast<double>(w);
  return {"ring band " + std::to_string(n) + ", " + std::to_string(w),
          support::ring_band(n, w, loops), waves(n, [=](double t) {
            return loops ? dirichlet(w, t) / (2 * W + 1) : (dirichlet(w, t) - 1) / (2 * W);
          })};
}

Oracle blocks_on_ring(Index chunks, Index h) {
  Values values = waves(chunks, [](double t) { return dirichlet(1, t) / 3; });
  values.insert(values.end(), static_cast<std::size_t>(chunks * (h - 1)), 0.0);
  return {"blocks on a ring " + std::to_string(chunks), support::chunk_band(chunks, h, true),
          sorted(values)};
}

Oracle hypercube(Index m) {
  Values values;
  for (Index i = 0; i < (Index{1} << m); ++i) {
    Index ones = 0;
    for (Index bits = i; bits > 0; bits /= 2)
      ones += bits % 2;
    values.push_back(1 - 2 * static_cast<double>(ones) / static_cast<double>(m));
  }
  return {"hypercube " + std::to_string(m), support::hypercube(m), sorted(values)};
}

Oracle torus(Index a, Index b) {
  Values values;
  for (Index x = 0; x < a; ++x)
    for (Index y = 0; y < b; ++y)
      values.push_back((std::cos(2 * pi * static_cast<double>(x) / static_cast<double>(a)) +
                        std::cos(2 * pi * static_cast<double>(y) / static_cast<double>(b))) /
                       2);
  return {"torus", support::torus(a, b), sorted(values)};
}

Oracle paley(Index q) {
  const auto Q = static_cast<double>(q);
  return {"Paley " + std::to_string(q), support::paley(q),
          with_multiplicities({{1, 1},
                               {(std::sqrt(Q) - 1) / (Q - 1), (q - 1) / 2},
                               {(-std::sqrt(Q) - 1) / (Q - 1), (q - 1) / 2}})};
}

/// n ring tokens and g global ones.
Oracle ring_and_global(Index n, Index w, Index g) {
  const auto N = static_cast<double>(n), G = static_cast<double>(g);
  const double degree = static_cast<double>(2 * w + 1) + G;
  Values values = waves(n, [=](double t) { return dirichlet(w, t) / degree; });
  values.front() = 1; // the constant wave mixes with the globals
  values.push_back(G / (N + G) - G / degree);
  values.insert(values.end(), static_cast<std::size_t>(g - 1), 0.0);
  return {"ring and global", support::ring_and_global(n, w, g), sorted(values)};
}

Oracle block_model(Index k, Index size, double p, double q) {
  const double second = (p - q) / (p + static_cast<double>(k - 1) * q);
  return {"blocks", support::block_model(k, size, p, q),
          with_multiplicities({{1, 1}, {second, k - 1}, {0, k * size - k}})};
}

std::vector<Oracle> oracles() {
  std::vector<Oracle> all;
  for (const Index n : {3, 12, 101})
    all.push_back(cycle(n));
  for (const Index n : {2, 10, 50, 64})
    all.push_back(path(n));
  for (const bool loops : {true, false}) {
    all.push_back(ring(64, 3, loops));
    all.push_back(ring(65, 2, loops));
    all.push_back(ring(200, 16, loops));
  }
  all.push_back(blocks_on_ring(9, 8));
  for (const Index n : {2, 8, 64}) {
    all.push_back({"complete", support::complete(n),
                   with_multiplicities({{1, 1}, {-1 / static_cast<double>(n - 1), n - 1}})});
    all.push_back({"uniform", support::uniform(n), with_multiplicities({{1, 1}, {0, n - 1}})});
  }
  for (const Index leaves : {5, 64}) {
    const auto n = static_cast<double>(leaves + 1);
    all.push_back({"star", support::star(leaves, false),
                   with_multiplicities({{1, 1}, {0, leaves - 1}, {-1, 1}})});
    all.push_back({"star with loops", support::star(leaves, true),
                   with_multiplicities({{1, 1}, {.5, leaves - 1}, {1 / n - .5, 1}})});
  }
  all.push_back({"complete bipartite", support::complete_bipartite(20, 35),
                 with_multiplicities({{1, 1}, {0, 53}, {-1, 1}})});
  all.push_back(hypercube(4));
  all.push_back(hypercube(7));
  all.push_back(torus(8, 8));
  all.push_back(torus(5, 11));
  all.push_back(paley(13));
  all.push_back(paley(101));
  all.push_back({"Petersen", support::petersen(),
                 with_multiplicities({{1, 1}, {1.0 / 3, 5}, {-2.0 / 3, 4}})});
  all.push_back(
      {"cocktail party", support::cocktail(6), with_multiplicities({{1, 1}, {0, 6}, {-.2, 5}})});
  all.push_back({"cocktail party", support::cocktail(30),
                 with_multiplicities({{1, 1}, {0, 30}, {-2.0 / 58, 29}})});
  all.push_back({"rook", support::rook(8), with_multiplicities({{1, 1}, {.5, 14}, {0, 49}})});
  all.push_back(ring_and_global(64, 2, 1));
  all.push_back(ring_and_global(64, 2, 3));
  all.push_back(block_model(2, 30, .3, .1));
  all.push_back(block_model(4, 15, .5, .05));
  return all;
}

/// The interval holds the truth, and the value and its gap are near it.
void require_end(const Gap& g, double truth, double gap, double slack) {
  INFO(g.name << " by " << g.method << ", " << g.reason);
  REQUIRE(g.value);
  REQUIRE(g.lo);
  REQUIRE(g.hi);
  CHECK(*g.value == Approx(truth).epsilon(exact).margin(slack));
  CHECK(*g.gap == Approx(gap).epsilon(exact).margin(slack));
  CHECK(*g.lo <= truth + rounding);
  CHECK(*g.hi >= truth - rounding);
  CHECK(*g.gap_lo <= gap + rounding);
  CHECK(*g.gap_hi >= gap - rounding);
  CHECK((g.status == Status::certified || g.status == Status::probable));
}

void require_ends(const GapReport& r, const Values& spectrum, double slack) {
  const double second = spectrum[1], last = spectrum.back();
  const double slem = std::max(second, -last);
  require_end(r.at("lambda_2"), second, 1 - second, slack);
  require_end(r.at("lambda_n"), last, 1 + last, slack);
  require_end(r.at("slem"), slem, 1 - slem, slack);
  require_end(r.at("sigma_2"), slem, 1 - slem, slack);
  require_end(r.at("additive"), second, 1 - second, slack);
  CHECK(*r.at("chatterjee").value == Approx(1 - second).epsilon(exact).margin(slack));
  CHECK(*r.at("pseudo_gap").value == Approx(1 - slem * slem).epsilon(exact).margin(slack));
}

double last_of(const Csr<double>& graph) {
  return *gap(graph.view()).at("lambda_n").value;
}

double second_of(const CsrView<double>& graph, const GapOptions& how = {}) {
  return *gap(graph, how).at("lambda_2").value;
}

} // namespace

TEST_CASE("gap: whole spectra, Kemeny's constant and multiplicities have their closed forms",
          "[spectral][undirected][oracle]") {
  for (const Oracle& oracle : oracles()) {
    INFO(oracle.name << " of " << oracle.graph.rows);
    const GapReport r = gap(oracle.graph.view(), {.kind = Kind::undirected});
    require_ends(r, oracle.spectrum, rounding);
    REQUIRE(r.spectrum.points.size() == oracle.spectrum.size());
    double worst = 0, kemeny = 0;
    for (std::size_t i = 0; i < oracle.spectrum.size(); ++i) {
      worst = std::max(worst, std::abs(r.spectrum.points[i].real - oracle.spectrum[i]));
      kemeny += i > 0 ? 1 / (1 - oracle.spectrum[i]) : 0;
    }
    CHECK(worst <= rounding);
    CHECK(*bound(r, "kemeny").value == Approx(kemeny).epsilon(exact));
    const auto times =
        std::count_if(oracle.spectrum.begin() + 1, oracle.spectrum.end(),
                      [&](double value) { return std::abs(value - oracle.spectrum[1]) < 1e-9; });
    CHECK(r.multiplicity_at_least == times);
  }
}

TEST_CASE("gap: Lanczos and its certificates meet the same closed forms",
          "[spectral][undirected][oracle]") {
  for (const Oracle& oracle : oracles()) {
    if (oracle.graph.rows <= 48)
      continue;
    INFO(oracle.name << " of " << oracle.graph.rows);
    const GapReport r =
        gap(oracle.graph.view(), {.kind = Kind::undirected, .dense_below = iterative});
    require_ends(r, oracle.spectrum, rounding);
    CHECK(r.at("lambda_2").method.find("dense") == std::string::npos);
    const auto times =
        std::count_if(oracle.spectrum.begin() + 1, oracle.spectrum.end(),
                      [&](double value) { return std::abs(value - oracle.spectrum[1]) < 1e-9; });
    CHECK(r.multiplicity_at_least <= times);
    CHECK(r.multiplicity_at_least >= std::min<Index>(2, times));
  }
}

TEST_CASE("gap: a dilated ring falls apart into gcd(n, stride) rings",
          "[spectral][undirected][oracle]") {
  const auto whole = gap(pattern::ring(60, 2, {.stride = 7}).view());
  CHECK(*whole.at("lambda_2").value == Approx(.9890677984408316).epsilon(exact));
  for (const Index below : {Index{2048}, iterative}) {
    const auto apart = gap(pattern::ring(60, 2, {.stride = 6}).view(), {.dense_below = below});
    CHECK(apart.structure.components == 6);
    CHECK(apart.multiplicity_at_least == 6);
    CHECK(*apart.at("lambda_2").gap == 0);
    CHECK(apart.at("lambda_2").status == Status::certified);
    CHECK(*bound(apart, "cheeger_hi").value == 0);
    CHECK_FALSE(bound(apart, "kemeny").value);
  }
}

TEST_CASE("gap: tabulated digits of lambda_2 and lambda_n", "[spectral][undirected][oracle]") {
  using support::ring_band;
  CHECK(second_of(support::cycle(101).view()) == Approx(.9980655971335943).epsilon(exact));
  CHECK(*gap(support::cycle(101).view()).at("lambda_2").gap ==
        Approx(.001934402866405652).epsilon(exact));
  CHECK(last_of(support::cycle(101)) == Approx(-.9995162822919881).epsilon(exact));
  CHECK(second_of(support::cycle(12).view()) == Approx(.8660254037844386).epsilon(exact));
  CHECK(second_of(support::path(10).view()) == Approx(.9396926207859084).epsilon(exact));
  CHECK(second_of(support::path(50).view()) == Approx(.9979453927503363).epsilon(exact));
  CHECK(second_of(ring_band(64, 3, true).view()) == Approx(.9808315265164675).epsilon(exact));
  CHECK(last_of(ring_band(64, 3, true)) == Approx(-.2326272538316628).epsilon(exact));
  CHECK(second_of(ring_band(1024, 16, true).view()) == Approx(.9982940929134036).epsilon(exact));
  CHECK(last_of(ring_band(1024, 16, true)) == Approx(-.2177304431625716).epsilon(exact));
  CHECK(second_of(ring_band(64, 3, false).view()) == Approx(.9776367809358787).epsilon(exact));
  CHECK(last_of(ring_band(64, 3, false)) == Approx(-.4380651294702733).epsilon(exact));
  CHECK(second_of(support::complete(64).view()) == Approx(-.01587301587301587).epsilon(exact));
  CHECK(last_of(support::star(64, true)) == Approx(-.4846153846153846).epsilon(exact));
  CHECK(second_of(pattern::torus(8, 8).view()) == Approx(.8535533905932738).epsilon(exact));
  CHECK(second_of(support::paley(13).view()) == Approx(.2171292729553324).epsilon(exact));
  CHECK(last_of(support::paley(13)) == Approx(-.3837959396219991).epsilon(exact));
  CHECK(second_of(support::block_model(4, 10, .5, .05).view()) ==
        Approx(.6923076923076923).epsilon(exact));
}

TEST_CASE("gap: bands and blocks on a line, where there is no closed form",
          "[spectral][undirected][oracle]") {
  const auto gap_of = [](const pattern::Pattern& P, const GapOptions& how = {}) {
    return *gap(P.view(), how).at("lambda_2").gap;
  };
  for (const Index below : {Index{2048}, iterative}) {
    CHECK(gap_of(pattern::window(200, 3), {.dense_below = below}) ==
          Approx(5.019745856968e-4).epsilon(exact));
    CHECK(gap_of(pattern::window(800, 10), {.dense_below = below}) ==
          Approx(2.864370068182e-4).epsilon(exact));
    // m chunks whatever their size; half the last digit shown.
    CHECK(gap_of(pattern::block_window(16 * 8, 16), {.dense_below = below}) ==
          Approx(1 - .9860579431713).margin(5e-14 + rounding));
    CHECK(gap_of(pattern::block_window(128 * 4, 8), {.dense_below = below}) ==
          Approx(1 - .9997971046278).margin(5e-14 + rounding));
  }
  // The laws (pi^2/6) w (w+1)/n^2 and (pi^2/3)/m^2, whose next terms are O(w/n) and O(1/m).
  CHECK(gap_of(pattern::window(2000, 10), {.dense_below = iterative}) ==
        Approx(pi * pi / 6 * 110 / 4e6).epsilon(.02));
  CHECK(gap_of(pattern::block_window(512, 4)) == Approx(pi * pi / 3 / 65536).epsilon(.02));
  // On a ring.
  CHECK(second_of(support::chunk_band(32, 32, true).view()) ==
        Approx(.987190186935487).epsilon(exact));
}

TEST_CASE("gap: a window with global tokens (spectral.md 3.7)", "[spectral][undirected][oracle]") {
  const GapReport small = gap(support::ring_and_global(64, 2, 1).view());
  CHECK(*small.at("lambda_2").value == Approx(.8253233356918091).epsilon(exact));
  CHECK(*small.at("lambda_n").value == Approx(-.2072514298523359).epsilon(exact));
  CHECK(small.stationary.pi.back() == Approx(.144766146993).margin(5e-13));
  CHECK(small.stationary.tv_uniform == Approx(.129381531609).margin(5e-13));
  const GapReport large = gap(support::ring_and_global(1000, 8, 4).view());
  CHECK(*large.at("lambda_2").value == Approx(.8091403591442405).epsilon(exact));
  CHECK(large.stationary.tv_uniform == Approx(.156553192411).margin(5e-13));
  // Global positions among the n tokens are another graph.
  const GapReport inside = gap(support::pattern_where(64, 64, [](Index i, Index j) {
                                 const Index apart = std::min((i - j + 64) % 64, (j - i + 64) % 64);
                                 return i == 0 || j == 0 || apart <= 2;
                               }).view());
  CHECK(*inside.at("lambda_2").value == Approx(.8260461350984982).epsilon(exact));
}

TEST_CASE("gap: Kemeny's constants and resistances by hand", "[spectral][undirected][oracle]") {
  const auto kemeny = [](const Csr<double>& W) { return *bound(gap(W.view()), "kemeny").value; };
  CHECK(kemeny(support::cycle(101)) == Approx(1700).epsilon(exact));
  CHECK(kemeny(support::cycle(12)) == Approx(143.0 / 6).epsilon(exact));
  CHECK(kemeny(support::complete(64)) == Approx(62.015625).epsilon(exact));
  CHECK(kemeny(support::complete(8)) == Approx(6.125).epsilon(exact));
  CHECK(kemeny(support::uniform(64)) == Approx(63).epsilon(exact));
  CHECK(kemeny(support::star(64, false)) == Approx(63.5).epsilon(exact));
  CHECK(kemeny(support::hypercube(4)) == Approx(17.1666666666667).epsilon(exact));
  CHECK(kemeny(support::petersen()) == Approx(9.9).epsilon(exact));

  const auto between = [](const Csr<double>& W, Index i, Index j) {
    const Terminals pair{i, j};
    const double by_factor = effective_resistance(W.view(), {&pair, 1}).value.front();
    const double by_gradients = effective_resistance(W.view(), {&pair, 1}, {.flops = 0}).value[0];
    CHECK(by_gradients == Approx(by_factor).epsilon(1e-9));
    return by_factor;
  };
  CHECK(between(support::cycle(101), 3, 53) == Approx(25.24752475247525).epsilon(exact));
  CHECK(between(support::cycle(101), 0, 100) == Approx(100.0 / 101).epsilon(exact));
  CHECK(between(support::complete(64), 5, 60) == Approx(2.0 / 64).epsilon(exact));
  CHECK(between(support::path(50), 4, 44) == Approx(40).epsilon(exact));
  CHECK(between(support::hypercube(4), 0, 8) == Approx(15.0 / 32).epsilon(exact));
  CHECK(between(support::petersen(), 0, 1) == Approx(.6).epsilon(exact));
  CHECK(between(support::petersen(), 0, 2) == Approx(.8).epsilon(exact));
  CHECK(between(support::star(9, true), 1, 2) == Approx(2).epsilon(exact));
}

TEST_CASE("gap: known conductances lie between Cheeger's ends", "[spectral][undirected][oracle]") {
  const auto holds = [](const Csr<double>& W, double phi) {
    const GapReport r = gap(W.view());
    CHECK(*bound(r, "cheeger_lo").value <= phi * (1 + rounding));
    CHECK(*bound(r, "cheeger_hi").value >= phi * (1 - rounding));
    CHECK(r.sweep->conductance >= phi * (1 - rounding));
    CHECK(r.sweep->conductance <= std::sqrt(2 * r.sweep->rayleigh) * (1 + rounding));
  };
  holds(support::cycle(101), 1.0 / 50);
  holds(support::ring_band(64, 3, true), 12.0 / (7 * 32));
  holds(support::ring_band(13, 2, true), 6.0 / (5 * 6));
  holds(support::hypercube(4), 1.0 / 4);
  holds(support::hypercube(3), 1.0 / 3);
  holds(support::petersen(), 1.0 / 3);
  // Two halves of a barbell: one edge of the volume of a side.
  holds(support::barbell(6), 1.0 / 31);
  // The second eigenvalue of D - W: paths and stars in closed form.
  const auto connectivity = [](const Csr<double>& W, double a) {
    const GapReport r = gap(W.view());
    CHECK(*bound(r, "connectivity_lo").value <= a * (1 + rounding));
    CHECK(*bound(r, "connectivity_hi").value >= a * (1 - rounding));
  };
  connectivity(support::path(10), .09788696740969286);
  connectivity(support::path(50), .003946543143456876);
  connectivity(support::star(64, false), 1);
}
