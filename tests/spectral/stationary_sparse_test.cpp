// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/stationary.hpp"

#include "catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::spectral;

namespace {

/// Each of n random points of a long strip attends its eight nearest with weights between 1/10 and
/// 1, itself among them: slow, directed, and cheap to eliminate. A step to the next point by number
/// along the strip keeps it in one piece.
Csr<double> neighbors(Index n, std::uint64_t seed) {
  RandomStream draws({seed, 1});
  std::vector<std::array<double, 2>> point(n);
  for (auto& [x, y] : point) {
    x = 20 * draws.unit();
    y = draws.unit();
  }
  std::sort(point.begin(), point.end());
  Csr<double> W;
  W.rows = W.cols = n;
  for (Index i = 0; i < n; ++i) {
    std::vector<std::pair<double, Index>> near;
    for (Index j = 0; j < n; ++j)
      near.emplace_back(std::hypot(point[i][0] - point[j][0], point[i][1] - point[j][1]), j);
    std::sort(near.begin(), near.end());
    std::vector<Index> keys{(i + 1) % n};
    for (int k = 0; k < 8; ++k)
      keys.push_back(near[k].second);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const Index j : keys) {
      W.columns.push_back(j);
      W.values.push_back(.1 + .9 * draws.unit());
    }
    W.offsets.push_back(std::ssize(W.columns));
  }
  return sparse::row_normalized(W);
}

} // namespace

TEST_CASE("stationary_sparse: every digit of dense elimination, in another order",
          "[spectral][stationary]") {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Csr<double> A = neighbors(300, seed);
    const std::vector<double> dense = stationary_gth(A);
    const auto sparse = stationary_sparse(A, 1e9);
    REQUIRE(sparse);
    for (std::size_t i = 0; i < dense.size(); ++i)
      CHECK((*sparse)[i] == Approx(dense[i]).epsilon(1e-12)); // n eps = 7e-14, relative
  }
  // A drift along 200 tokens: pi falls to 1e-60 and keeps its digits.
  const Index n = 200;
  Csr<double> drift;
  drift.rows = drift.cols = n;
  for (Index i = 0; i < n; ++i) {
    for (const auto& [j, w] : {std::pair(i - 1, 2.0), std::pair(i + 1, 1.0)})
      if (j >= 0 && j < n) {
        drift.columns.push_back(j);
        drift.values.push_back(w);
      }
    drift.offsets.push_back(std::ssize(drift.columns));
  }
  const Csr<double> A = sparse::row_normalized(drift);
  const auto pi = stationary_sparse(A, 1e9);
  REQUIRE(pi);
  for (Index i = 1; i + 2 < n; ++i) // detailed balance: pi_i / 3 = 2 pi_{i+1} / 3
    CHECK((*pi)[i + 1] / (*pi)[i] == Approx(.5).epsilon(1e-13));
}

TEST_CASE("stationary_sparse: nothing where the fill costs too much", "[spectral][stationary]") {
  CHECK_FALSE(stationary_sparse(neighbors(300, 1), 1000));
}

TEST_CASE("gap: a slow directed walk above 2048 tokens has pi to every digit",
          "[spectral][stationary]") {
  const Csr<double> A = neighbors(2100, 4);
  const Stationary s = stationary(A, nullptr, {.dense_below = 0});
  CHECK(s.method == "gth");
  CHECK(s.residual < 1e-14);
  const GapReport small = gap(neighbors(400, 5), {.dense_below = 0});
  const GapReport truth = gap(neighbors(400, 5));
  for (const char* name : {"sigma_2", "additive"}) {
    CAPTURE(name);
    const Gap& found = small.at(name);
    const Gap& known = truth.at(name);
    REQUIRE(found.gap_lo);
    CHECK(*found.gap_lo <= *known.gap_hi);
    CHECK(*found.gap_hi >= *known.gap_lo);
  }
}
