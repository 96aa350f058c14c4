// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/report/walk.hpp"
#include "attnwalk/structure/structure.hpp"

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <queue>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::report;
using diffusion::Semiring;

namespace {

std::filesystem::path trained(const char* name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::filesystem::path(data == nullptr ? "data" : data) / "trained" / name;
}

PropagateResult run(const PropagateInputs& inputs, const diffusion::PropagateOptions& how) {
  return propagate(inputs, prepare(inputs, how), how);
}

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

TEST_CASE("diffuse: a trained head gives (0.9 A)^5 V + ... computed densely in double",
          "[report][diffuse]") {
  DiffuseInputs inputs;
  inputs.in.qk = trained("diffuser.npz");
  inputs.in.layer = 2;
  inputs.in.head = 1;
  const DiffuseResult result = diffuse(inputs, {.alpha = 0.1, .hops = 5});
  const Input in = resolve(inputs.in);
  const Index n = in.pattern.rows();
  const Index width = result.out.Z.shape().width;
  // Z = (0.9 A)^5 V + 0.1 sum_{k<5} (0.9 A)^k V, powers one after another
  std::vector<double> dense(static_cast<std::size_t>(n * n), 0.0);
  const CsrView<double> A = in.view();
  for (Index i = 0; i < n; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      dense[static_cast<std::size_t>(i * n + A.columns[e])] = A.values[e];
  std::vector<double> power(in.v); // (0.9 A)^k V
  std::vector<double> Z(in.v.size(), 0.0);
  for (int k = 0; k < 5; ++k) {
    std::vector<double> next(in.v.size(), 0.0);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        for (Index c = 0; c < width; ++c)
          next[static_cast<std::size_t>(i * width + c)] +=
              0.9 * dense[static_cast<std::size_t>(i * n + j)] *
              power[static_cast<std::size_t>(j * width + c)];
    for (std::size_t e = 0; e < Z.size(); ++e)
      Z[e] += 0.1 * power[e];
    power.swap(next);
  }
  const double tol = 1e-13; // five products of sums of at most 1024 numbers below 3
  double worst = 0;
  for (std::size_t e = 0; e < Z.size(); ++e)
    worst = std::max(worst, std::abs(Z[e] + power[e] - result.out.Z.data()[e]));
  CHECK(worst < tol);
  CHECK(result.values == "stored");
}

TEST_CASE("diffuse: a pattern counts as its walk, weights need --normalize", "[report][diffuse]") {
  DiffuseInputs inputs;
  inputs.in.source = "window:w=2+star:g=1";
  inputs.in.queries = 30;
  inputs.random_v = 3;
  const DiffuseResult result = diffuse(inputs, {.alpha = 0});
  CHECK(result.summary.weights->row_sum_error < 1e-15);
  CHECK_FALSE(result.out.bound);
  CHECK(result.z.largest <= result.v.largest); // means of values
  CHECK(diffuse(inputs, {.alpha = 0}).z.checksum == result.z.checksum);
  inputs.in.seed = 1;
  CHECK(diffuse(inputs, {.alpha = 0}).v.checksum != result.v.checksum);
  inputs.v = "x.npy";
  CHECK_THROWS_WITH(diffuse(inputs, {}), Catch::Contains("two inputs"));
}

TEST_CASE("propagate: lor_land reaches what the structure report counts", "[report][propagate]") {
  for (const char* spec : {"ring:w=1", "exponential", "causal(window:w=2)", "random:d=3"}) {
    PropagateInputs inputs;
    inputs.in.source = spec;
    inputs.in.queries = 60;
    const auto structure =
        pattern::structure(grammar::build(spec, {.queries = 60}).pattern.view(), {.hops = 5});
    REQUIRE(structure.reach_exact);
    std::vector<bool> reached(3600, false); // by walks of 1, 2, .. hops
    for (const auto& reach : structure.reach) {
      const PropagateResult result =
          run(inputs, {.semiring = Semiring::lor_land, .hops = reach.hops});
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

TEST_CASE("propagate: min_plus from tokens is breadth-first search", "[report][propagate]") {
  for (const char* spec : {"exponential", "causal(window:w=3)", "random:d=2", "none"}) {
    const pattern::Pattern P = grammar::build(spec, {.queries = 61}).pattern;
    PropagateInputs inputs;
    inputs.in.source = spec;
    inputs.in.queries = 61;
    inputs.from_tokens = {60, 7};
    const PropagateResult result =
        run(inputs, {.semiring = Semiring::min_plus, .hops = 61, .accumulate = true});
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

TEST_CASE("propagate: --to asks from the other end", "[report][propagate]") {
  PropagateInputs inputs;
  inputs.in.source = "causal(window:w=1)";
  inputs.in.queries = 10;
  inputs.to_tokens = {4};
  const diffusion::PropagateOptions how{.hops = 2};
  const PropagateResult to = run(inputs, how);
  CHECK(to.X.view().entries() == 3); // 4, 5 and 6 walk to 4 in two hops
  CHECK(to.sum == 4);                // one, two and one walks
  inputs.to_tokens.clear();
  inputs.from_tokens = {4};
  const PropagateResult from = run(inputs, how);
  CHECK(from.X.view().degree(2) == 1); // 4 walks to 4, 3 and 2
  CHECK(from.X.view().degree(6) == 0);
}

TEST_CASE("propagate: pairs, theta and rollout by hand", "[report][propagate]") {
  PropagateInputs inputs;
  inputs.in.source = "exponential"; // on 4 tokens: i -> i, i+1, i+2
  inputs.in.queries = 4;
  inputs.pairs = "noloops(full)";
  inputs.theta = {5, 1, 1};
  const PropagateResult sum = run(inputs, {});
  CHECK(sum.X.view().entries() == 12);
  // A^2 on j - i = 1, 2, 3 mod 4 counts 2, 3, 2 walks; A itself 1, 1, 0
  CHECK(sum.min == 2);
  CHECK(sum.max == 4);
  CHECK(sum.sum == 4 * (3 + 4 + 2));

  PropagateInputs layers;
  layers.in.source = "full;none";
  layers.in.queries = 3;
  layers.rollout = true;
  layers.residual = 0.25;
  const PropagateResult product = run(layers, {}); // (I/4 + 0) (I/4 + 3/4 J/3)
  CHECK(product.max == Approx(0.125));
  CHECK(product.min == Approx(0.0625));
}

TEST_CASE("propagate: the forecast is known before the work and can refuse it",
          "[report][propagate]") {
  PropagateInputs inputs;
  inputs.in.source = "full";
  inputs.in.queries = 50;
  const diffusion::PropagateOptions how{.hops = 2, .max_bytes = 1000};
  PropagateWork work = prepare(inputs, how);
  CHECK(work.forecast_bytes >= 16 * 50 * 50);
  CHECK_THROWS_WITH(propagate(inputs, std::move(work), how), Catch::Contains("1000"));
  inputs.to_tokens = {50};
  CHECK_THROWS_WITH(prepare(inputs, {}), Catch::Contains("no token 50"));
}
