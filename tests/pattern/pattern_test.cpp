// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grb/ops.hpp"
#include "attnwalk/pattern/pattern.hpp"

#include "support/matrices.hpp"

using namespace attnwalk;
using pattern::Pattern;

namespace {

Csr<double> csr(Index rows, Index cols, std::vector<Index> offsets, std::vector<Index> columns) {
  Csr<double> out;
  out.rows = rows;
  out.cols = cols;
  out.offsets.assign(offsets.begin(), offsets.end());
  out.columns.assign(columns.begin(), columns.end());
  return out;
}

} // namespace

TEST_CASE("Pattern: keeps its arrays' addresses while GraphBLAS reads them", "[pattern]") {
  Csr<double> source = csr(2, 3, {0, 2, 3}, {0, 2, 1});
  const Index* columns = source.columns.data();
  const Pattern P(std::move(source));
  CHECK(P.view().columns == columns);
  CHECK(P.matrix().entries() == 3);
  CHECK(grb::reduce(grb::apply(P.matrix(), grb::Unary::one), grb::Monoid::plus) == 3);
  CHECK(P.view().columns == columns);
  CHECK(P.contains(0, 2));
  CHECK_FALSE(P.contains(1, 2));
}

TEST_CASE("Pattern: copies share and outlive the original", "[pattern]") {
  Pattern copy;
  {
    const Pattern P(csr(2, 2, {0, 1, 2}, {0, 1}));
    copy = P;
    CHECK(copy.view().columns == P.view().columns);
  }
  CHECK(copy.entries() == 2);
  CHECK(copy.matrix().entries() == 2);
}

TEST_CASE("Pattern: empty shapes are patterns", "[pattern]") {
  CHECK(Pattern().rows() == 0);
  CHECK(Pattern().entries() == 0);
  const Pattern P(csr(3, 0, {0, 0, 0, 0}, {}));
  CHECK(P.rows() == 3);
  CHECK(P.matrix().cols() == 0);
}

TEST_CASE("Pattern::adopt: keeps the owner alive and copies nothing", "[pattern]") {
  auto owner = std::make_shared<Csr<double>>(csr(2, 2, {0, 1, 2}, {0, 1}));
  const std::weak_ptr<Csr<double>> watch = owner;
  {
    const Pattern P = Pattern::adopt(owner->view(), owner);
    CHECK(P.view().offsets == owner->offsets.data());
    owner.reset();
    CHECK_FALSE(watch.expired());
    CHECK(P.contains(1, 1));
  }
  CHECK(watch.expired());
}

TEST_CASE("Pattern: refuses arrays that lie, naming the place", "[pattern]") {
  CHECK_THROWS_WITH(Pattern(csr(2, 2, {0, 1}, {0})), "2 offsets given for 2 rows");
  CHECK_THROWS_WITH(Pattern(csr(2, 2, {1, 1, 1}, {0})), "offset 0 is 1 where it must be 0");
  CHECK_THROWS_WITH(Pattern(csr(2, 2, {0, 2, 1}, {0})), "offset 2 = 1 is below offset 1 = 2");
  CHECK_THROWS_WITH(Pattern(csr(2, 2, {0, 1, 3}, {0, 1})),
                    "the last offset 3 is not the number of columns 2");
  CHECK_THROWS_WITH(Pattern(csr(2, 2, {0, 1, 2}, {0, 2})),
                    "row 1 holds column 2 which must be in [0, 2)");
  CHECK_THROWS_WITH(Pattern(csr(1, 2, {0, 1}, {-1})),
                    "row 0 holds column -1 which must be in [0, 2)");
  CHECK_THROWS_WITH(Pattern(csr(1, 3, {0, 2}, {1, 1})), "row 0 holds column 1 twice");
  CHECK_THROWS_WITH(Pattern(csr(1, 3, {0, 2}, {2, 1})),
                    "row 0 holds column 1 after column 2: columns must ascend");
}

TEST_CASE("Weights: one value per entry", "[pattern]") {
  const Pattern P(csr(2, 2, {0, 1, 2}, {0, 1}));
  CHECK_THROWS_WITH(pattern::Weights(P, Buffer<double>(3)), "3 values given for 2 entries");
  const pattern::Weights A(P, Buffer<double>{0.5, 2});
  CHECK(A.view().value(1) == 2);
  CHECK(A.view().columns == P.view().columns);
}
