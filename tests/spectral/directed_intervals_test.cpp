// SPDX-License-Identifier: Apache-2.0
// Both ends of every interval of every report on directed and causal walks hold the dense truth,
// through the dense and through the iterative solvers: generators, their transposes, unions and
// causal parts. Trained heads are in trained_intervals_test.cpp.
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/spectral/gap.hpp"

#include "catch.hpp"
#include "spectral/interval_checks.hpp"

#include <string>
#include <vector>

using namespace attnwalk;
using pattern::Pattern;
using spectral::Kind;
using test::check_both_paths;

namespace {

struct Case {
  std::string spec;
  std::vector<Index> sizes;
};

Pattern built(const std::string& spec, Index n) {
  return grammar::build(spec, {.queries = n, .seed = 5}).pattern;
}

void check_patterns(const std::vector<Case>& cases, Kind kind) {
  for (const Case& c : cases)
    for (const Index n : c.sizes) {
      CAPTURE(c.spec, n);
      check_both_paths(built(c.spec, n).view(), kind);
    }
}

} // namespace

TEST_CASE("gap: intervals of directed patterns hold the dense truth", "[spectral][intervals]") {
  check_patterns(
      {
          {"random:d=5", {16, 70}},
          {"random:d=2", {70}},
          {"random:d=5,model=edges", {16, 70}},
          {"random:d=4,model=permutations", {16, 70}},
          {"loops(random:d=1)", {16, 70}},
          {"erdos:prob=.08,directed=true", {20, 90}},
          {"exponential", {16, 70, 128}},
          {"noloops(exponential)", {70}},
          {"debruijn:b=2", {16, 64, 100}},
          {"debruijn:b=3", {81}},
          {"loops(debruijn:b=2)", {70}},
          {"diffuser:w=8,r=2,g=8,build=128", {64, 128}},
          {"bigbird:block=8,rblocks=1,gblocks=1", {48, 96}},
          {"sbm:k=4,in=.4,out=.05", {24, 120}},
          {"causal(window:w=3)+debruijn:b=2", {70}},
      },
      Kind::directed);
}

TEST_CASE("gap: intervals of directed patterns on 256 tokens hold the dense truth",
          "[.spectral-full]") {
  check_patterns(
      {
          {"random:d=5", {256}},
          {"random:d=5,model=edges", {256}},
          {"random:d=4,model=permutations", {256}},
          {"erdos:prob=.03,directed=true", {256}},
          {"exponential", {256}},
          {"debruijn:b=2", {256}},
          {"loops(debruijn:b=4)", {256}},
          {"diffuser:w=64,r=64,g=64", {256}},
          {"bigbird:block=16,rblocks=1,gblocks=1", {256}},
          {"sbm:k=4,in=.2,out=.02", {256}},
          {"window:w=8+random:d=2", {256}},
          {"regular:d=4+exponential", {256}},
      },
      Kind::directed);
}

TEST_CASE("gap: intervals of unions with directed patterns hold the dense truth",
          "[spectral][intervals]") {
  check_patterns(
      {
          {"window:w=1+random:d=1", {70}},
          {"ring:w=2+debruijn:b=2", {80}},
          {"blockwindow:w=8+random:d=1", {72}},
          {"dilated:w=1,stride=5+exponential", {70}},
          {"strided:stride=9+random:d=1", {70}},
          {"global:g=2,at=random+debruijn:b=2", {70}},
          {"regular:d=3+random:d=2", {70}},
          {"expander:d=4+exponential", {70}},
          {"erdos:prob=.03+random:d=1,model=permutations", {70}},
          {"margulis+random:d=1", {81}},
          {"paley+debruijn:b=2", {73}},
          {"hypercube+random:d=1", {128}},
          {"torus:a=8,b=9+exponential", {72}},
          {"axial:cols=9+random:d=1", {72}},
          {"star:g=1+debruijn:b=2", {70}},
          {"longformer:width=4,g=1+random:d=1", {70}},
          {"sbm:k=3,in=.2,out=0+exponential", {72}},
      },
      Kind::directed);
}

TEST_CASE("gap: intervals of transposed patterns hold the dense truth", "[spectral][intervals]") {
  for (const Case& c :
       {Case{"random:d=4", {70}}, Case{"debruijn:b=2", {70}}, Case{"exponential", {70}},
        Case{"bigbird:block=8,rblocks=1,gblocks=1", {80}}, Case{"sbm:k=4,in=.4,out=.05", {80}},
        Case{"random:d=3,model=edges", {70}}, Case{"diffuser:w=8,r=2,g=8,build=128", {96}},
        Case{"causal(window:w=2)+exponential", {70}},
        // Every token ends on the last one, which the causal path does not know.
        Case{"causal(window:w=3)", {40, 70}}, Case{"causal(full)", {40}},
        Case{"causal(random:d=20)", {70}}})
    for (const Index n : c.sizes) {
      CAPTURE(c.spec, n);
      check_both_paths(pattern::transpose(built(c.spec, n)).view(), Kind::directed);
    }
}

TEST_CASE("gap: intervals of causal patterns hold the dense truth", "[spectral][intervals]") {
  check_patterns(
      {
          {"none", {5, 60}},
          {"causal(full)", {2, 20, 150, 512}},
          {"causal(window:w=3)", {20, 150}},
          {"causal(window:w=3)+causal(global:g=1)", {150}},
          {"causal(random:d=5)", {150}},
          {"causal(loops(random:d=20))", {300}},
          {"causal(ring:w=3)", {80}},
          {"causal(blockwindow:w=8)", {80}},
          {"causal(dilated:w=3,stride=4)", {80}},
          {"causal(strided:stride=6)", {80}},
          {"causal(regular:d=6)", {80}},
          {"causal(expander:d=6)", {80}},
          {"causal(erdos:prob=.1)", {80}},
          {"causal(margulis)", {81}},
          {"causal(paley)", {73}},
          {"causal(hypercube)", {64}},
          {"causal(torus:a=8,b=9)", {72}},
          {"causal(axial:cols=8)", {72}},
          {"causal(exponential)", {80}},
          {"causal(debruijn:b=3)", {80}},
          {"causal(star:g=2)", {80}},
          {"causal(diffuser:w=8,r=2,g=8,build=128)", {128}},
          {"causal(bigbird:block=8,rblocks=1,gblocks=1)", {96}},
          {"causal(longformer:width=8,g=2)", {96}},
          {"causal(sbm:k=4,in=.4,out=.05)", {512}},
      },
      Kind::causal);
}

TEST_CASE("gap: intervals of the Ramanujan graph's causal and directed parts hold the dense truth",
          "[spectral][intervals]") {
  // X^{5,13} has 2184 vertices: its first 90, and with arcs to the next token.
  const Pattern graph = pattern::crop(grammar::build("lps:p=5,q=13").pattern, 90, 90);
  check_both_paths(pattern::unite(graph, built("exponential", 90)).view(), Kind::directed);
  check_both_paths(pattern::causal(graph).view(), Kind::causal);
}

TEST_CASE("gap: intervals of the released pattern on 512 tokens hold the dense truth",
          "[spectral][intervals]") {
  // One power: dense norms of 512 x 512 matrices are what takes the time.
  check_both_paths(built("diffuser:w=64,r=64,g=64", 512).view(), Kind::directed, 1);
}
