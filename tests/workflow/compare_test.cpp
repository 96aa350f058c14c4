// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/summary.hpp"

#include "catch.hpp"

#include <cmath>

using namespace attnwalk;
using namespace attnwalk::workflow;

namespace {

const double tol = 4 * 2.3e-16; // a handful of roundings of numbers near 1

// Rows: {0: .5, 1: .5}, {}, {2: 1}
Csr<double> small() {
  return {3, 3, {0, 2, 2, 3}, {0, 1, 2}, {.5, .5, 1}};
}
// Rows: {1: 3}, {0: 1}, {2: 2}
Csr<double> other() {
  return {3, 3, {0, 1, 2, 3}, {1, 0, 2}, {3, 1, 2}};
}

} // namespace

TEST_CASE("summarize: sizes, degrees and loops by hand", "[workflow][summary]") {
  const auto A = small();
  const Summary s = summarize(A.view());
  CHECK(s.entries == 3);
  CHECK(s.density == Approx(1.0 / 3).epsilon(tol));
  CHECK(s.row_degree.min == 0);
  CHECK(s.row_degree.max == 2);
  CHECK(s.row_degree.sd == Approx(std::sqrt(2.0 / 3)).epsilon(tol));
  CHECK(s.empty_rows == 1);
  CHECK(s.loops == 2);
  REQUIRE(s.weights);
  CHECK(s.weights->min == .5);
  CHECK(s.weights->max == 1);
  CHECK(s.weights->row_sum_error == 0);
  CHECK(s.weights->entropy == Approx(std::log(2.0) / 2).epsilon(tol)); // rows: ln 2 and 0
  CHECK(s.weights->effective_keys == Approx(1.5).epsilon(tol));
}

TEST_CASE("summarize: empty shapes are valid", "[workflow][summary]") {
  CHECK(summarize(CsrView<double>{}).density == 0);
  const Csr<double> none{2, 2, {0, 0, 0}, {}, {}};
  CHECK(summarize(none.view()).empty_rows == 2);
  CHECK_FALSE(summarize(none.view()).weights);
}

TEST_CASE("overlap: common entries, Jaccard and distances by hand", "[workflow][compare]") {
  const auto A = small();
  const auto B = other();
  const Overlap o = overlap(A.view(), B.view());
  CHECK(o.common == 2);
  CHECK(o.only_a == 1);
  CHECK(o.only_b == 1);
  CHECK(o.jaccard == .5);
  // normalized rows differ by (.5, -.5), (-1), (0)
  CHECK(o.tv_max == Approx(.5).epsilon(tol));
  CHECK(o.tv_mean == Approx(1.0 / 3).epsilon(tol));
  CHECK(o.frobenius == Approx(std::sqrt(1.5)).epsilon(tol));
}

TEST_CASE("overlap: a matrix with itself, and with nothing", "[workflow][compare]") {
  const auto A = small();
  const Overlap same = overlap(A.view(), A.view());
  CHECK(same.jaccard == 1);
  CHECK(same.frobenius == 0);
  const Csr<double> none{3, 3, {0, 0, 0, 0}, {}, {}};
  CHECK(overlap(A.view(), none.view()).common == 0);
  CHECK(overlap(none.view(), none.view()).jaccard == 1);
}

TEST_CASE("overlap: refuses shapes that differ", "[workflow][compare]") {
  const auto A = small();
  const Csr<double> wide{3, 4, {0, 0, 0, 0}, {}, {}};
  CHECK_THROWS_WITH(overlap(A.view(), wide.view()),
                    "shapes 3 x 3 and 3 x 4 must be equal to be compared");
}
