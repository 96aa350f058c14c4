// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/grids.hpp"
#include "attnwalk/generators/power.hpp"
#include "attnwalk/generators/simple.hpp"
#include "attnwalk/grb/border.hpp"
#include "attnwalk/grb/ops.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/sparse/validate.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

using namespace attnwalk;
using namespace attnwalk::pattern;
using support::pattern_where;
using support::SamePattern;

namespace {

Pattern directed_cycle(Index n) {
  return pattern_where(n, n, [n](Index i, Index j) { return j == (i + 1) % n; });
}

} // namespace

TEST_CASE("power: holds the ends of walks of exactly and of up to `hops` steps",
          "[generators][power]") {
  for (const Pattern& A : {debruijn(17, 2), directed_cycle(9), causal(window(20, 2)), torus(3, 5),
                           exponential(13), none(4, 4), star(7, 2), none(0, 0), window(1, 0)}) {
    const Index n = A.rows();
    Pattern exactly = window(n, 0);
    Pattern within = none(n, n);
    for (Index hops = 0; hops <= 6; ++hops) {
      CHECK_THAT(power(A, hops), SamePattern(exactly));
      CHECK_THAT(power(A, hops, {.within = true}), SamePattern(within));
      const Pattern X = exactly; // the definition of a product, read literally
      exactly = pattern_where(n, n, [&](Index i, Index j) {
        bool walk = false;
        for (Index k = 0; k < n; ++k)
          walk = walk || (X.contains(i, k) && A.contains(k, j));
        return walk;
      });
      within = unite(within, exactly);
    }
  }
}

TEST_CASE("power: agrees with products of GraphBLAS", "[generators][power]") {
  const Pattern A = debruijn(301, 3);
  const grb::Matrix square =
      grb::mxm(A.matrix(), A.matrix(), {.semiring = grb::Semiring::any_pair});
  const grb::Matrix cube = grb::mxm(square, A.matrix(), {.semiring = grb::Semiring::any_pair});
  CHECK_THAT(power(A, 2), SamePattern(Pattern(grb::to_csr<double>(square))));
  CHECK_THAT(power(A, 3), SamePattern(Pattern(grb::to_csr<double>(cube))));
}

TEST_CASE("power: adds exponents, and closed forms hold", "[generators][power]") {
  CHECK(power(debruijn(64, 2), 6) == full(64, 64));
  CHECK(power(window(50, 3), 4) == window(50, 12));
  CHECK(power(directed_cycle(12), 12) == window(12, 0));
  CHECK(power(directed_cycle(12), 12, {.within = true}) == full(12, 12));
  CHECK(power(power(exponential(40), 2), 2) == power(exponential(40), 4));
  CHECK(power(window(9, 1), 1'000'000'000) == full(9, 9)); // stops once nothing changes
}

TEST_CASE("power: gives the same bits for 1, 2 and 3 threads", "[generators][power]") {
  const Pattern A = debruijn(5003, 7);
  const Pattern alone = power(A, 3, {.threads = 1});
  CHECK_NOTHROW(sparse::validate(alone.view()));
  CHECK(power(A, 3, {.threads = 2}) == alone);
  CHECK(power(A, 3, {.threads = 3}) == alone);
}

TEST_CASE("power: refuses before anything outgrows a limit", "[generators][power][refusal]") {
  const Pattern A = debruijn(1000, 10);
  CHECK_THROWS_WITH(power(A, 2, {.max_entries = 99'999}),
                    "hop 2 has 100000 entries, more than max_entries = 99999");
  CHECK(power(A, 2, {.max_entries = 100'000}).entries() == 100'000);
  CHECK_THROWS_WITH(power(A, 3, {.max_bytes = 1e6}),
                    "hop 3 takes 8008008 bytes, more than max_bytes = 1000000");
  CHECK_THROWS_WITH(power(A, 1, {.max_entries = 5}), Catch::Contains("hop 1 has 10000 entries"));
  CHECK_THROWS_WITH(power(A, -1), "hops = -1 must be 0 or more");
  CHECK_THROWS_WITH(power(A, 1, {.max_entries = -1}), "max_entries = -1 must be 0 or more");
  CHECK_THROWS_WITH(power(A, 1, {.max_bytes = -8}), "max_bytes = -8 must be 0 or more");
  CHECK_THROWS_WITH(power(none(2, 3), 2), "a pattern of 2 x 3 has no powers: it must be square");
  Monitor impatient;
  impatient.cancel();
  CHECK_THROWS_WITH(power(A, 2, {.monitor = &impatient}), Catch::Contains("cancelled"));
}
