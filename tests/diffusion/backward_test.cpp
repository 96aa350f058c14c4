// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/diffusion/diffuse.hpp"

#include "diffusion/cases.hpp"

#include <algorithm>

using namespace attnwalk;
using diffusion::diffuse;
using diffusion::diffuse_backward;
using diffusion::DiffuseOptions;
using diffusion::Memory;
using diffusion::Method;

TEST_CASE("diffuse_backward: equals central differences in V and A", "[diffusion][backward]") {
  const Method method = GENERATE(Method::diffuser, Method::truncated);
  const Index hops = GENERATE(0, 1, 2, 5);
  const Memory memory = GENERATE(Memory::store, Memory::recompute);
  Csr<double> A = support::random_walk(9, 1);
  Dense<double> V = support::random_values(9, 3, 1);
  const Dense<double> G = support::random_values(9, 3, 2);
  // A perturbed entry breaks the row sums, which the differences need.
  const DiffuseOptions how{.method = method, .alpha = 0.2, .hops = hops, .assumed_valid = true};
  const auto forward = diffuse<double>(A.view(), V.view(), how);
  const auto g = diffuse_backward<double>(A.view(), V.view(), forward, G.view(), memory);
  // The loss is a polynomial of degree <= 5 in an entry: step^2, eps / step.
  const double tol = 1e-8;
  const auto slope = [&](double& x) {
    return support::slope(
        x, [&] { return support::loss(diffuse<double>(A.view(), V.view(), how).Z, G); }, 1e-5);
  };
  for (Index x = 0; x < V.shape().size(); ++x)
    CHECK(std::abs(slope(V.data()[x]) - g.dV.data()[x]) <= tol);
  for (std::size_t e = 0; e < A.values.size(); ++e)
    CHECK(std::abs(slope(A.values[e]) - g.dA[e]) <= tol);
}

TEST_CASE("diffuse_backward: storing and recomputing give the same bits", "[diffusion][backward]") {
  const Csr<double> A = support::random_walk(50, 2);
  const Dense<double> V = support::random_values(50, 8, 3);
  const Dense<double> G = support::random_values(50, 8, 4);
  const auto forward = diffuse<double>(A.view(), V.view(), {.hops = 11});
  const diffusion::Diffusion<double> solver(A.view(), 8, {.backward = true}); // one plan for both
  const auto stored = solver.backward(V.view(), forward, G.view(), Memory::store);
  const auto again = solver.backward(V.view(), forward, G.view(), Memory::recompute);
  CHECK(stored.dA == again.dA);
  for (Index x = 0; x < V.shape().size(); ++x)
    CHECK(stored.dV.data()[x] == again.dV.data()[x]);
}

TEST_CASE("diffuse_backward: a causal mask keeps gradients from later rows exactly zero",
          "[diffusion][backward]") {
  support::Grid C(10, std::vector<double>(10, 0.0));
  for (std::size_t i = 0; i < 10; ++i)
    for (std::size_t j = 0; j <= i; ++j)
      C[i][j] = 1.0 / static_cast<double>(i + 1);
  Dense<double> G(10, 1);
  G(4, 0) = 1; // a loss on row 4 alone
  const Csr<double> A = support::csr_of(C);
  for (const Method method : {Method::diffuser, Method::truncated})
    for (const Index hops : {0, 1, 2, 3, 5, 8})
      for (const Memory memory : {Memory::store, Memory::recompute}) {
        const Dense<double> V = support::random_values(10, 1, 5);
        const auto forward = diffuse<double>(A.view(), V.view(), {.method = method, .hops = hops});
        const auto g = diffuse_backward<double>(A.view(), V.view(), forward, G.view(), memory);
        for (Index i = 5; i < 10; ++i)
          CHECK(g.dV(i, 0) == 0);
        CHECK(g.dV(4, 0) > 0);
        for (Index e = A.view().offsets[5]; e < A.view().entries(); ++e)
          CHECK(g.dA[static_cast<std::size_t>(e)] == 0); // rows 5 and later
      }
}

TEST_CASE("diffuse_backward: refuses what has no backward pass", "[diffusion][backward]") {
  const Csr<double> A = support::random_walk(4, 3);
  const Dense<double> V = support::random_values(4, 2, 6);
  const auto with = [&](const DiffuseOptions& how) {
    const auto forward = diffuse<double>(A.view(), V.view(), how);
    return diffuse_backward<double>(A.view(), V.view(), forward, V.view());
  };
  CHECK_THROWS_WITH(with({.method = Method::heat}),
                    "method heat has no backward pass; use diffuser or truncated");
  CHECK_THROWS_AS(with({.tolerance = 1e-3}), Error);
  const Dense<double> G = support::random_values(4, 3, 6);
  const auto forward = diffuse<double>(A.view(), V.view());
  CHECK_THROWS_AS(diffuse_backward<double>(A.view(), V.view(), forward, G.view()), Error);
  const diffusion::Diffusion<double> forward_only(A.view(), 2);
  CHECK_THROWS_WITH(forward_only.backward(V.view(), forward, V.view()),
                    "the plan was built without its transpose");
}

TEST_CASE("Diffusion: one solver gives the bits of one-off calls, call after call", "[diffusion]") {
  const Csr<double> A = support::random_walk(60, 4);
  const diffusion::Diffusion<double> solver(A.view(), 8);
  for (const Method method : {Method::diffuser, Method::heat, Method::exact})
    for (const std::uint64_t seed : {7, 8}) {
      const Dense<double> V = support::random_values(60, 8, seed);
      const auto kept = solver.forward(V.view(), {.method = method});
      const auto once = diffuse<double>(A.view(), V.view(), {.method = method});
      CHECK(std::equal(kept.Z.data(), kept.Z.data() + kept.Z.shape().size(), once.Z.data()));
    }
}
