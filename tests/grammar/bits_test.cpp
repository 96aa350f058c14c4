// SPDX-License-Identifier: Apache-2.0
// The bits of every random term, written down: a spec, n and a seed mean one pattern for good, on
// any machine, compiler and instruction set. A change here breaks everybody's stored results.
#include "attnwalk/grammar/build.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"

#include <cstdint>

using namespace attnwalk;

TEST_CASE("build: random terms keep their bits", "[grammar][build]") {
  struct Case {
    const char* spec;
    Index n;
    std::uint64_t bits;
  };
  const Case cases[] = {
      {"global:g=5,at=random", 300, 0xd58374d8b8be3e24},
      {"random:d=7", 300, 0x485bdc6c21e5fd86},
      {"random:d=7,model=edges", 300, 0xf4efc6138e8aa0d8},
      {"random:d=7,model=permutations", 300, 0x9b1cd381a591360c},
      {"regular:d=6", 300, 0xb2938a1adb46bc11},
      {"regular:d=41", 300, 0xf7d6a060cd6ca975},
      {"expander:d=6", 300, 0x32131e3ee6f384b1},
      {"erdos:prob=.03", 300, 0x45303d331eb043ad},
      {"erdos:prob=.03,directed=true", 300, 0x21d25e26017e7ebe},
      {"diffuser:w=8,r=5,g=4,build=300", 300, 0xfa970f7fd9172df8},
      {"diffuser:w=64,r=64,g=64", 600, 0x9256d1f8df671abb},
      {"bigbird:block=6,rblocks=2,gblocks=1", 300, 0xa2cd9d141ead3e9d},
      {"sbm:k=4,in=.3,out=.02", 300, 0x936f0e3b3a72b12b},
      {"sbm:k=300,in=.9,out=.01", 300, 0x762e3c79ba41fb4e},
      {"random:d=7+random:d=7", 300, 0x3a3da2fea1c76d1d},
  };
  for (const Case& c : cases) {
    INFO(c.spec);
    CHECK(support::fingerprint(grammar::build(c.spec, {.queries = c.n, .seed = 17}).pattern) ==
          c.bits);
  }
}
