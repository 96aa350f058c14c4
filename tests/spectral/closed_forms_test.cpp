// SPDX-License-Identifier: Apache-2.0
// Closed forms that no solver is needed for: conductances by trying all cuts, products of walks
// that are exactly uniform (docs/spectral.md), and Dobrushin's coefficient where pairs are sampled.
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/spectral/coefficients.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/walk.hpp"

#include "catch.hpp"
#include "chains.hpp"
#include "graphs.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>

using namespace attnwalk;
using namespace attnwalk::spectral;
using test::bound;

namespace {

constexpr double rounding = 1e-12;

/// Conductance of a weighted graph by trying all cuts, vertex n-1 always outside. n <= 16.
double conductance(const CsrView<double>& W) {
  std::vector<double> degree(static_cast<std::size_t>(W.rows), 0.0);
  double volume = 0;
  for (Index i = 0; i < W.rows; ++i)
    for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e) {
      degree[static_cast<std::size_t>(i)] += W.value(e);
      volume += W.value(e);
    }
  double best = 1;
  for (Index set = 1; set < (Index{1} << (W.rows - 1)); ++set) {
    double inside = 0, cut = 0;
    for (Index i = 0; i < W.rows; ++i) {
      if ((set >> i & 1) == 0)
        continue;
      inside += degree[static_cast<std::size_t>(i)];
      for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e)
        cut += (set >> W.columns[e] & 1) == 0 ? W.value(e) : 0;
    }
    best = std::min(best, cut / std::min(inside, volume - inside));
  }
  return best;
}

/// A x, by rows.
std::vector<double> times(const CsrView<double>& A, const std::vector<double>& x) {
  std::vector<double> y(x.size(), 0.0);
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      y[static_cast<std::size_t>(i)] += A.value(e) * x[static_cast<std::size_t>(A.columns[e])];
  return y;
}

} // namespace

TEST_CASE("gap: conductances of cycles and ring bands in closed form, by all cuts (oracles 1, 3)",
          "[spectral][undirected][oracle]") {
  const auto check = [](const Csr<double>& W, double phi) {
    INFO(W.rows << " tokens, " << W.view().entries() << " entries");
    CHECK(conductance(W.view()) == Approx(phi).epsilon(rounding));
    const GapReport r = gap(W.view());
    CHECK(*bound(r, "cheeger_lo").value <= phi * (1 + rounding));
    CHECK(*bound(r, "cheeger_hi").value >= phi * (1 - rounding));
    CHECK(r.sweep->conductance >= phi * (1 - rounding));
  };
  for (const Index n : {5, 8, 13})
    check(support::cycle(n), 1 / static_cast<double>(n / 2));
  for (const Index w : {1, 2, 3, 4})
    for (const Index n : {8, 11, 14}) {
      if (n < 2 * w + 2)
        continue;
      check(support::ring_band(n, w, true),
            static_cast<double>(w * (w + 1)) / static_cast<double>((2 * w + 1) * (n / 2)));
    }
}

TEST_CASE("gap: a row pass and a column pass of a grid are uniform attention",
          "[spectral][oracle]") {
  const Index s = 8, n = s * s;
  const auto row = test::walk_of(n, [=](Index i, Index j) { return i / s == j / s ? 1.0 : 0.0; });
  const auto column =
      test::walk_of(n, [=](Index i, Index j) { return i % s == j % s ? 1.0 : 0.0; });
  for (Index j = 0; j < n; ++j) {
    std::vector<double> x(static_cast<std::size_t>(n), 0.0);
    x[static_cast<std::size_t>(j)] = 1;
    for (const double value : times(row.view(), times(column.view(), x)))
      CHECK(value == 1.0 / static_cast<double>(n)); // powers of 2: exact
  }
}

TEST_CASE("gap: m hops of de Bruijn's walk are exactly uniform, m - 1 have norm 1",
          "[spectral][oracle]") {
  struct Case {
    Index b, m;
  };
  for (const auto& [b, m] : {Case{2, 6}, Case{2, 10}, Case{4, 4}, Case{4, 5}, Case{32, 2}}) {
    INFO("b " << b << ", m " << m);
    Index n = 1;
    for (Index k = 0; k < m; ++k)
      n *= b;
    const Csr<double> A = sparse::row_normalized(
        grammar::build(message("debruijn:b=", b), {.queries = n}).pattern.view());
    const double uniform = 1 / static_cast<double>(n);
    double error = 0;
    for (const Index j : {Index{0}, Index{1}, n / 2 + 1, n - 1}) {
      std::vector<double> x(static_cast<std::size_t>(n), 0.0);
      x[static_cast<std::size_t>(j)] = 1;
      for (Index k = 0; k < m; ++k)
        x = times(A.view(), x);
      for (const double value : x)
        error = std::max(error, std::abs(value - uniform));
    }
    CHECK(error == 0); // every weight is a power of 2
    // Row i of A^{m-1} is uniform on the keys whose first digit is the last of i, so it keeps the
    // norm of a vector that differs between the first two digits, and is orthogonal to 1.
    std::vector<double> x(static_cast<std::size_t>(n), 0.0);
    for (Index j = 0; j < n / b; ++j) {
      x[static_cast<std::size_t>(j)] = 1;
      x[static_cast<std::size_t>(j + n / b)] = -1;
    }
    double before = 0, after = 0;
    for (const double value : x)
      before += value * value;
    for (Index k = 0; k + 1 < m; ++k)
      x = times(A.view(), x);
    for (const double value : x)
      after += value * value;
    CHECK(after == before);
  }
}

TEST_CASE("dobrushin: sampled pairs fill the lower end alone", "[spectral][gap]") {
  // 65536 tokens of which one is global: all pairs would take 4e10 steps. Nearly all pairs share
  // the global key alone, with 1/18 each; the global row itself shares 18 / n with any other.
  const Index n = 65536;
  const auto A = sparse::row_normalized(
      grammar::build("window:w=8+global:g=1", {.queries = n}).pattern.view());
  const Gap tau = dobrushin(A.view(), {.key = {3, 0}});
  CHECK(tau.status == Status::estimate);
  CHECK_FALSE(tau.value);
  CHECK_FALSE(tau.hi);
  CHECK_FALSE(tau.gap);
  CHECK(*tau.lo >= 1 - 1.0 / 18 - rounding);
  CHECK(*tau.lo <= 1 - 10.0 / static_cast<double>(n) + rounding);
  CHECK(*tau.gap_hi == Approx(1 - *tau.lo).epsilon(rounding));
  CHECK_FALSE(tau.reason.empty());
}
