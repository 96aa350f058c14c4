// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/workflow/explain.hpp"

#include "catch.hpp"

#include <string>

using namespace attnwalk;

TEST_CASE("explain knows every number of a report, of every kind of walk") {
  for (const std::string_view name : spectral::gap_names)
    CHECK(workflow::explain(name).name == name);
  // Undirected, regular, directed, draining, with several classes and periodic walks.
  for (const char* spec : {"window:w=2", "ring:w=2", "exponential", "causal(window:w=3)",
                           "strided:stride=4", "hypercube", "random:d=2"}) {
    const auto built = grammar::build(spec, {.queries = 32});
    const auto report = spectral::gap(built.pattern, {.whole_spectrum = true});
    for (const spectral::Gap& g : report.gaps)
      CHECK_NOTHROW(workflow::explain(g.name));
    for (const spectral::Bound& b : report.bounds)
      CHECK_NOTHROW(workflow::explain(b.name));
  }
}

TEST_CASE("explain takes names as reports decorate them, and suggests the nearest of others") {
  CHECK(workflow::explain("class 0: slem").name == "slem");
  CHECK(workflow::explain("distance_hi(3)").name == "distance");
  CHECK(workflow::explain("mixing_time_sigma_2").name == "mixing_time_sigma_2");
  CHECK_THROWS_WITH(workflow::explain("slen"), Catch::Contains("did you mean 'slem'?"));
  CHECK_THROWS_WITH(workflow::explain("frobnicate"), Catch::Contains("lists them"));
}

TEST_CASE("explanations are whole, and each name has one") {
  const auto& all = workflow::explanations();
  for (const workflow::Explanation& x : all) {
    for (const std::string_view text : {x.meaning, x.read, x.direction, x.exists, x.certainty})
      CHECK((text.size() > 5 && text.ends_with(".")));
    CHECK(&workflow::explain(x.name) == &x);
  }
}
