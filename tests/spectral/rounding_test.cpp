// SPDX-License-Identifier: Apache-2.0
// Intervals against truth of more digits: what double rounds away has to lie inside, and weights at
// the ends of its range must not change a walk.
#include "attnwalk/core/random.hpp"
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/spectral/gap.hpp"

#include "catch.hpp"
#include "graphs.hpp"
#include "support/graphs.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::spectral;

namespace {

using Real = long double;

/// A full lower triangle of uniform weights.
Csr<double> triangle(Index n, std::uint64_t seed) {
  RandomStream draws({seed, 0}, 0);
  Csr<double> A{n, n, {0}, {}, {}};
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j) {
      A.columns.push_back(j);
      A.values.push_back(draws.unit() + 0.01);
    }
    A.offsets.push_back(static_cast<Index>(A.columns.size()));
  }
  return A;
}

/// Tokens in the opposite order: an upper triangle, which no path takes as causal.
Csr<double> turned(const Csr<double>& A) {
  Csr<double> B{A.rows, A.cols, {0}, {}, {}};
  for (Index i = A.rows; i-- > 0;) {
    for (Index e = A.offsets[static_cast<std::size_t>(i) + 1];
         e-- > A.offsets[static_cast<std::size_t>(i)];) {
      B.columns.push_back(A.cols - 1 - A.columns[static_cast<std::size_t>(e)]);
      B.values.push_back(A.values[static_cast<std::size_t>(e)]);
    }
    B.offsets.push_back(static_cast<Index>(B.columns.size()));
  }
  return B;
}

/// A_ii of the row-normalized triangle, rows from 1, in more digits than double.
std::vector<Real> stays(const Csr<double>& A) {
  std::vector<Real> out;
  for (Index i = 1; i < A.rows; ++i) {
    const Index end = A.offsets[static_cast<std::size_t>(i) + 1];
    Real sum = 0;
    for (Index e = A.offsets[static_cast<std::size_t>(i)]; e < end; ++e)
      sum += A.values[static_cast<std::size_t>(e)];
    out.push_back(A.values[static_cast<std::size_t>(end) - 1] / sum);
  }
  return out;
}

void check_holds(const Gap& g, Real value, Real gap) {
  INFO(g.name << " " << static_cast<double>(value));
  REQUIRE(g.status == Status::certified);
  CHECK(*g.lo <= value);
  CHECK(*g.hi >= value);
  CHECK(*g.gap_lo <= gap);
  CHECK(*g.gap_hi >= gap);
  CHECK((*g.lo <= *g.value && *g.value <= *g.hi));
  CHECK(*g.hi - *g.lo < 1e-13);
}

Csr<double> weighted(Csr<double> W, double factor) {
  for (double& w : W.values)
    w *= factor;
  return W;
}

Csr<double> full(Index n, const std::vector<double>& values) {
  Csr<double> W{n, n, {0}, {}, {values.begin(), values.end()}};
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j)
      W.columns.push_back(j);
    W.offsets.push_back((i + 1) * n);
  }
  return W;
}

} // namespace

TEST_CASE("gap: intervals of triangular walks hold the diagonal in more digits",
          "[spectral][gap]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Csr<double> A = triangle(7, seed);
    const std::vector<Real> diagonal = stays(A);
    const Real largest = *std::max_element(diagonal.begin(), diagonal.end());
    const Real least = *std::min_element(diagonal.begin(), diagonal.end());
    const GapReport causal = gap(A.view());
    CHECK(causal.kind == Kind::causal);
    check_holds(causal.at("slem"), largest, 1 - largest);
    check_holds(causal.at("lambda_2"), largest, 1 - largest);
    check_holds(causal.at("lambda_n"), least, 1 + least);
    const GapReport transient = gap(turned(A).view());
    CHECK(transient.kind == Kind::directed);
    check_holds(transient.at("slem"), largest, 1 - largest);
  }
}

TEST_CASE("gap: the pseudo gap of a de Bruijn walk holds 1/3", "[spectral][gap]") {
  // Nilpotent of index 3 off the top: (1 - 0) / 3, which no double is.
  const Gap g = gap(pattern::debruijn(8, 2).view()).at("pseudo_gap");
  CHECK(*g.lo <= Real{1} / 3);
  CHECK(*g.hi >= Real{1} / 3);
}

TEST_CASE("gap: the scale of symmetric weights changes no gap", "[spectral][gap]") {
  const Csr<double> plain = support::random_weights(9, 0.7, 3);
  const GapReport whole = gap(plain.view());
  for (const double factor : {0x1p-990, 0x1p-600, 0x1p600, 0x1p1000}) {
    const GapReport scaled = gap(weighted(plain, factor).view());
    for (const char* name : {"lambda_2", "lambda_n", "slem", "consensus", "dobrushin"}) {
      INFO(name << " " << factor);
      // Square roots of powers of two are exact for even exponents: the same bits.
      CHECK(scaled.at(name).value == whole.at(name).value);
      CHECK(scaled.at(name).lo == whole.at(name).lo);
      CHECK(scaled.at(name).hi == whole.at(name).hi);
    }
  }
}

TEST_CASE("gap: weights of very different size stay apart", "[spectral][gap]") {
  // Two tokens that keep to themselves, tied by 1e-280: 1 - lambda_2 = 1e-280 (1/1e200 + 1/1e-100)
  // to first order, far below what double can hold beside 1.
  const Csr<double> W = full(2, {1e200, 1e-280, 1e-280, 1e-100});
  const GapReport report = gap(W.view());
  CHECK(*report.at("lambda_2").gap_lo <= 1e-180);
  CHECK(*report.at("lambda_2").gap_hi >= 0.999e-180);
  CHECK(*report.at("lambda_2").value > 0.999);
  const auto bound = [&](const char* name) {
    return *std::find_if(report.bounds.begin(), report.bounds.end(),
                         [&](const Bound& b) { return b.name == name; });
  };
  CHECK(*bound("connectivity_hi").value >= 2e-280 * (1 - 1e-12)); // eigenvalues 0 and 2 w of D - W
  CHECK(*bound("cheeger_hi").value >= 1e-180 * (1 - 1e-12));
  CHECK(!bound("irregular_reference").value);
}

TEST_CASE("gap: cheeger_hi bounds the conductance of complete graphs", "[spectral][gap]") {
  // lambda_2 = -1/(n-1) < 0, where sqrt(1 - lambda_2^2) is no bound. Best cut: half of the tokens.
  for (const Index n : {2, 3, 4, 5, 8}) {
    const GapReport report = gap(support::complete(n).view());
    const double conductance = static_cast<double>(n - n / 2) / static_cast<double>(n - 1);
    for (const Bound& b : report.bounds) {
      if (b.name == "cheeger_hi")
        CHECK(*b.value >= conductance * (1 - 1e-15));
      if (b.name == "cheeger_lo")
        CHECK(*b.value <= conductance);
    }
  }
}

TEST_CASE("gap: a cut far lighter than the rest is summed, not subtracted", "[spectral][gap]") {
  // Two triangles tied by one edge of 1e-20; taking light edges off a running sum would leave 0.
  Csr<double> W = full(6, std::vector<double>(36, 0.0));
  const auto put = [&](Index i, Index j, double w) {
    W.values[static_cast<std::size_t>(i * 6 + j)] = W.values[static_cast<std::size_t>(j * 6 + i)] =
        w;
  };
  for (const Index first : {0, 3})
    for (Index i = first; i < first + 3; ++i)
      for (Index j = i + 1; j < first + 3; ++j)
        put(i, j, 1);
  put(2, 3, 1e-20);
  const GapReport report = gap(W.view());
  REQUIRE(report.sweep);
  CHECK(report.sweep->size == 3);
  CHECK(report.sweep->conductance >= 1e-20 / 6 * (1 - 1e-15));
}

TEST_CASE("gap: Kemeny's constant is refused where eigenvalues next to 1 are not told apart",
          "[spectral][gap]") {
  // Three tokens tied by 1e-18: two gaps near 1e-18, of which the dense path knows one.
  const double w = 1e-18;
  const GapReport report = gap(full(3, {1, w, w, w, 1, w, w, w, 1}).view());
  for (const Bound& b : report.bounds)
    if (b.name == "kemeny") {
      CHECK(!b.value);
      CHECK(b.reason.starts_with("at least"));
    }
}

TEST_CASE("gap: expected hops out of a class that is all but closed", "[spectral][gap]") {
  // 1 -> 2 for all but e = 1e-20, 2 -> 1: h_1 = (2 - e) / e, h_2 = 1 + h_1. Token 0 absorbs.
  const double e = 1e-20;
  const GapReport report = gap(full(3, {1, 0, 0, e, 0, 1, 0, 1, 0}).view());
  for (const Bound& b : report.bounds) {
    if (b.name == "absorption_max")
      CHECK(std::abs(*b.value * e / 2 - 1) < 1e-12);
    if (b.name == "absorption_mean")
      CHECK(std::abs(*b.value * e * 3 / 4 - 1) < 1e-12);
  }
}

TEST_CASE("gap: a probability below the normal numbers is refused, not taken as 0",
          "[spectral][gap]") {
  // One closed class of three tokens; the ratio 1e-400 is no double.
  const GapReport report =
      gap(full(4, {0, 1, 0, 0, 1e-200, 0, 1e200, 0, 1, 0, 0, 0, 1, 1, 1, 1}).view());
  CHECK(report.structure.closed_classes.size() == 1);
  CHECK(report.structure.transient == 1);
  for (const char* name :
       {"lambda_2", "sigma_2", "additive", "chatterjee", "k_step", "pseudo_gap"}) {
    CHECK(report.at(name).status == Status::refused);
    CHECK(report.at(name).reason.find("below the normal numbers") != std::string::npos);
  }
  CHECK(report.stationary.pi.empty());
}

TEST_CASE("gap: a walk that is reversible to 12 digits has intervals of that width",
          "[spectral][gap]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    RandomStream draws({seed, 1}, 0);
    // Symmetric weights, rows scaled, then cut to 12 digits as a text file would.
    std::vector<double> w(9);
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = i; j < 3; ++j)
        w[3 * i + j] = w[3 * j + i] = draws.unit() + 0.05;
    for (std::size_t i = 0; i < 3; ++i) {
      const double scale = draws.unit() + 0.1;
      for (std::size_t j = 0; j < 3; ++j)
        w[3 * i + j] = std::round(w[3 * i + j] * scale * 1e12) / 1e12;
    }
    const GapReport report = gap(full(3, w).view());
    if (!report.at("lambda_2").value)
      continue;
    std::vector<Real> a(w.begin(), w.end());
    for (std::size_t i = 0; i < 3; ++i) {
      const Real sum = a[3 * i] + a[3 * i + 1] + a[3 * i + 2];
      for (std::size_t j = 0; j < 3; ++j)
        a[3 * i + j] /= sum;
    }
    // The other two eigenvalues: their sum is the trace less 1, their product the determinant.
    const Real half = (a[0] + a[4] + a[8] - 1) / 2;
    const Real product = a[0] * (a[4] * a[8] - a[5] * a[7]) - a[1] * (a[3] * a[8] - a[5] * a[6]) +
                         a[2] * (a[3] * a[7] - a[4] * a[6]);
    const Real root = std::sqrt(half * half - product);
    INFO(seed);
    CHECK(*report.at("lambda_2").lo <= half + root);
    CHECK(*report.at("lambda_2").hi >= half + root);
    CHECK(*report.at("lambda_n").lo <= half - root);
    CHECK(*report.at("lambda_n").hi >= half - root);
  }
}
