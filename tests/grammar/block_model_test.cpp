// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/block_model.hpp"
#include "attnwalk/sbm/sample.hpp"

#include "catch.hpp"

using namespace attnwalk;
using namespace attnwalk::grammar;
using Catch::Contains;

TEST_CASE("block_model: sample draws from it the pattern that build makes",
          "[grammar][block_model]") {
  struct Case {
    const char* text;
    BuildOptions how;
  };
  for (const Case& c : {Case{"sbm:k=4,in=.5,out=.05", {.queries = 200}},
                        Case{"sbm:k=4,in=.5,out=.05", {.queries = 200, .seed = 7}},
                        Case{"sbm:k=4,in=.5,out=.05,seed=7", {.queries = 200}},
                        Case{"sbm:k=3,in=.9,out=0", {.queries = 90, .keys = 70}},
                        Case{"sbm:k=1,in=.02,out=.02", {.queries = 1500}},
                        Case{"sbm:k=2,in=1,out=0", {.queries = 0}}}) {
    INFO(c.text);
    const auto found = block_model(c.text, c.how);
    REQUIRE(found.has_value());
    CHECK(sbm::sample(found->model, {.key = found->key}).pattern == build(c.text, c.how).pattern);
  }
  CHECK(build("sbm:k=4,in=.5,out=.05,seed=7", {.queries = 200}).pattern ==
        build("sbm:k=4,in=.5,out=.05", {.queries = 200, .seed = 7}).pattern);
}

TEST_CASE("block_model: none for other specs, the refusals of build for wrong ones",
          "[grammar][block_model]") {
  for (const char* text : {"ring:w=1", "sbm:k=2,in=.5,out=.1+full", "causal(sbm:k=2,in=.5,out=.1)"})
    CHECK_FALSE(block_model(text, {.queries = 8}).has_value());
  CHECK_THROWS_WITH(block_model("sbm:k=2,in=.5,out=.1"), Contains("n is needed"));
  CHECK_THROWS_WITH(block_model("sbm:k=9,in=.5,out=.1", {.queries = 8}), Contains("k = 9"));
  CHECK_THROWS_WITH(block_model("sbm:k=2,in=.5", {.queries = 8}), Contains("out"));
}
