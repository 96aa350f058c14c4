// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/algebraic.hpp"
#include "attnwalk/sparse/validate.hpp"
#include "attnwalk/structure/structure.hpp"

#include "catch.hpp"
#include "support/matrices.hpp"

#include <algorithm>
#include <array>
#include <vector>

using namespace attnwalk;
using pattern::Pattern;

namespace {

using Matrix2 = std::array<Index, 4>; // (a, b; c, d) by rows

// Every invertible matrix mod q up to scale, in the documented order, by trying them all.
std::vector<Matrix2> projective_group(Index q, bool squares_only) {
  std::vector<bool> admitted(static_cast<std::size_t>(q), !squares_only);
  for (Index x = 1; x < q; ++x)
    admitted[static_cast<std::size_t>(x * x % q)] = true;
  std::vector<Matrix2> all;
  for (Index b = 0; b < q; ++b)
    for (Index c = 0; c < q; ++c)
      for (Index e = 1; e < q; ++e)
        if (admitted[static_cast<std::size_t>(e)])
          all.push_back({1, b, c, (b * c + e) % q});
  for (Index c = 1; c < q; ++c)
    for (Index d = 0; d < q; ++d)
      if (admitted[static_cast<std::size_t>(q - c)])
        all.push_back({0, 1, c, d});
  return all;
}

// The quaternions of norm p, real part odd and positive, by trying all coefficients.
std::vector<Matrix2> quaternions(Index p, Index q) {
  Index root = 1;
  while (root * root % q != q - 1)
    ++root;
  std::vector<Matrix2> all;
  for (Index a0 = 1; a0 <= p; a0 += 2)
    for (Index a1 = -p; a1 <= p; ++a1)
      for (Index a2 = -p; a2 <= p; ++a2)
        for (Index a3 = -p; a3 <= p; ++a3)
          if (a0 * a0 + a1 * a1 + a2 * a2 + a3 * a3 == p)
            all.push_back({a0 + root * a1, a2 + root * a3, -a2 + root * a3, a0 - root * a1});
  return all;
}

bool proportional(const Matrix2& M, const Matrix2& N, Index q) {
  for (std::size_t s = 0; s < 4; ++s)
    for (std::size_t t = 0; t < s; ++t)
      if ((M[s] * N[t] - M[t] * N[s]) % q != 0)
        return false;
  return true;
}

} // namespace

TEST_CASE("lps: (i, j) is an edge iff i^-1 j is a quaternion of norm p", "[generators][lps]") {
  const Index p = 17;
  const Index q = 13; // 17 = 2^2 mod 13: PSL(2, 13)
  const std::vector<Matrix2> group = projective_group(q, true);
  const std::vector<Matrix2> steps = quaternions(p, q);
  REQUIRE(pattern::lps_size(p, q) == static_cast<Index>(group.size()));
  REQUIRE(steps.size() == static_cast<std::size_t>(p + 1));
  const Pattern made = pattern::lps(p, q);
  Index found = 0;
  for (Index i = 0; i < made.rows(); i += 7)
    for (Index j = 0; j < made.cols(); ++j) {
      const Matrix2& M = group[static_cast<std::size_t>(i)];
      const Matrix2& N = group[static_cast<std::size_t>(j)];
      const Matrix2 quotient{M[3] * N[0] - M[1] * N[2], M[3] * N[1] - M[1] * N[3],
                             M[0] * N[2] - M[2] * N[0], M[0] * N[3] - M[2] * N[1]};
      bool edge = false;
      for (const Matrix2& step : steps)
        edge = edge || proportional(quotient, step, q);
      found += edge ? 1 : 0;
      if (edge != made.contains(i, j))
        FAIL("row " << i << ", column " << j);
    }
  CHECK(found == (p + 1) * ((made.rows() + 6) / 7));
}

TEST_CASE("lps: is connected, simple and (p+1)-regular, bipartite iff p is no square mod q",
          "[generators][lps]") {
  struct Case {
    Index p, q, n;
    bool bipartite;
  };
  for (const Case& c : {Case{5, 13, 2184, true},
                        {13, 17, 2448, false},
                        {17, 13, 1092, false},
                        {5, 17, 4896, true},
                        {5, 29, 12180, false},
                        {29, 13, 1092, false}}) {
    INFO("p = " << c.p << ", q = " << c.q);
    const Pattern made = pattern::lps(c.p, c.q);
    CHECK(pattern::lps_size(c.p, c.q) == c.n);
    CHECK(made.rows() == c.n);
    REQUIRE_NOTHROW(sparse::validate(made.view()));
    const pattern::Structure facts = pattern::structure(made.view(), {.hops = 0, .sources = 1});
    CHECK(facts.regular == c.p + 1);
    CHECK(facts.symmetric);
    CHECK(facts.loops == 0);
    CHECK(facts.components == 1);
    CHECK(facts.bipartite_components == (c.bipartite ? 1 : 0));
  }
}

TEST_CASE("lps: row ranges are rows of the whole", "[generators][lps][rows]") {
  const Pattern whole = pattern::lps(5, 13);
  const Pattern part = pattern::lps(5, 13, {1000, 2100});
  REQUIRE(part.rows() == 1100);
  REQUIRE(part.cols() == 2184);
  for (Index r = 0; r < part.rows(); ++r)
    REQUIRE(std::ranges::equal(part.row(r), whole.row(r + 1000)));
}

TEST_CASE("lps: refuses p and q without a graph", "[generators][lps][refusal]") {
  const auto refused = [](Index p, Index q, const char* sentence) {
    CHECK_THROWS_WITH(pattern::lps(p, q), Catch::Contains(sentence));
    CHECK_THROWS_WITH(pattern::lps_size(p, q), Catch::Contains(sentence));
  };
  refused(7, 13, "p = 7 must be a prime that is 1 mod 4: the nearest is 5");
  refused(9, 13, "p = 9 must be a prime");
  refused(-5, 13, "p = -5 must be a prime that is 1 mod 4: the nearest is 5");
  refused(5, 15, "q = 15 must be a prime that is 1 mod 4: the nearest is 13");
  refused(13, 13, "must be distinct");
  refused(29, 5, "q = 5 is too small for p = 29: q^2 must exceed 4 p = 116");
  refused(5, 2147483629, "must be at most 1048576");
  CHECK_THROWS_AS(pattern::lps(5, 13, {0, 2185}), Error);
  CHECK_THROWS_WITH(pattern::lps(5, 999961), Catch::Contains("bytes"));
}
