// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/diffuser.hpp"
#include "attnwalk/generators/random.hpp"
#include "attnwalk/sparse/normalize.hpp"
#include "attnwalk/spectral/directed.hpp"

#include "catch.hpp"
#include "spectral/chains.hpp"

#include <cmath>

using namespace attnwalk;
using namespace attnwalk::spectral;
using namespace attnwalk::test;

namespace {

constexpr double printed = 5e-10; ///< half a unit of the ninth digit

/// The gaps of the released pattern alone, by iteration: no coefficients, no reach.
struct Released {
  Index entries = 0;
  double mean_degree = 0;
  ChainGaps chain;
};

Released released(Index n, Index globals, Index dense_below = 0) {
  const pattern::Pattern P = pattern::diffuser(n, 64, 64, globals, {.key = {.seed = 0}});
  return {P.entries(), static_cast<double>(P.entries()) / static_cast<double>(n),
          chain_gaps(sparse::row_normalized(P.view()), nullptr, 1,
                     {.dense_below = dense_below, .steps = 1})};
}

/// The lazy directed cycle: sigma_2 = slem = cos(pi/n), l_add = (1 + cos(2 pi/n))/2.
void check_lazy_cycle(Index n) {
  Csr<double> A;
  A.rows = A.cols = n;
  for (Index i = 0; i < n; ++i) {
    const Index next = (i + 1) % n;
    A.columns.push_back(std::min(i, next));
    A.columns.push_back(std::max(i, next));
    A.offsets.push_back(static_cast<Index>(A.columns.size()));
  }
  const GapReport report = gap(A.view(), {.max_products = 2000, .steps = 1});
  const double angle = std::acos(-1.0) / static_cast<double>(n);
  const double slow = 2 * std::pow(std::sin(angle / 2), 2);
  const double additive = std::pow(std::sin(angle), 2);
  const Gap& s2 = report.at("sigma_2");
  INFO(s2.method << " " << *s2.gap << " [" << *s2.gap_lo << ", " << *s2.gap_hi << "]");
  CHECK(*s2.gap == Approx(slow).epsilon(1e-6));
  CHECK(*s2.gap_lo <= slow * (1 + 1e-9));
  CHECK(*s2.gap_lo > 0.9 * slow);
  CHECK(*report.at("additive").gap == Approx(additive).epsilon(1e-6));
  CHECK(*report.at("additive").gap_lo > 0.9 * additive);
  CHECK(*report.at("slem").gap_lo > 0.9 * slow);
  CHECK(*report.at("slem").gap_lo <= slow * (1 + 1e-9));
}

} // namespace

TEST_CASE("chain_gaps: the released Diffuser pattern", "[spectral][published]") {
  struct Row {
    Index n, entries;
    double degree, slem, sigma_2, tv, ratio, widest;
  };
  // Ends closer than `widest`: what a random start proves of sigma_2 bounds the slem.
  const Row row = GENERATE(Row{1024, 148938, 145.45, .713177559, .715113910, .1240, 11.1, .01},
                           Row{4096, 1147411, 280.13, .424687106, .428205724, .2131, 23.9, .01});
  const Released found = released(row.n, 64);
  CHECK(found.entries == row.entries);
  CHECK(std::abs(found.mean_degree - row.degree) < .005);
  const Gap& slem = named(found.chain.gaps, "slem");
  const Gap& sigma_2 = named(found.chain.gaps, "sigma_2");
  CHECK(std::abs(*slem.value - row.slem) < printed);
  CHECK(std::abs(*sigma_2.value - row.sigma_2) < printed);
  for (const Gap* g : {&slem, &sigma_2}) {
    INFO(g->name << " [" << *g->lo << ", " << *g->hi << "]");
    CHECK(*g->lo <= *g->value);
    CHECK(*g->value <= *g->hi);
    CHECK(*g->hi - *g->lo < row.widest);
  }
  const Stationary& pi = found.chain.stationary;
  CHECK(std::abs(pi.tv_uniform - row.tv) < 5e-5);
  CHECK(std::abs(pi.max / pi.min - row.ratio) < .05);
}

TEST_CASE("chain_gaps: the released Diffuser pattern without globals", "[spectral][published]") {
  CHECK(std::abs(*named(released(1024, 0).chain.gaps, "slem").value - .854682590) < printed);
}

TEST_CASE("gap: sums of d permutations have slem 1/sqrt(d), sigma_2 2 sqrt(d-1)/d",
          "[spectral][published]") {
  const Index n = 700;
  for (const Index d : {4, 9, 16})
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      // Counts, not the boolean union: coincidences add up.
      RandomStream draws({.seed = seed});
      std::vector<double> counts(static_cast<std::size_t>(n * n), 0.0);
      std::vector<Index> p(static_cast<std::size_t>(n));
      for (Index k = 0; k < d; ++k) {
        for (Index i = 0; i < n; ++i)
          p[static_cast<std::size_t>(i)] = i;
        for (Index i = n - 1; i > 0; --i)
          std::swap(p[static_cast<std::size_t>(i)],
                    p[draws.below(static_cast<std::uint64_t>(i) + 1)]);
        for (Index i = 0; i < n; ++i)
          counts[static_cast<std::size_t>(i * n + p[static_cast<std::size_t>(i)])] += 1;
      }
      const Csr<double> A =
          walk_of(n, [&](Index i, Index j) { return counts[static_cast<std::size_t>(i * n + j)]; });
      const GapReport report = gap(A.view(), {.dense_below = 0, .steps = 8});
      const auto degree = static_cast<double>(d);
      CHECK(*report.at("slem").value == Approx(1 / std::sqrt(degree)).epsilon(.05));
      CHECK(*report.at("sigma_2").value == Approx(2 * std::sqrt(degree - 1) / degree).epsilon(.05));
      CHECK(report.stationary.tv_uniform < 1e-12);
    }
}

TEST_CASE("gap: a directed band at large n, whose gaps only a factorization resolves",
          "[spectral][published]") {
  check_lazy_cycle(6000); // 1 - sigma_2 = 1.4e-7
}

TEST_CASE("gap: a directed band of 20000 tokens, gap 1.2e-8", "[.spectral-full]") {
  check_lazy_cycle(20000);
}

TEST_CASE("chain_gaps: the released Diffuser pattern on 1024 tokens, certified",
          "[.spectral-full]") {
  const Released found = released(1024, 64, 2048);
  struct Row {
    const char* name;
    double truth, widest; // the slem's upper end is a norm of a power
  };
  for (const auto& [name, truth, widest] :
       {Row{"slem", .713177559, 5e-4}, Row{"sigma_2", .715113910, 1e-9}}) {
    const Gap& g = named(found.chain.gaps, name);
    INFO(name << " [" << *g.lo << ", " << *g.hi << "] " << g.method);
    CHECK(g.status == Status::certified);
    CHECK(std::abs(*g.value - truth) < printed);
    CHECK(*g.lo <= truth + printed);
    CHECK(*g.hi >= truth - printed);
    CHECK(*g.hi - *g.lo < widest);
  }
}
