// SPDX-License-Identifier: Apache-2.0
// Both ends of every interval of every report on directed and causal walks hold the dense truth,
// through the dense and through the iterative solvers: generators, their transposes, unions and
// causal parts, stored block models, and every trained head.
#include "attnwalk/attention/attention.hpp"
#include "attnwalk/io/file.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/spec/build.hpp"
#include "attnwalk/spectral/gap.hpp"

#include "catch.hpp"
#include "spectral/dense_truth.hpp"
#include "support/matrices.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace attnwalk;
using pattern::Pattern;
using spectral::GapReport;
using spectral::Kind;

namespace {

constexpr Index layers = 4;
constexpr Index heads = 4;

struct Case {
  std::string spec;
  std::vector<Index> sizes;
};

std::filesystem::path trained(const std::string& name) {
  const char* data = std::getenv("ATTNWALK_DATA");
  return std::filesystem::path(data == nullptr ? "data" : data) / "trained" / name;
}

/// One truth, both code paths. Up to 64 tokens there is only the dense one; beyond 400 it repeats
/// at length what it does for 260.
void check_both_paths(const CsrView<double>& A, Kind kind, Index steps = 8) {
  const test::DenseTruth truth = test::truth_of_square(A, static_cast<int>(steps));
  for (const Index dense_below : {Index{400}, Index{0}}) {
    if ((A.rows <= 64 && dense_below == 0) || (A.rows > 400 && dense_below != 0))
      continue;
    const GapReport report = spectral::gap(A, {.dense_below = dense_below,
                                               .max_products = 300,
                                               .steps = steps,
                                               .key = {7, 0},
                                               .threads = 1});
    CAPTURE(dense_below);
    CHECK(report.kind == kind);
    for (const std::string& lie : test::lies(report, truth))
      FAIL_CHECK(lie);
  }
}

Pattern built(const std::string& spec, Index n) {
  return spec::build(spec, {.queries = n, .seed = 5}).pattern;
}

void check_patterns(const std::vector<Case>& cases, Kind kind) {
  for (const Case& c : cases)
    for (const Index n : c.sizes) {
      CAPTURE(c.spec, n);
      check_both_paths(built(c.spec, n).view(), kind);
    }
}

/// The mask of the first n tokens: the stored one, else every earlier key.
Pattern mask_of(const io::Head& head, Index n) {
  if (!head.mask)
    return support::pattern_where(n, n, [](Index i, Index j) { return j <= i; });
  return pattern::crop(Pattern(Csr<double>(*head.mask)), n, n);
}

pattern::Weights weights_of(const io::Head& head, const Pattern& mask) {
  const Shape shape{1, 1, mask.rows(), head.width};
  return attention::weights(View<const double>(head.q.data(), shape),
                            View<const double>(head.k.data(), shape), mask);
}

/// Every layer and head of a stored model on its first n tokens.
void check_heads(const std::string& file, Index n, Kind kind) {
  for (Index layer = 0; layer < layers; ++layer)
    for (Index head = 0; head < heads; ++head) {
      CAPTURE(file, layer, head, n);
      const io::Head stored = io::read_head(trained(file), layer, head);
      check_both_paths(weights_of(stored, mask_of(stored, n)).view(), kind);
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
  const Pattern graph = pattern::crop(spec::build("lps:p=5,q=13").pattern, 90, 90);
  check_both_paths(pattern::unite(graph, built("exponential", 90)).view(), Kind::directed);
  check_both_paths(pattern::causal(graph).view(), Kind::causal);
}

TEST_CASE("gap: intervals of stored block models hold the dense truth", "[spectral][intervals]") {
  const std::string file = trained("sbm.npz").string();
  for (Index layer = 0; layer < layers; ++layer)
    for (Index head = 0; head < heads; ++head) {
      CAPTURE(layer, head);
      const std::string term = message("sbm:file=\"", file, "\",layer=", layer, ",head=", head);
      const Pattern mask = pattern::crop(spec::build(term, {.seed = 5}).pattern, 72, 72);
      // The head's own weights, and for one head a layer uniform ones, on the sampled mask.
      if (head == layer)
        check_both_paths(mask.view(), Kind::directed);
      check_both_paths(weights_of(io::read_head(trained("sbm.npz"), layer, head), mask).view(),
                       Kind::directed);
    }
}

TEST_CASE("gap: intervals of all trained heads hold the dense truth",
          "[spectral][intervals][trained]") {
  check_heads("diffuser.npz", 72, Kind::directed);
  check_heads("causal.npz", 96, Kind::causal);
  // A head whose pi runs over many decades, where power iteration does not converge.
  const io::Head slow = io::read_head(trained("diffuser.npz"), 3, 1);
  check_both_paths(weights_of(slow, mask_of(slow, 256)).view(), Kind::directed);
}

TEST_CASE("gap: intervals of the released pattern on 512 tokens hold the dense truth",
          "[spectral][intervals]") {
  // One power: dense norms of 512 x 512 matrices are what takes the time.
  check_both_paths(built("diffuser:w=64,r=64,g=64", 512).view(), Kind::directed, 1);
}

TEST_CASE("gap: intervals of a nearly reducible head on 260 tokens hold the dense truth",
          "[spectral][intervals][trained]") {
  const io::Head head = io::read_head(trained("diffuser.npz"), 1, 3);
  check_both_paths(weights_of(head, mask_of(head, 260)).view(), Kind::directed);
}
