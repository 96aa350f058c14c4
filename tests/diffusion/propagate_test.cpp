// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/diffusion/propagate.hpp"
#include "attnwalk/structure/structure.hpp"

#include "diffusion/cases.hpp"
#include "support/specs.hpp"

#include <algorithm>
#include <queue>

using namespace attnwalk;
using diffusion::Cost;
using diffusion::multihop_weights;
using diffusion::propagate;
using diffusion::Semiring;
using Eigen::MatrixXd;
using support::csr_of;
using support::dense_of;
using support::Grid;
using support::grid_of;
using support::largest;

namespace {

Csr<double> identity(Index n) {
  Grid I(static_cast<std::size_t>(n), std::vector<double>(static_cast<std::size_t>(n), 0.0));
  for (std::size_t i = 0; i < I.size(); ++i)
    I[i][i] = 1;
  return csr_of(I);
}

// Number of hops from i to j by breadth-first search; -1 out of reach.
std::vector<std::vector<Index>> distances(const CsrView<double>& A) {
  std::vector<std::vector<Index>> all;
  for (Index s = 0; s < A.rows; ++s) {
    std::vector<Index> d(static_cast<std::size_t>(A.rows), -1);
    std::queue<Index> queue;
    d[static_cast<std::size_t>(s)] = 0;
    queue.push(s);
    for (; !queue.empty(); queue.pop())
      for (const Index j : A.row(queue.front()))
        if (d[static_cast<std::size_t>(j)] < 0) {
          d[static_cast<std::size_t>(j)] = d[static_cast<std::size_t>(queue.front())] + 1;
          queue.push(j);
        }
    all.push_back(d);
  }
  return all;
}

const Csr<double>& ring() {
  static const Csr<double> A = [] {
    const auto P = support::pattern_where(
        24, 24, [](Index i, Index j) { return j == (i + 1) % 24 || j == (i + 5) % 24; });
    Csr<double> out;
    const CsrView<double> view = P.view();
    out.rows = out.cols = 24;
    out.offsets.assign(view.offsets, view.offsets + 25);
    out.columns.assign(view.columns, view.columns + view.entries());
    return out;
  }();
  return A;
}

} // namespace

TEST_CASE("propagate: plus_times on unit weights counts walks", "[diffusion][propagate]") {
  const Index hops = GENERATE(0, 1, 4);
  const auto out = propagate(ring().view(), identity(24).view(), {.hops = hops});
  CHECK(largest(dense_of(out.X.view()) - support::power(dense_of(ring().view()), hops)) == 0);
}

TEST_CASE("propagate: min_plus within n hops gives breadth-first distances",
          "[diffusion][propagate]") {
  Csr<double> start = identity(24); // cost 0 to itself: stored zeros
  start.values.assign(24, 0.0);
  const auto out = propagate(ring().view(), start.view(),
                             {.semiring = Semiring::min_plus, .hops = 24, .accumulate = true});
  const auto wanted = distances(ring().view());
  const CsrView<double> X = out.X.view();
  CHECK(X.entries() == 24 * 24);
  for (Index i = 0; i < 24; ++i)
    for (Index e = X.offsets[i]; e < X.offsets[i + 1]; ++e)
      CHECK(X.values[e] ==
            static_cast<double>(
                wanted[static_cast<std::size_t>(i)][static_cast<std::size_t>(X.columns[e])]));
}

TEST_CASE("propagate: lor_land within k hops reaches what breadth-first search reaches",
          "[diffusion][propagate]") {
  const Index hops = GENERATE(1, 2, 3);
  const auto out = propagate(ring().view(), identity(24).view(),
                             {.semiring = Semiring::lor_land, .hops = hops, .accumulate = true});
  Index wanted = 0;
  for (const auto& row : distances(ring().view()))
    wanted += std::ranges::count_if(row, [&](Index d) { return d >= 0 && d <= hops; });
  CHECK(out.X.view().entries() == wanted);
}

TEST_CASE(
    "propagate: lor_land reaches the pairs that the structure report counts, on every generator",
    "[diffusion][propagate]") {
  for (const std::string& spec : support::specs()) {
    const auto P = support::built(spec, spec.starts_with("paley") ? 37 : 64);
    if (!P)
      continue;
    const pattern::Structure s = pattern::structure(P->view(), {.hops = 4});
    REQUIRE(s.reach_exact);
    const auto n = static_cast<double>(P->rows());
    for (std::size_t hops = 1; hops <= s.reach.size(); ++hops) {
      INFO(spec << ", hops " << hops);
      // From the pattern itself: walks of 1 to `hops` steps, as the report counts them.
      const auto out = propagate(P->view(), P->view(),
                                 {.semiring = Semiring::lor_land,
                                  .hops = static_cast<Index>(hops) - 1,
                                  .accumulate = true});
      CHECK(static_cast<double>(out.X.view().entries()) / (n * n) ==
            Approx(s.reach[hops - 1].fraction).epsilon(1e-15));
    }
  }
}

TEST_CASE("propagate: max_times, max_min, neglog and plus_pair equal their definitions",
          "[diffusion][propagate]") {
  const Csr<double> A = support::random_walk(11, 1);
  const MatrixXd P = dense_of(A.view());
  const auto two = [&](Semiring semiring, Cost cost = Cost::hop) {
    return dense_of(
        propagate(A.view(), A.view(), {.semiring = semiring, .hops = 1, .cost = cost}).X.view());
  };
  MatrixXd best = MatrixXd::Zero(11, 11), flow = best, common = best;
  for (Index i = 0; i < 11; ++i)
    for (Index j = 0; j < 11; ++j)
      for (Index k = 0; k < 11; ++k)
        if (P(i, k) > 0 && P(k, j) > 0) {
          best(i, j) = std::max(best(i, j), P(i, k) * P(k, j));
          flow(i, j) = std::max(flow(i, j), std::min(P(i, k), P(k, j)));
          common(i, j) += 1;
        }
  CHECK(largest(two(Semiring::max_times) - best) <= 1e-15);
  CHECK(largest(two(Semiring::max_min) - flow) == 0);
  CHECK(largest(two(Semiring::plus_pair) - common) == 0);
  // The most probable walk is the shortest under -log weights.
  Csr<double> start = identity(11);
  start.values.assign(11, 0.0);
  const MatrixXd cost =
      dense_of(propagate(A.view(), start.view(),
                         {.semiring = Semiring::min_plus, .hops = 2, .cost = Cost::neglog})
                   .X.view());
  for (Index i = 0; i < 11; ++i)
    for (Index j = 0; j < 11; ++j)
      if (best(i, j) > 0)
        CHECK(std::abs(std::exp(-cost(i, j)) - best(i, j)) <= 1e-14);
}

TEST_CASE("propagate: a mask restricts the result, or every hop", "[diffusion][propagate]") {
  const auto M = support::pattern_where(24, 24, [](Index i, Index j) { return (i + j) % 3 != 0; });
  const MatrixXd A = dense_of(ring().view());
  const MatrixXd mask = dense_of(M.view());
  const auto run = [&](bool restricted) {
    return dense_of(
        propagate(ring().view(), ring().view(), {.hops = 2, .mask = &M, .restricted = restricted})
            .X.view());
  };
  CHECK(largest(run(false) - (A * A * A).cwiseProduct(mask)) == 0);
  CHECK(largest(run(true) - (A * (A * A).cwiseProduct(mask)).cwiseProduct(mask)) == 0);
}

TEST_CASE("multihop_weights: the entries of sum theta_k A^k on the mask",
          "[diffusion][propagate]") {
  const std::vector<double> theta{0.1, 0.2, 0.3, 0.25, 0.15};
  const Csr<double> A = support::random_walk(15, 2);
  const MatrixXd P = dense_of(A.view());
  const auto M =
      support::pattern_where(15, 15, [](Index i, Index j) { return (i * j) % 4 == 1 || i == j; });
  const auto on_mask = [&](std::size_t terms, bool restricted) {
    const pattern::Weights C =
        multihop_weights(A.view(), M, std::span(theta).first(terms), {.restricted = restricted});
    CHECK(C.pattern() == M);
    return dense_of(C.view());
  };
  const MatrixXd mask = dense_of(M.view());
  for (std::size_t terms = 1; terms <= theta.size(); ++terms) {
    MatrixXd free = MatrixXd::Zero(15, 15), kept = free;
    MatrixXd walk = MatrixXd::Identity(15, 15);
    for (std::size_t k = 0; k < terms; ++k) {
      free += theta[k] * support::power(P, static_cast<Index>(k));
      if (k == 1)
        walk = P.cwiseProduct(mask);
      if (k > 1)
        walk = (walk * P).cwiseProduct(mask).eval();
      kept += theta[k] * walk;
    }
    CHECK(largest(on_mask(terms, false) - free.cwiseProduct(mask)) <= 1e-14);
    CHECK(largest(on_mask(terms, true) - kept.cwiseProduct(mask)) <= 1e-14);
  }
}

TEST_CASE("rollout: the product of residual layers, last first", "[diffusion][propagate]") {
  const Csr<double> A = support::random_walk(9, 3), B = support::random_walk(9, 4);
  const std::vector<CsrView<double>> layers{A.view(), B.view()};
  const MatrixXd I = MatrixXd::Identity(9, 9);
  const MatrixXd wanted =
      (0.3 * I + 0.7 * dense_of(B.view())) * (0.3 * I + 0.7 * dense_of(A.view()));
  CHECK(largest(dense_of(diffusion::rollout(layers, 0.3).view()) - wanted) <= 1e-15);
}

TEST_CASE("propagate: no tokens and one token are sizes like any other", "[diffusion][propagate]") {
  for (const Index n : {0, 1}) {
    const Csr<double> I = identity(n);
    const auto M = support::pattern_where(n, n, [](Index, Index) { return true; });
    const std::vector<CsrView<double>> layers{I.view(), I.view()};
    CHECK(diffusion::rollout(layers).view().entries() == n);
    CHECK(multihop_weights(I.view(), M, std::vector<double>{.5, .25, .25}).view().entries() == n);
    for (const Semiring semiring : {Semiring::plus_times, Semiring::lor_land, Semiring::min_plus,
                                    Semiring::plus_pair, Semiring::max_min, Semiring::max_times})
      CHECK(propagate(I.view(), I.view(), {.semiring = semiring, .hops = 2, .accumulate = true})
                .X.view()
                .entries() == n);
  }
}

TEST_CASE("propagate: refuses before anything grows", "[diffusion][propagate]") {
  const Csr<double> I = identity(24);
  CHECK_THROWS_WITH(propagate(ring().view(), I.view(), {.hops = -1}),
                    "hops = -1 must be 0 or more");
  CHECK_THROWS_WITH(propagate(ring().view(), identity(5).view()),
                    "A has 24 columns and X 5 rows; they must agree");
  CHECK_THROWS_WITH(propagate(ring().view(), I.view(), {.hops = 3, .max_bytes = 100}),
                    Catch::Contains("bytes where 100 are allowed"));
  CHECK_THROWS_WITH(propagate(ring().view(), I.view(), {.restricted = true}),
                    "restricted needs a mask to stay on");
  CHECK_THROWS_AS(parse_name<diffusion::Semiring>("semiring", "times_plus"), Error);
  const Csr<double> three = identity(3);
  const auto M = support::pattern_where(3, 3, [](Index, Index) { return true; });
  for (const support::Broken& broken : support::broken_matrices()) {
    const CsrView<double> A = broken.matrix.view();
    CHECK_THROWS_WITH(propagate(A, three.view()), Catch::Contains(broken.words));
    CHECK_THROWS_WITH(propagate(three.view(), A), Catch::Contains(broken.words));
    CHECK_THROWS_WITH(multihop_weights(A, M, std::vector<double>{1, 1}),
                      Catch::Contains(broken.words));
    CHECK_THROWS_WITH(diffusion::rollout(std::vector<CsrView<double>>{A, A}),
                      Catch::Contains(broken.words));
  }
  Csr<double> nan = three;
  nan.values[1] = std::nan("");
  CHECK_THROWS_WITH(propagate(nan.view(), three.view()),
                    "entry 1 of A is nan; it must be a number");
  // The forecast is an upper bound, and exact where no two paths meet.
  CHECK(diffusion::forecast_bytes(ring().view(), I.view()) == 16.0 * 48 + 8 * 25);
}
