// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/random.hpp"
#include "attnwalk/sparse/symmetry.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cmath>

using namespace attnwalk;
using namespace attnwalk::pattern;
using namespace attnwalk::sparse;
using attnwalk::support::csr_of;
using attnwalk::support::Grid;

namespace {

/// Two quotients of sums of n terms, through logarithms below 8.
double tolerance(Index n) {
  return 4 * static_cast<double>(n + 8) * 0x1p-52;
}

/// Rows of softmax(s); s_ij = s_ji if tied. Also sum_j exp(s_ij).
struct Softmax {
  Grid A;
  std::vector<double> sums;
};
Softmax softmax(Index n, bool tied, double sharpness, std::uint64_t substream) {
  const auto size = static_cast<std::size_t>(n);
  Softmax out{Grid(size, std::vector<double>(size)), std::vector<double>(size, 0.0)};
  RandomStream draw({31, 0}, substream);
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = 0; j < size; ++j)
      out.A[i][j] = tied && j < i ? out.A[j][i] : std::exp(sharpness * (2 * draw.unit() - 1));
  for (std::size_t i = 0; i < size; ++i)
    for (const double weight : out.A[i])
      out.sums[i] += weight;
  for (std::size_t i = 0; i < size; ++i)
    for (double& weight : out.A[i])
      weight /= out.sums[i];
  return out;
}

} // namespace

TEST_CASE("reversible_measure: softmax of symmetric scores has pi_i ~ sum_j exp(s_ij)",
          "[sparse][symmetry]") {
  const Index n = GENERATE(as<Index>{}, 1, 2, 7, 64);
  const auto [A, sums] = softmax(n, true, 3, 1);
  const ReversibleMeasure found = reversible_measure(csr_of(A).view());
  CHECK(found.trees == 1);
  CHECK(found.defect <= tolerance(n));
  const double top = *std::max_element(sums.begin(), sums.end());
  for (std::size_t i = 0; i < sums.size(); ++i)
    CHECK(std::abs(found.pi[i] - sums[i] / top) <= tolerance(n));
  // Rounding of ratios alone is no reason to give up.
  CHECK(reversible_measure(csr_of(A).view(), tolerance(n)).trees == 1);
}

TEST_CASE("reversible_measure: untied scores have the defect of a measure that fits one tree",
          "[sparse][symmetry]") {
  const Grid A = softmax(25, false, 1, 2).A;
  const ReversibleMeasure found = reversible_measure(csr_of(A).view());
  CHECK(found.defect > 1e-3);
  double difference = 0;
  double total = 0;
  for (std::size_t i = 0; i < A.size(); ++i)
    for (std::size_t j = 0; j < A.size(); ++j) {
      const double forth = found.pi[i] * A[i][j];
      difference += std::pow(forth - found.pi[j] * A[j][i], 2);
      total += forth * forth;
    }
  CHECK(found.defect == Approx(std::sqrt(difference / total)).epsilon(tolerance(625)));
  const ReversibleMeasure none = reversible_measure(csr_of(A).view(), 1e-3);
  CHECK(none.trees == 0);
  CHECK(none.pi.empty());
  CHECK(std::isinf(none.defect));
}

TEST_CASE("reversible_measure: each component has its own scale", "[sparse][symmetry]") {
  const Grid two{{.5, .5, 0, 0}, {.25, .75, 0, 0}, {0, 0, .1, .9}, {0, 0, .9, .1}};
  const ReversibleMeasure found = reversible_measure(csr_of(two).view());
  CHECK(found.trees == 2);
  CHECK(found.defect == 0);
  CHECK(found.pi == std::vector<double>{.5, 1, 1, 1});
  CHECK(reversible_measure(CsrView<double>{}).trees == 0);
}

TEST_CASE("reversible_measure: an edge without a reverse is an infinite defect",
          "[sparse][symmetry]") {
  const Grid one_way{{.5, .5, 0}, {.25, .5, .25}, {0, 0, 1}};
  const ReversibleMeasure found = reversible_measure(csr_of(one_way).view());
  CHECK(found.trees == 2);
  CHECK(std::isinf(found.defect));
  CHECK(found.pi == std::vector<double>{.5, 1, 1});
  CHECK(reversible_measure(csr_of(one_way).view(), 0.5).pi.empty());
  // An entry of 0 is no edge.
  Csr<double> stored = csr_of({{.5, .5, 0}, {.25, .5, .25}, {0, .5, .5}});
  stored.values[4] = stored.values[5] = 0;
  CHECK(reversible_measure(stored.view()).defect == 0);
}

TEST_CASE("reversible_measure: a path whose ratios leave the range of double",
          "[sparse][symmetry]") {
  // pi_{i+1} / pi_i = 1e10 over 60 steps: the largest is 1, the smallest 1e-590 underflows to 0.
  Grid A(61, std::vector<double>(61, 0));
  for (std::size_t i = 0; i < 60; ++i) {
    A[i][i + 1] = 1;
    A[i + 1][i] = 1e-10;
  }
  const ReversibleMeasure found = reversible_measure(csr_of(A).view());
  CHECK(found.pi[60] == 1);
  CHECK(found.pi[59] == Approx(1e-10).epsilon(1e-12));
  CHECK(found.pi[0] == 0);
  CHECK(found.defect <= 1e-12); // 60 logarithms of size 1380, each to 2e-16
}

TEST_CASE("reversible_measure: single precision is read as stored", "[sparse][symmetry]") {
  const Csr<double> A = csr_of({{.5, .5}, {.25, .75}});
  Csr<float> B{A.rows, A.cols, A.offsets, A.columns, {}};
  B.values.assign(A.values.begin(), A.values.end());
  CHECK(reversible_measure(B.view()).pi == reversible_measure(A.view()).pi);
}

TEST_CASE("equals_transpose: values are compared exactly, and every entry needs its mirror",
          "[sparse][symmetry]") {
  Csr<double> A = csr_of({{1, 2, 0}, {2, 0, 3}, {0, 3, 4}});
  CHECK(equals_transpose(A.view()));
  A.values[1] = std::nextafter(2.0, 3.0);
  CHECK_FALSE(equals_transpose(A.view()));
  CHECK_FALSE(equals_transpose(csr_of({{1, 2, 0}, {0, 0, 3}, {1, 0, 4}}).view()));
  CHECK_FALSE(equals_transpose(csr_of({{1, 1, 0}, {1, 1, 0}}).view()));
  CHECK(equals_transpose(CsrView<double>{}));
}
