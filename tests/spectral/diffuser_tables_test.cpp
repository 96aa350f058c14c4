// SPDX-License-Identifier: Apache-2.0
// The released Diffuser pattern with uniform weights, made symmetric as max(B, B'): the second
// eigenvalues of its parts. The directed pattern is in directed_oracles_test.cpp.
#include "attnwalk/generators/diffuser.hpp"
#include "attnwalk/pattern/algebra.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/spectral/undirected.hpp"

#include "catch.hpp"
#include "chains.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <cstdlib>

using namespace attnwalk;
using namespace attnwalk::spectral;

namespace {

constexpr Index width = 64;
constexpr double printed = 5.01e-6; ///< half a unit of the last of five decimals

struct Parts {
  pattern::Pattern local, random, global;
};

/// From the definitions, at build 4096 with seed 0.
Parts parts(Index n) {
  const auto tokens = pattern::diffuser_globals(width, width, width);
  const auto in = [&](Index i) { return std::binary_search(tokens.begin(), tokens.end(), i); };
  std::vector<char> is_global(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i)
    is_global[static_cast<std::size_t>(i)] = in(i);
  return {
      support::pattern_where(n, n, [](Index i, Index j) { return std::abs(i / 32 - j / 32) <= 1; }),
      pattern::crop(pattern::diffuser_pairs(width), n, n),
      support::pattern_where(n, n, [&](Index i, Index j) {
        return is_global[static_cast<std::size_t>(i)] != 0 ||
               is_global[static_cast<std::size_t>(j)] != 0;
      })};
}

/// The ends of the spectrum alone: none of the coefficients and reaches of a whole report.
GapReport of(const pattern::Pattern& P, const GapOptions& how = {}) {
  const pattern::Pattern W = pattern::symmetrize(P);
  const auto structure = pattern::structure(W.view(), {.hops = 1, .exact_below = 0, .sources = 1});
  CHECK(structure.symmetric);
  return gap_undirected(W.view(), structure, how);
}

void require_second(const GapReport& r, double truth) {
  const Gap& second = r.at("lambda_2");
  INFO(second.method << " " << second.reason);
  CHECK(*second.value == Approx(truth).margin(printed));
  CHECK(*second.lo <= truth + printed);
  CHECK(*second.hi >= truth - printed);
  CHECK((second.status == Status::certified || second.status == Status::probable));
}

} // namespace

TEST_CASE("gap: second eigenvalues of the parts of the released pattern, cropped to 1024",
          "[spectral][undirected][published]") {
  const auto [local, random, global] = parts(1024);
  const GapOptions how{.dense_below = 0}; // a dense twin stands beside the pattern's tests
  require_second(of(local, how), .99665);
  require_second(of(random, how), .33956);
  require_second(of(pattern::unite(local, random), how), .74955);
  require_second(of(pattern::unite(local, global), how), .81035);
  require_second(of(pattern::diffuser(1024, width, width, width), how), .63805);
}

TEST_CASE("gap: second eigenvalues of the parts of the released pattern, whole",
          "[spectral][undirected][published]") {
  const auto [local, random, global] = parts(4096);
  require_second(of(local), .99980);
  require_second(of(random), .17392);
  require_second(of(pattern::unite(local, random)), .43081);
  require_second(of(pattern::unite(local, global)), .59723);
  require_second(of(pattern::diffuser(4096, width, width, width)), .33384);
}
