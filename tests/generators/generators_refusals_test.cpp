// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/generators/banded.hpp"
#include "attnwalk/generators/grids.hpp"
#include "attnwalk/generators/numbers.hpp"
#include "attnwalk/generators/published.hpp"
#include "attnwalk/generators/simple.hpp"

#include "catch.hpp"

#include <functional>
#include <limits>

using namespace attnwalk;
using namespace attnwalk::pattern;

namespace {

struct Refusal {
  std::function<Pattern()> make;
  const char* sentence;
};

constexpr Index huge = std::numeric_limits<Index>::max();

} // namespace

TEST_CASE("generators: name the value, the bound and the nearest n that fits",
          "[generators][generators][refusal]") {
  const Refusal refusals[] = {
      {[] { return window(-1, 2); }, "n = -1 must be 0 or more"},
      {[] { return window(4, -2); }, "w = -2 must be 0 or more"},
      {[] { return ring(6, 3); },
       "n = 6 is less than 2 w + 1 = 7 for w = 3, the nearest n that fits"},
      {[] { return ring(0, 0); }, "n = 0 is less than 2 w + 1 = 1"},
      {[] { return ring(9, huge); }, "2 w + 1 = 18446744073709551615"},
      {[] { return ring(9, 1, {.stride = 0}); }, "stride = 0 must be 1 or more"},
      {[] { return ring(9, -1); }, "w = -1 must be 0 or more"},
      {[] { return block_window(64, 7); }, "w = 7 must be even and 2 or more: nearest is 6"},
      {[] { return block_window(64, 0); }, "w = 0 must be even and 2 or more: nearest is 2"},
      {[] { return dilated(9, 1, 0); }, "stride = 0 must be 1 or more"},
      {[] { return dilated(9, -1, 2); }, "w = -1 must be 0 or more"},
      {[] { return strided(9, -3); }, "stride = -3 must be 1 or more"},
      {[] { return margulis(24); }, "n = 24 must be a square: the nearest n that fits is 25"},
      {[] { return margulis(20); }, "the nearest n that fits is 16"},
      {[] { return margulis(-4); }, "n = -4 must be 0 or more"},
      {[] { return margulis(huge); }, "the nearest n that fits is 9223372030926249001"},
      {[] { return paley(15); },
       "n = 15 must be a prime that is 1 mod 4: the nearest n that fits is 13"},
      {[] { return paley(7); }, "the nearest n that fits is 5"},
      {[] { return paley(0); }, "the nearest n that fits is 5"},
      {[] { return paley(-huge); }, "the nearest n that fits is 5"},
      {[] { return hypercube(0); }, "n = 0 must be a power of two: the nearest n that fits is 1"},
      {[] { return hypercube(48); }, "the nearest n that fits is 32"},
      {[] { return hypercube(49); }, "the nearest n that fits is 64"},
      {[] { return hypercube(huge); }, "the nearest n that fits is 4611686018427387904"},
      {[] { return torus(2, 5); }, "a = 2 must be 3 or more"},
      {[] { return torus(5, -5); }, "b = -5 must be 3 or more"},
      {[] { return torus(huge, huge); }, "must be below 2^63"},
      {[] { return axial(10, 4); }, "cols = 4 must divide n = 10: the nearest n that fits is 8"},
      {[] { return axial(5, 7); }, "the nearest n that fits is 7"},
      {[] { return axial(5, 0); }, "cols = 0 must be 1 or more"},
      {[] { return exponential(-1); }, "n = -1 must be 0 or more"},
      {[] { return debruijn(3, 4); }, "b = 4 exceeds n = 3: the nearest n that fits is 4"},
      {[] { return debruijn(3, 0); }, "b = 0 must be 1 or more"},
      {[] { return star(4, 4); }, "n = 4 must exceed g = 4: the nearest n that fits is 5"},
      {[] { return star(4, -1); }, "g = -1 must be 0 or more"},
      {[] { return full(-1, 4); }, "the sizes -1 x 4 must be 0 or more"},
      {[] { return none(4, -1); }, "the sizes 4 x -1 must be 0 or more"},
      {[] { return longformer(9, 3, 1); }, "width = 3 must be even and 0 or more"},
      {[] { return longformer(9, 2, 10); }, "g = 10 exceeds n = 9: the nearest n that fits is 10"},
      {[] { return longformer(9, 2, -1); }, "g = -1 must be 0 or more"},
      {[] {
         return window(9, 1, {3, 2});
       },
       "rows [3, 2) must lie in [0, 9)"},
  };
  for (const Refusal& refusal : refusals) {
    INFO(refusal.sentence);
    CHECK_THROWS_WITH(refusal.make(), Catch::Contains(refusal.sentence));
  }
}

TEST_CASE("generators: predict the bytes of what would not fit",
          "[generators][generators][refusal]") {
  const Index n = 100'000'000'000;
  for (const auto& make : std::initializer_list<std::function<Pattern()>>{
           [=] { return window(n, 2); }, [=] { return ring(n, 40, {.stride = 3}); },
           [=] { return ring(huge, huge / 4, {.stride = 3}); }, [=] { return full(n, n); },
           [=] { return full(huge, huge); }, [=] { return none(n, 1); }, [=] { return star(n, 3); },
           [=] { return exponential(huge); }, [=] { return axial(n, n / 2); },
           [] { return paley(1'000'000'009); }, [] { return hypercube(Index{1} << 40); }})
    try {
      (void)make();
      FAIL("made");
    } catch (const Error& error) {
      CHECK(error.code() == Code::memory);
      CHECK_THAT(error.what(), Catch::Contains("bytes"));
    }
}

TEST_CASE("generators: a share of a pattern that does not fit is made alone",
          "[generators][generators][rows]") {
  const Index n = 1'000'000'000'000;
  const Pattern part = window(n, 2, {n / 2, n / 2 + 3});
  REQUIRE(part.rows() == 3);
  REQUIRE(part.cols() == n);
  CHECK(part.entries() == 15);
  CHECK(part.contains(0, n / 2 - 2));
  CHECK(debruijn(n, 10, {n - 1, n}).contains(0, n - 1));
  CHECK(hypercube(Index{1} << 40, {5, 6}).degree(0) == 40);
}

TEST_CASE("numbers: agree with trial division and hold at the ends of the range",
          "[generators][numbers]") {
  for (Index n = -3; n < 3000; ++n) {
    bool prime = n >= 2;
    for (Index k = 2; k * k <= n; ++k)
      prime = prime && n % k != 0;
    REQUIRE(is_prime(n) == prime);
  }
  CHECK(is_prime(9223372036854775783));       // the largest prime below 2^63
  CHECK_FALSE(is_prime(3825123056546413051)); // a strong pseudoprime to the bases 2 ... 23
  CHECK(floor_sqrt(huge) == floor_sqrt_limit);
  for (const Index r : {Index{0}, Index{1}, Index{94906267}, floor_sqrt_limit}) {
    CHECK(floor_sqrt(r * r) == r);
    if (r > 0)
      CHECK(floor_sqrt(r * r - 1) == r - 1);
  }
  CHECK(product_mod(huge - 1, huge - 1, huge) == 1);
  CHECK(power_mod(3, 0, 1) == 0);
}
