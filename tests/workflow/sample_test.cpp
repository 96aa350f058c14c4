// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/workflow/sample.hpp"

#include "catch.hpp"
#include "scratch.hpp"

#include <algorithm>

using namespace attnwalk;
using namespace attnwalk::workflow;

namespace {

SampleInputs planted() {
  SampleInputs inputs;
  inputs.model.source = "sbm:k=3,in=.4,out=.05";
  inputs.model.queries = 60;
  inputs.model.seed = 5;
  return inputs;
}

} // namespace

TEST_CASE("sample: draws the mask that the spec builds", "[workflow][sample]") {
  const SampleResult result = sample(planted());
  const pattern::Pattern built =
      grammar::build("sbm:k=3,in=.4,out=.05", {.queries = 60, .seed = 5}).pattern;
  REQUIRE(result.mask.pattern.entries() == built.entries());
  for (Index i = 0; i < 60; ++i) {
    const auto row = result.mask.pattern.row(i);
    const auto same = built.row(i);
    CHECK(std::equal(row.begin(), row.end(), same.begin(), same.end()));
  }
  CHECK(result.summary.entries == built.entries());
  CHECK(result.certificate().seed == 5);
  CHECK_FALSE(result.fit);
}

TEST_CASE("sample: a written mask is accepted by its model and rejected by another",
          "[workflow][sample]") {
  const Scratch file("mask.npz");
  SampleInputs inputs = planted();
  const SampleResult drawn = sample(inputs, {.method = sbm::SampleMethod::poisson});
  REQUIRE(drawn.view().values != nullptr); // copies
  io::write_sparse(file.path, drawn.view(), drawn.certificate());
  inputs.test = file.path.string();
  CHECK(sample(inputs, {.method = sbm::SampleMethod::poisson}).fit->accepted());
  inputs.model.source = "sbm:k=3,in=.2,out=.2";
  CHECK_FALSE(sample(inputs, {.method = sbm::SampleMethod::poisson}).fit->accepted());
}

TEST_CASE("sample: refuses two tests, a level without a test, and levels out of range",
          "[workflow][sample]") {
  SampleInputs inputs = planted();
  inputs.level = 0.01;
  CHECK_THROWS_WITH(sample(inputs), "`level` belongs to `selftest` and `test`");
  inputs.selftest = 2;
  inputs.test = "mask.npz";
  CHECK_THROWS_WITH(sample(inputs), "`selftest` and `test` are two tests where one is run");
  inputs.test.clear();
  inputs.level = 2;
  CHECK_THROWS_WITH(sample(inputs), "level = 2 must be in (0, 1)");
}
