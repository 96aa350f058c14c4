// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/workflow/universality.hpp"

#include "catch.hpp"

using namespace attnwalk;
using namespace attnwalk::workflow;

TEST_CASE("universality: layers of a spec, with the odds of a block model", "[workflow][check]") {
  UniversalityInputs inputs;
  inputs.input.source = "ring:w=1;full";
  inputs.input.queries = 9;
  const UniversalityResult two = universality(inputs);
  CHECK(two.layers == 2);
  CHECK(two.tokens == 9);
  CHECK(two.conditions.holds()); // both have loops, the ring a path, the second layer every pair
  CHECK_FALSE(two.odds);
  inputs.draws = 3;
  CHECK_THROWS_WITH(universality(inputs), Catch::Contains("belongs to a block model"));
  inputs.input.source = "sbm:k=1,in=1,out=1"; // every pair, surely
  const UniversalityResult sure = universality(inputs);
  REQUIRE(sure.odds);
  CHECK(sure.odds->loops.value == 1);
  CHECK(sure.odds->mean_s == 1);
  inputs.input.source.clear();
  CHECK_THROWS_WITH(universality(inputs), Catch::Contains("no input"));
}
