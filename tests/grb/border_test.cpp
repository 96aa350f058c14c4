// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"

#include "support/matrices.hpp"

using namespace attnwalk;
using support::csr_of;
using support::Grid;
using support::grid_of;

namespace {
const Grid by_hand{{0, 2, 0, 0}, {1, 0, 0, -3}, {0, 0, 0, 0}};
}

TEST_CASE("from_csr: comes back unchanged through to_csr", "[grb][border]") {
  const Csr<double> A = csr_of(by_hand);
  const grb::Matrix C = grb::from_csr(A.view());
  CHECK(C.rows() == 3);
  CHECK(C.cols() == 4);
  CHECK(C.entries() == 3);
  CHECK(grb::to_csr<double>(C).columns == A.columns);
  CHECK(grb::to_csr<double>(C).values == A.values);
  CHECK(grid_of(grb::to_csr<double>(C).view()) == by_hand);
}

TEST_CASE("from_csr: null values give ones", "[grb][border]") {
  Csr<double> A = csr_of(by_hand);
  A.values.clear();
  CHECK(grb::reduce(grb::from_csr(A.view()), grb::Monoid::plus) == 3);
}

TEST_CASE("from_csr: an index out of range is refused in GraphBLAS's own words", "[grb][border]") {
  Csr<double> A = csr_of(by_hand);
  A.columns[0] = 9;
  // There is no matrix yet to ask for more words than the code's name.
  CHECK_THROWS_WITH(grb::from_csr(A.view()),
                    Catch::Contains("GraphBLAS refused with GrB_INVALID_OBJECT"));
  const std::vector<Index> rows{0, 7}, cols{0};
  CHECK_THROWS_WITH(grb::extract(grb::from_csr(csr_of(by_hand).view()), rows, cols),
                    Catch::Contains("GrB_INDEX_OUT_OF_BOUNDS") && Catch::Contains("7"));
}

TEST_CASE("to_csr: shapes without rows, columns or entries survive", "[grb][border]") {
  const auto [rows, cols] = GENERATE(std::pair<Index, Index>{0, 0}, std::pair<Index, Index>{0, 5},
                                     std::pair<Index, Index>{5, 0}, std::pair<Index, Index>{2, 3});
  const grb::Matrix C(grb::Type::fp64, rows, cols);
  const Csr<double> A = grb::to_csr<double>(C);
  CHECK(A.rows == rows);
  CHECK(A.cols == cols);
  CHECK(A.view().entries() == 0);
}

TEST_CASE("from_dense: to_dense gives the same numbers, for strided rows too", "[grb][border]") {
  const std::vector<double> memory{1, 2, 99, 3, 4, 99};
  const View<const double> rows(memory.data(), {1, 1, 2, 2}, {6, 6, 3});
  const Dense<double> back = grb::to_dense<double>(grb::from_dense(rows));
  CHECK(back(0, 0) == 1);
  CHECK(back(0, 1) == 2);
  CHECK(back(1, 0) == 3);
  CHECK(back(1, 1) == 4);
}

TEST_CASE("Packed: shares the arrays and leaves them to their owner", "[grb][border]") {
  const auto owner = std::make_shared<const Csr<double>>(csr_of(by_hand));
  const std::weak_ptr<const Csr<double>> watch = owner;
  CsrView<double> view = owner->view();
  view.values = nullptr;
  {
    const grb::Packed packed(view, owner);
    CHECK(packed.matrix().entries() == 3);
    CHECK(packed.matrix().type() == grb::Type::boolean);
    // Used as input twice, the packed matrix stays what it was.
    const grb::Matrix twice = grb::mxm(packed.matrix(), grb::transpose(packed.matrix()),
                                       {.semiring = grb::Semiring::plus_pair});
    CHECK(grb::reduce(twice, grb::Monoid::plus) == 3);
    CHECK(watch.use_count() == 2);
  }
  CHECK(watch.use_count() == 1);
  CHECK(owner->columns == csr_of(by_hand).columns);
}
