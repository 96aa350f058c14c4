// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/spectral/walk.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

using namespace attnwalk;
using namespace attnwalk::spectral;
using support::csr_of;

TEST_CASE("prepare: copies nothing that is fit, and keeps no values of 1", "[spectral][walk]") {
  const Csr<double> A = csr_of({{.5, .5}, {1, 3}});
  Prepared fit = prepare(A, EmptyRowStep::loop);
  CHECK(fit.weights.columns == A.columns.data());
  CHECK(fit.weights.values == A.values.data());
  const Csr<double> ones = csr_of({{1, 1}, {1, 0}});
  fit = prepare(ones, EmptyRowStep::loop);
  CHECK(fit.weights.columns == ones.columns.data());
  CHECK(fit.weights.values == nullptr);
}

TEST_CASE("prepare: drops stored zeros and loops the rows that they leave empty",
          "[spectral][walk]") {
  Csr<double> A = csr_of({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}});
  A.values = {1, 0, 3, 0, 0, 0, 7, 8, 9};
  const Prepared found = prepare(A, EmptyRowStep::loop);
  CHECK(found.looped == 1);
  CHECK(support::grid_of(found.weights) == support::Grid{{1, 0, 3}, {0, 1, 0}, {7, 8, 9}});
  CHECK(found.weights.entries() == 6);
  CHECK_THROWS_WITH(prepare(A, EmptyRowStep::error), Catch::Contains("row 1 is empty"));
  // A pattern stays one.
  const Csr<double> pattern{2, 2, {0, 1, 1}, {1}, {}};
  const Prepared looped = prepare(pattern, EmptyRowStep::loop);
  CHECK(looped.weights.values == nullptr);
  CHECK(support::grid_of(looped.weights) == support::Grid{{0, 1}, {0, 1}});
}

TEST_CASE("gap: takes what a caller has in hand", "[spectral][gap]") {
  const pattern::Pattern P = grammar::build("ring:w=2+random:d=1", {.queries = 60}).pattern;
  const Csr<double> A = csr_of({{.5, .5}, {.25, .75}});
  GapReport report; // a member that is filled later
  report = gap(P);
  CHECK(*report.at("slem").value == *gap(P.view()).at("slem").value);
  CHECK(*gap(A).at("slem").value == Approx(.25));
  CHECK(report.structure.strong.of.size() == 60);
}
