// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/structure/structure.hpp"
#include "attnwalk/workflow/propagate.hpp"

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <queue>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::workflow;
using diffusion::Semiring;

namespace {

/// Hops from one token along edges, -1 where there is no path.
std::vector<int> breadth_first(const pattern::Pattern& P, Index source) {
  std::vector<int> hops(static_cast<std::size_t>(P.rows()), -1);
  std::queue<Index> open;
  hops[static_cast<std::size_t>(source)] = 0;
  for (open.push(source); !open.empty(); open.pop())
    for (const Index j : P.row(open.front()))
      if (hops[static_cast<std::size_t>(j)] < 0) {
        hops[static_cast<std::size_t>(j)] = hops[static_cast<std::size_t>(open.front())] + 1;
        open.push(j);
      }
  return hops;
}

} // namespace

TEST_CASE("propagate: lor_land reaches what the structure report counts", "[workflow][propagate]") {
  for (const char* spec : {"ring:w=1", "exponential", "causal(window:w=2)", "random:d=3"}) {
    PropagateInputs inputs;
    inputs.input.source = spec;
    inputs.input.queries = 60;
    const auto structure =
        pattern::structure(grammar::build(spec, {.queries = 60}).pattern.view(), {.hops = 5});
    REQUIRE(structure.reach_exact);
    std::vector<bool> reached(3600, false); // by walks of 1, 2, .. hops
    for (const auto& reach : structure.reach) {
      const PropagateResult result =
          propagate(inputs, {.semiring = Semiring::lor_land, .hops = reach.hops});
      const CsrView<double> X = result.X.view();
      for (Index i = 0; i < 60; ++i)
        for (const Index j : X.row(i))
          reached[static_cast<std::size_t>(i * 60 + j)] = true;
      CAPTURE(spec, reach.hops);
      CHECK(reach.fraction * 60 * 60 ==
            Approx(std::count(reached.begin(), reached.end(), true)).epsilon(1e-12));
    }
  }
}

TEST_CASE("propagate: min_plus from tokens is breadth-first search", "[workflow][propagate]") {
  for (const char* spec : {"exponential", "causal(window:w=3)", "random:d=2", "none"}) {
    const pattern::Pattern P = grammar::build(spec, {.queries = 61}).pattern;
    PropagateInputs inputs;
    inputs.input.source = spec;
    inputs.input.queries = 61;
    inputs.from_tokens = {60, 7};
    const PropagateResult result =
        propagate(inputs, {.semiring = Semiring::min_plus, .hops = 61, .accumulate = true});
    const CsrView<double> X = result.X.view();
    std::vector<std::vector<int>> found(2, std::vector<int>(61, -1));
    for (Index i = 0; i < X.rows; ++i)
      for (Index e = X.offsets[i]; e < X.offsets[i + 1]; ++e)
        found[static_cast<std::size_t>(X.columns[e])][static_cast<std::size_t>(i)] =
            static_cast<int>(X.value(e));
    CAPTURE(spec);
    CHECK(found[0] == breadth_first(P, 60));
    CHECK(found[1] == breadth_first(P, 7));
  }
}

TEST_CASE("propagate: to_tokens asks from the other end", "[workflow][propagate]") {
  PropagateInputs inputs;
  inputs.input.source = "causal(window:w=1)";
  inputs.input.queries = 10;
  inputs.to_tokens = {4};
  const diffusion::PropagateOptions how{.hops = 2};
  const PropagateResult to = propagate(inputs, how);
  CHECK(to.X.view().entries() == 3); // 4, 5 and 6 walk to 4 in two hops
  CHECK(to.sum == 4);                // one, two and one walks
  inputs.to_tokens.clear();
  inputs.from_tokens = {4};
  const PropagateResult from = propagate(inputs, how);
  CHECK(from.X.view().degree(2) == 1); // 4 walks to 4, 3 and 2
  CHECK(from.X.view().degree(6) == 0);
}

TEST_CASE("propagate: pairs, theta and rollout by hand", "[workflow][propagate]") {
  PropagateInputs inputs;
  inputs.input.source = "exponential"; // on 4 tokens: i -> i, i+1, i+2
  inputs.input.queries = 4;
  inputs.pairs = "noloops(full)";
  inputs.theta = {5, 1, 1};
  const PropagateResult sum = propagate(inputs, {});
  CHECK(sum.X.view().entries() == 12);
  // A^2 on j - i = 1, 2, 3 mod 4 counts 2, 3, 2 walks; A itself 1, 1, 0
  CHECK(sum.min == 2);
  CHECK(sum.max == 4);
  CHECK(sum.sum == 4 * (3 + 4 + 2));

  PropagateInputs layers;
  layers.input.source = "full;none";
  layers.input.queries = 3;
  layers.rollout = true;
  layers.residual = 0.25;
  const PropagateResult product = propagate(layers, {}); // (I/4 + 0) (I/4 + 3/4 J/3)
  CHECK(product.max == Approx(0.125));
  CHECK(product.min == Approx(0.0625));
}

TEST_CASE("propagate: the forecast is known before the work and can refuse it",
          "[workflow][propagate]") {
  PropagateInputs inputs;
  inputs.input.source = "full";
  inputs.input.queries = 50;
  const diffusion::PropagateOptions how{.hops = 2, .max_bytes = 1000};
  double forecast = 0;
  const auto note = [&](double bytes) { forecast = bytes; };
  CHECK_THROWS_WITH(propagate(inputs, how, note), Catch::Contains("1000"));
  CHECK(forecast >= 16 * 50 * 50);
  inputs.to_tokens = {50};
  CHECK_THROWS_WITH(propagate(inputs, {}), Catch::Contains("no token 50"));
}

TEST_CASE("propagate: options that are ignored or contradict each other are refused in the words "
          "of the options",
          "[workflow][propagate]") {
  PropagateInputs inputs;
  inputs.input.source = "full";
  inputs.input.queries = 5;
  inputs.layers = {0};
  CHECK_THROWS_WITH(propagate(inputs, {}), "`layers` belongs to `rollout`");
  inputs.layers.clear();
  CHECK_THROWS_WITH(propagate(inputs, {.cost = diffusion::Cost::neglog}),
                    "`cost` belongs to `semiring=min_plus`");
  inputs.theta = {1, 1};
  inputs.rollout = true;
  CHECK_THROWS_WITH(propagate(inputs, {}), "`theta` and `rollout` are two results; choose one");
  for (const FieldRule& rule : rules(PropagateInputs{}, {}))
    CHECK_FALSE(rule.set); // nothing differs from its default
}

TEST_CASE("propagate: what a file says of itself tells different results apart",
          "[workflow][propagate]") {
  InputOptions in;
  in.source = "window:w=2";
  in.queries = 9;
  const auto said = [](const PropagateInputs& inputs, const diffusion::PropagateOptions& how) {
    return propagate(inputs, how).certificate().spec;
  };
  const double third = 1.0 / 3;
  const std::vector<std::string> all{
      said({.input = in}, {}),
      said({.input = in}, {.hops = 2}),
      said({.input = in}, {.hops = 2, .accumulate = true}),
      said({.input = in, .normalize = true}, {}),
      said({.input = in, .from_tokens = {0, 5}}, {}),
      said({.input = in, .from_tokens = {0, 6}}, {}),
      said({.input = in, .to_tokens = {0, 5}}, {}),
      said({.input = in, .pairs = "ring:w=1"}, {}),
      said({.input = in, .pairs = "ring:w=2"}, {}),
      said({.input = in, .pairs = "ring:w=2"}, {.restricted = true}),
      said({.input = in, .pairs = "full", .theta = {third}}, {}),
      said({.input = in, .pairs = "full", .theta = {std::nextafter(third, 1)}}, {}),
      said({.input = in}, {.semiring = Semiring::min_plus}),
      said({.input = in}, {.semiring = Semiring::min_plus, .cost = diffusion::Cost::weight})};
  std::vector<std::string> sorted = all;
  std::sort(sorted.begin(), sorted.end());
  CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
  CHECK(all[5] == "window:w=2: plus_times, exactly 1 hop, from 0,6");
}
