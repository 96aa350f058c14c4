// SPDX-License-Identifier: Apache-2.0
// Every interval of every report on symmetric and on rectangular patterns holds the truth, through
// the dense and through the iterative solvers. Directed and causal patterns and trained heads are
// in directed_intervals_test.cpp.
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/spectral/gap.hpp"

#include "catch.hpp"
#include "spectral/dense_truth.hpp"

#include <string>
#include <vector>

using namespace attnwalk;
using spectral::GapReport;
using spectral::Kind;

namespace {

struct Case {
  std::string spec;
  std::vector<Index> sizes; ///< empty: the term fixes n
};

/// Both code paths. Below 48 tokens (64 of a directed walk) there is only the dense one.
void check_both_paths(const CsrView<double>& A, const test::DenseTruth& truth, Kind kind) {
  for (const Index dense_below : {Index{2048}, Index{0}}) {
    const GapReport report =
        spectral::gap(A, {.dense_below = dense_below, .key = {7, 0}, .threads = 1});
    CAPTURE(dense_below, report.kind);
    CHECK(report.kind == kind);
    for (const std::string& lie : test::lies(report, truth))
      FAIL_CHECK(lie);
  }
}

void check_patterns(const std::vector<Case>& cases, Kind kind) {
  for (const Case& c : cases)
    for (const Index n : c.sizes) {
      CAPTURE(c.spec, n);
      const grammar::Built built = grammar::build(c.spec, {.queries = n, .seed = 5});
      check_both_paths(built.pattern.view(), test::truth_of_square(built.pattern.view()), kind);
    }
}

} // namespace

TEST_CASE("gap: intervals of undirected patterns hold the dense truth", "[spectral][intervals]") {
  check_patterns(
      {
          {"window:w=2", {9, 70, 200}},
          {"ring:w=2", {12, 64, 512}},
          {"ring:w=1,stride=3", {50, 60}},
          {"blockwindow:w=8", {16, 100}},
          {"dilated:w=2,stride=3", {30, 90}},
          {"strided:stride=7", {20, 75}},
          {"global:g=3", {10, 80}},
          {"global:g=3,at=spread", {80}},
          {"global:g=3,at=random", {80}},
          {"regular:d=3", {10, 64}},
          {"regular:d=8", {64, 128}},
          {"expander:d=6", {50}},
          {"erdos:prob=.1", {20, 60}},
          {"margulis", {25, 64}},
          {"paley", {13, 61}},
          {"hypercube", {16, 64}},
          {"torus:a=8,b=9", {72}},
          {"axial:cols=8", {16, 72}},
          {"star:g=2", {12, 70}},
          {"full", {2, 12, 64}},
          {"longformer:width=8,g=2", {40, 100}},
          {"symmetric(random:d=3)", {70}},
          {"symmetric(debruijn:b=2)", {64}},
          {"symmetric(exponential)", {70}},
          {"symmetric(diffuser:w=8,r=2,g=8,build=128)", {96}},
          {"symmetric(bigbird:block=8,rblocks=1,gblocks=1)", {80}},
          {"symmetric(random:d=2,model=edges)", {70}},
          {"symmetric(random:d=2,model=permutations)", {70}},
          {"noloops(window:w=2)", {70}},
          {"loops(regular:d=4)", {70}},
          {"window:w=2+global:g=1", {64}},
          {"ring:w=2+regular:d=4", {128}},
          {"window:w=2+global:g=2+regular:d=3", {200}},
          {"symmetric(sbm:k=4,in=.4,out=.05)", {300}},
          {"torus:a=16,b=20", {320}},
          {"loops(hypercube)", {256}},
      },
      Kind::undirected);
}

TEST_CASE("gap: intervals of the Ramanujan graph's first vertices hold the dense truth",
          "[spectral][intervals]") {
  // X^{5,13} has 2184 vertices, and no other is smaller than 1092.
  const pattern::Pattern graph = pattern::crop(grammar::build("lps:p=5,q=13").pattern, 300, 300);
  check_both_paths(graph.view(), test::truth_of_square(graph.view()), Kind::undirected);
}

TEST_CASE("gap: intervals of undirected patterns on up to 512 tokens hold the dense truth",
          "[.spectral-full]") {
  check_patterns(
      {
          {"window:w=8", {512}},
          {"ring:w=8", {512}},
          {"ring:w=2,stride=7", {512}},
          {"blockwindow:w=32", {512}},
          {"dilated:w=4,stride=3", {512}},
          {"strided:stride=7", {512}},
          {"global:g=8", {512}},
          {"global:g=8,at=spread", {512}},
          {"global:g=8,at=random", {512}},
          {"regular:d=3", {512}},
          {"regular:d=16", {512}},
          {"expander:d=16", {512}},
          {"erdos:prob=.02", {512}},
          {"margulis", {484}},
          {"paley", {509}},
          {"hypercube", {512}},
          {"torus:a=16,b=32", {512}},
          {"axial:cols=16", {512}},
          {"star:g=2", {512}},
          {"full", {512}},
          {"longformer:width=16,g=2", {512}},
          {"symmetric(random:d=3)", {512}},
          {"symmetric(random:d=3,model=edges)", {512}},
          {"symmetric(random:d=3,model=permutations)", {512}},
          {"symmetric(debruijn:b=2)", {512}},
          {"symmetric(exponential)", {512}},
          {"symmetric(diffuser:w=64,r=64,g=64)", {512}},
          {"symmetric(bigbird:block=16,rblocks=1,gblocks=1)", {512}},
          {"symmetric(sbm:k=4,in=.2,out=.02)", {512}},
          {"window:w=8+global:g=2", {512}},
          {"window:w=8+regular:d=4", {512}},
          {"loops(regular:d=8)", {512}},
          {"noloops(window:w=4)", {512}},
          {"lps:p=17,q=13", {1092}},
      },
      Kind::undirected);
}

TEST_CASE("gap: intervals of rectangular patterns hold the dense truth", "[spectral][intervals]") {
  for (const std::string spec :
       {"full", "random:d=4", "random:d=4,model=edges", "global:g=2", "sbm:k=4,in=.4,out=.05",
        "sbm:k=3,in=.5,out=0", "random:d=2,model=edges", "none"})
    for (const auto& [queries, keys] :
         {std::pair<Index, Index>{10, 14}, {60, 90}, {200, 120}, {512, 300}}) {
      CAPTURE(spec, queries, keys);
      const grammar::Built built =
          grammar::build(spec, {.queries = queries, .keys = keys, .seed = 5});
      check_both_paths(built.pattern.view(), test::truth_of_rectangle(built.pattern.view()),
                       Kind::bipartite);
    }
}
