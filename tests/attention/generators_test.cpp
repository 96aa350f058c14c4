// SPDX-License-Identifier: Apache-2.0
// Every generator of the grammar: fused, GraphBLAS and loops in double agree, forward and backward.
#include "attnwalk/attention/attend.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/kernels/reference.hpp"

#include "catch.hpp"
#include "support/specs.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

using namespace attnwalk;
using attention::Backend;
using pattern::Pattern;
using support::specs;

namespace {

template <Real T>
Dense<T> normals(Index tokens, Index width, std::uint64_t substream) {
  Dense<T> X(tokens, width);
  RandomStream draw({21, 0}, substream);
  for (Index x = 0; x < X.shape().size(); ++x)
    X.data()[x] = static_cast<T>(static_cast<float>(draw.normal())); // the same numbers in both
  return X;
}

template <Real T>
double worst(const Dense<T>& found, const std::vector<double>& wanted) {
  double error = 0;
  for (std::size_t x = 0; x < wanted.size(); ++x)
    error = std::max(error, std::abs(static_cast<double>(found.data()[x]) - wanted[x]));
  return error;
}

/// Forward and backward on one pattern against loops in double.
template <Real T>
void compare(const Pattern& P, Index width, Backend backend, double tolerance) {
  const Index n = P.rows();
  const auto Q = normals<T>(n, width, 1), K = normals<T>(n, width, 2);
  const auto V = normals<T>(n, width, 3), G = normals<T>(n, width, 4);
  const auto q = normals<double>(n, width, 1), k = normals<double>(n, width, 2);
  const auto v = normals<double>(n, width, 3), g = normals<double>(n, width, 4);
  const auto wanted =
      kernels::reference::attention(P.view(), {.width = width,
                                               .value_width = width,
                                               .Q = q.data(),
                                               .K = k.data(),
                                               .V = v.data(),
                                               .G = g.data(),
                                               .scale = 1 / std::sqrt(static_cast<double>(width)),
                                               .dropout = {}});
  const attention::AttendOptions how{.lse = true, .backend = backend};
  const auto found = attention::attend<T>(Q.view(), K.view(), V.view(), P, how);
  const auto back =
      attention::attend_backward<T>(Q.view(), K.view(), V.view(), P, found, G.view(), how);
  // g . v and sums over the queries of a key grow with the width and with n
  const double grown = tolerance * (1 + std::sqrt(static_cast<double>(width))) *
                       (1 + std::sqrt(static_cast<double>(n)));
  INFO(attention::to_string(backend)
       << ", " << sizeof(T) << " bytes, width " << width << ", n " << n);
  CHECK(worst(found.Z, wanted.Z) <= tolerance);
  CHECK(worst(back.dQ, wanted.dQ) <= grown);
  CHECK(worst(back.dK, wanted.dK) <= grown);
  CHECK(worst(back.dV, wanted.dV) <= grown);
}

} // namespace

TEST_CASE("attend: fused, graphblas and double loops agree on every generator",
          "[attention][generators]") {
  const Index width = GENERATE(1, 7, 32, 64, 80, 128);
  std::size_t met = 0;
  for (const std::string& spec : specs()) {
    bool fits = false;
    for (const Index n : {0, 1, 2, 31, 37, 64, 150}) { // 150: rows of several tiles
      const std::optional<Pattern> P = support::built(spec, n);
      if (!P)
        continue;
      fits = true;
      INFO(spec);
      compare<double>(*P, width, Backend::fused, 1e-12);
      compare<double>(*P, width, Backend::graphblas, 1e-12);
      compare<float>(*P, width, Backend::fused, 1e-5);
      compare<float>(*P, width, Backend::graphblas, 1e-5);
    }
    met += fits ? 1 : 0;
  }
  CHECK(met == specs().size() - 1); // lps has one size, 2,184 for p = 5 and q = 13
}

TEST_CASE("attend: the Ramanujan graph of its one size, both back ends",
          "[attention][generators]") {
  const Pattern P = grammar::build("lps:p=5,q=13", {}).pattern;
  CHECK(P.rows() == 2184);
  compare<double>(P, 32, Backend::fused, 1e-12);
  compare<double>(P, 32, Backend::graphblas, 1e-12);
  compare<float>(P, 32, Backend::fused, 1e-5);
}
