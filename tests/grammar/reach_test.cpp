// SPDX-License-Identifier: Apache-2.0
// Structure reports of patterns from the grammar, against the numbers of the specification.
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/structure/structure.hpp"

#include "catch.hpp"

#include <string>
#include <vector>

using namespace attnwalk;
using pattern::Structure;

namespace {

Structure report(const std::string& text, std::optional<Index> n,
                 const pattern::StructureOptions& how = {}) {
  return pattern::structure(grammar::build(text, {.queries = n}).pattern.view(), how);
}

} // namespace

TEST_CASE("structure: the receptive fields of diffuser.md, n = 4096, from every row",
          "[grammar][structure]") {
  // The table was made from 64 rows: their degrees alone move .646 by about .006.
  const double sampling = 0.01;
  const struct {
    const char* text;
    double within[4]; // 1, 2, 3, 5 hops
  } table[] = {
      {"blockwindow:w=64", {.023, .039, .054, .084}},
      {"random:d=64,model=edges", {.016, .646, 1, 1}},
      {"blockwindow:w=64+random:d=64,model=edges", {.039, .982, 1, 1}},
      {"diffuser:w=64,r=64,g=64", {.069, 1, 1, 1}},
  };
  for (const auto& row : table) {
    INFO(row.text);
    const Structure s = report(row.text, 4096);
    CHECK(s.reach_exact);
    const Index hops[] = {1, 2, 3, 5};
    for (int k = 0; k < 4; ++k) {
      INFO("hops " << hops[k]);
      const auto at = static_cast<std::size_t>(hops[k] - 1);
      const double fraction = at < s.reach.size() ? s.reach[at].fraction : 1;
      CHECK(fraction == Approx(row.within[k]).margin(sampling));
    }
  }
}

TEST_CASE("structure: universality's s of spectral.md 4.5, from the grammar",
          "[grammar][structure]") {
  CHECK(report("ring:w=1", 64).full_reach == 32);
  CHECK(report("window:w=2+global:g=1", 64).full_reach == 2);
  CHECK(report("axial:cols=8", 64).full_reach == 2);
  CHECK(report("loops(debruijn:b=2)", 64).full_reach == 6);
  CHECK(report("star:g=1", 64).full_reach == 2);
  CHECK(report("diffuser:w=64,r=64,g=64", 4096).full_reach == 2);
  CHECK(!report("strided:stride=4", 64).full_reach);
  CHECK(!report("causal(full)", 64).full_reach);
}

TEST_CASE("structure: known graphs", "[grammar][structure]") {
  const Structure cube = report("hypercube", 256);
  CHECK(cube.regular == 8);
  CHECK(cube.diameter_at_most == 8);
  CHECK(cube.bipartite_components == 1);
  CHECK(cube.period == 2);
  CHECK(cube.full_reach == 8);

  const Structure paley = report("paley", 101);
  CHECK(paley.regular == 50);
  CHECK(paley.diameter_at_most == 2);
  CHECK(paley.period == 1);

  const Structure torus = report("torus:a=5,b=7", {});
  CHECK(torus.diameter_at_most == 5); // floor(5/2) + floor(7/2)
  CHECK(torus.bipartite_components == 0);

  const Structure lps = report("lps:p=5,q=13", {}); // 5 is no square mod 13: bipartite
  CHECK(lps.regular == 6);
  CHECK(lps.components == 1);
  CHECK(lps.period == 2);

  const Structure de_bruijn = report("debruijn:b=2", 1024);
  CHECK(de_bruijn.strong_components == 1);
  CHECK(de_bruijn.period == 1);
  CHECK(de_bruijn.diameter_at_most == 10);
  CHECK(!de_bruijn.symmetric);

  const Structure causal = report("causal(window:w=3)", 100);
  CHECK(causal.causal);
  CHECK(causal.strong_components == 100);
  CHECK(causal.closed_classes.size() == 1);
  CHECK(causal.transient == 99);

  const Structure full = report("full", 50);
  CHECK(full.doeblin == Approx(1));
  CHECK(full.full_reach == 1);

  // pi: every row puts 1/(its degree) on the global token, the global row 1/n.
  const Structure global = report("window:w=1+global:g=1", 40);
  CHECK(global.doeblin == Approx(1.0 / 40));
  CHECK(global.diameter_at_most == 2);
}

TEST_CASE("structure: sampled reports of large patterns enclose what is known",
          "[grammar][structure]") {
  const Structure window = report("window:w=4", 20000);
  CHECK(!window.reach_exact);
  CHECK(window.full_reach_at_least <= 5000);
  CHECK(window.full_reach_at_most >= 5000);
  CHECK(window.diameter_at_least == 5000); // ceil(19999 / 4)
  const Structure global = report("window:w=4+global:g=1", 20000);
  CHECK(global.full_reach == 2);
  CHECK(global.reach[1].lo == 1);
  const Structure axial = report("axial:cols=100", 10000);
  CHECK(axial.full_reach_at_least == 2); // without a hub, sweeps prove only 2 .. 4
  CHECK(axial.full_reach_at_most == 4);
  CHECK(axial.full_reach_status.starts_with("not determined: between 2 and 4"));
  for (const pattern::Reach& reach : report("random:d=4", 20000).reach) {
    CHECK(reach.lo <= reach.fraction);
    CHECK(reach.fraction <= reach.hi);
  }
}
