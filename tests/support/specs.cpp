// SPDX-License-Identifier: Apache-2.0
#include "support/specs.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/grammar/build.hpp"

#include "catch.hpp"

namespace attnwalk::support {

const std::vector<std::string>& specs() {
  static const std::vector<std::string> all{
      "window:w=3",
      "ring:w=2,stride=3",
      "blockwindow:w=4",
      "dilated:w=2,stride=3",
      "strided:stride=4",
      "global:g=2,at=spread",
      "random:d=5",
      "random:d=5,model=edges",
      "random:d=4,model=permutations",
      "regular:d=4",
      "expander:d=4",
      "erdos:prob=0.2",
      "margulis",
      "lps:p=5,q=13",
      "paley",
      "hypercube",
      "torus:a=8,b=8",
      "axial:cols=8",
      "exponential",
      "debruijn:b=2",
      "star:g=1",
      "full",
      "none",
      "diffuser:w=4,r=2,g=2,build=80",
      "bigbird:block=4,rblocks=1,gblocks=1",
      "longformer:width=6,g=2",
      "sbm:k=3,in=0.6,out=0.1",
      "causal(full)",
      "symmetric(random:d=2)",
      "loops(exponential)",
      "noloops(window:w=2)",
  };
  return all;
}

std::optional<pattern::Pattern> built(const std::string& spec, Index n) {
  try {
    return grammar::build(spec, {.queries = n, .seed = 5}).pattern;
  } catch (const Error& misfit) {
    REQUIRE(misfit.callers_mistake());
    return std::nullopt;
  }
}

} // namespace attnwalk::support
