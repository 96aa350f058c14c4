// SPDX-License-Identifier: Apache-2.0
// What exists on which structure: one table, for the dense and for the sparse solvers.
#include "attnwalk/generators/regular.hpp"
#include "attnwalk/spectral/gap.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::spectral;

namespace {

constexpr std::array<const char*, 18> columns{
    "lambda_2", "lambda_n",   "slem",           "sigma_2",        "additive",  "chatterjee",
    "k_step",   "pseudo_gap", "doeblin",        "dobrushin",      "consensus", "sigma_2_bipartite",
    "pi",       "cheeger_hi", "distance_hi(1)", "mixing_time_lo", "hop_bound", "kemeny"};

/// A row of the table. A letter a column: v a value whose gap is not 0; 1 a gap of exactly 0; r refused
/// with a reason; - not part of the report of this kind. pi is that of the degrees where an undirected
/// graph falls apart, and says so.
struct Row {
  const char* name;
  const char* dense;
  const char* sparse; ///< where the slem of directed walks is an estimate, and no spectrum is known
  std::function<double(Index n, Index i, Index j)> weight; ///< 0: no edge
  Kind kind;
};

/// Positive, without symmetry and without structure.
double any(Index i, Index j) {
  return 1 + static_cast<double>((7 * i + 11 * j + i * j) % 5);
}
bool near(Index n, Index i, Index j) {
  return (i - j + n) % n <= 2 || (j - i + n) % n <= 1;
}
double even(Index i, Index j) { // symmetric
  return any(std::min(i, j), std::max(i, j));
}

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"undirected, connected", "vvvvvvvv11v-vvvvvv", "vvvvvvvv11v-vvvvvr",
       [](Index n, Index i, Index j) { return near(n, i, j) && near(n, j, i) ? even(i, j) : 0; },
       Kind::undirected},
      {"undirected, bipartite", "v111vv1111v-vvvrrv", "v111vv1111v-vvvrrr",
       [](Index, Index i, Index j) { return std::abs(i - j) == 1 ? even(i, j) : 0; },
       Kind::undirected},
      {"undirected, disconnected", "1v11111111v-vvvrrr", "1v11111111v-vvvrrr",
       [](Index n, Index i, Index j) {
         return (2 * i < n) == (2 * j < n) && std::abs(i - j) <= 1 ? even(i, j) : 0;
       },
       Kind::undirected},
      {"directed, connected", "rrvvvvvv11v-v-vvv-", "rrvvvvvv11v-v-vrv-",
       [](Index n, Index i, Index j) { return near(n, i, j) ? any(i, j) : 0; }, Kind::directed},
      {"directed, periodic", "rr11vv1111v-v-vrr-", "rr11vv1111v-v-vrr-",
       [](Index n, Index i, Index j) {
         return j == (i + 1) % n || j == (i + n / 2 + 1) % n ? any(i, j) : 0;
       },
       Kind::directed},
      {"directed, reversible", "vvvvvvvv11v-v-vvv-", "vvvvvvvv11v-v-vvv-",
       [](Index n, Index i, Index j) {
         return near(n, i, j) && near(n, j, i) ? even(i, j) * (1 + static_cast<double>(i)) : 0;
       },
       Kind::directed},
      {"directed, one closed class and transient tokens", "rrvvvvvvvvv-v-vvr-",
       "rrvvvvvvvvv-v-vvr-",
       [](Index n, Index i, Index j) {
         const bool inside = 2 * i < n;
         return inside && 2 * j >= n ? 0 : j == 0 || std::abs(i - j) <= 1 ? any(i, j) : 0;
       },
       Kind::directed},
      {"directed, several closed classes", "1r1rrrrr11v-r-----", "1r1rrrrr11v-r-----",
       [](Index n, Index i, Index j) {
         const Index part = 3 * i / n;
         return part < 2 && 3 * j / n != part       ? 0
                : part == 2 || std::abs(i - j) <= 1 ? any(i, j)
                                                    : 0;
       },
       Kind::directed},
      {"causal", "vvvrrrrr11v-v-----", "vvvrrrrr11v-v-----",
       [](Index, Index i, Index j) { return j <= i && i - j <= 2 ? any(i, j) : 0; }, Kind::causal},
      {"causal, several closed classes", "1v1rrrrr11v-r-----", "1v1rrrrr11v-r-----",
       [](Index, Index i, Index j) {
         return j <= i && i - j <= 2 && (i != 1 || j == 1) ? any(i, j) : 0;
       },
       Kind::causal},
  };
  return table;
}

char cell(const GapReport& report, const std::string& name) {
  if (name == "pi") {
    if (!report.stationary.pi.empty())
      return 'v';
    CHECK_FALSE(report.stationary.status.empty());
    return 'r';
  }
  for (const Gap& g : report.gaps)
    if (g.name == name) {
      CHECK(g.value.has_value() == (g.status != Status::refused));
      if (g.status == Status::refused)
        CHECK_FALSE(g.reason.empty());
      return g.status == Status::refused ? 'r' : g.gap_hi.value_or(1) == 0 ? '1' : 'v';
    }
  for (const Bound& b : report.bounds)
    if (b.name == name) {
      if (!b.value)
        CHECK_FALSE(b.reason.empty());
      return b.value ? 'v' : 'r';
    }
  return '-';
}

Csr<double> weights_of(const Row& row, Index n) {
  Csr<double> W;
  W.rows = W.cols = n;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j)
      if (const double w = row.weight(n, i, j); w > 0) {
        W.columns.push_back(j);
        W.values.push_back(w);
      }
    W.offsets.push_back(static_cast<Index>(W.columns.size()));
  }
  return W;
}

} // namespace

TEST_CASE("gap: what exists on which structure, for both kinds of solvers",
          "[spectral][structures]") {
  for (const Row& row : rows())
    for (const Index n : {Index{8}, Index{72}}) { // dense; sparse, which begins above 64
      const GapReport report = gap(weights_of(row, n), {.dense_below = n == 8 ? Index{2048} : 0});
      CHECK(report.kind == row.kind);
      std::string cells;
      for (const char* name : columns)
        cells += cell(report, name);
      CAPTURE(row.name, n);
      CHECK(cells == (n == 8 ? row.dense : row.sparse));
      if (cells[0] == '1') // several classes: what is said of pi names them
        CHECK_THAT(report.stationary.status,
                   Catch::Contains("components") || Catch::Contains("classes"));
    }
}

TEST_CASE("gap: bounds that rest on a random start say so", "[spectral][structures]") {
  // An expander of 3000 tokens is beyond a factorization, a ring is not.
  const GapReport probable = gap(pattern::regular(3000, 8, {.key = {1, 0}}), {.dense_below = 0});
  REQUIRE(probable.at("lambda_2").status == Status::probable);
  const GapReport certified = gap(weights_of(rows().front(), 100), {.dense_below = 0});
  REQUIRE(certified.at("lambda_2").status == Status::certified);
  for (const char* name :
       {"cheeger_lo", "connectivity_lo", "diameter_hi", "resistance_lo", "resistance_hi",
        "distance_lo(1)", "mixing_time_lo", "mixing_time_sigma_2", "hop_bound"}) {
    CAPTURE(name);
    CHECK(test::bound(probable, name).reason == "holds with probability 0.999999");
    CHECK(test::bound(certified, name).reason.empty());
  }
}
