// SPDX-License-Identifier: Apache-2.0
// The sentence of each shape of walk, on reports that spectral::gap makes; the hops it names against
// powers of the matrix.
#include "attnwalk/core/random.hpp"
#include "attnwalk/grammar/build.hpp"
#include "attnwalk/report/answer.hpp"

#include "catch.hpp"
#include "support/words.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::report;
using spectral::GapReport;

using words::contains;

namespace {

GapReport of(const std::string& spec, Index n, spectral::GapOptions how = {}) {
  return spectral::gap(grammar::build(spec, n).pattern, how);
}

using Rows = std::vector<std::vector<double>>;

Csr<double> dense(const Rows& A) {
  const auto n = static_cast<Index>(A.size());
  Csr<double> out;
  out.rows = out.cols = n;
  out.offsets = {0};
  for (const auto& row : A) {
    for (Index j = 0; j < n; ++j)
      if (row[j] > 0) {
        out.columns.push_back(j);
        out.values.push_back(row[j]);
      }
    out.offsets.push_back(static_cast<Index>(out.columns.size()));
  }
  return out;
}

Rows product(const Rows& A, const Rows& B) {
  Rows C(A.size(), std::vector<double>(A.size(), 0));
  for (std::size_t i = 0; i < A.size(); ++i)
    for (std::size_t k = 0; k < A.size(); ++k)
      for (std::size_t j = 0; j < A.size(); ++j)
        C[i][j] += A[i][k] * B[k][j];
  return C;
}

/// The least k with max_i TV(e_i A^k, limit) <= 1/4, where the limit is a row of a high power.
double hops_by_powers(const Rows& A) {
  Rows limit = A;
  for (int squarings = 0; squarings < 40; ++squarings)
    limit = product(limit, limit);
  Rows power = A;
  for (int k = 1; k < 100000; ++k) {
    double worst = 0;
    for (const auto& row : power) {
      double l1 = 0;
      for (std::size_t j = 0; j < row.size(); ++j)
        l1 += std::abs(row[j] - limit[0][j]);
      worst = std::max(worst, l1 / 2);
    }
    if (worst <= 0.25)
      return k;
    power = product(power, A);
  }
  return HUGE_VAL;
}

/// Softmax rows of random scores, sharper with `scale`; below the diagonal alone if causal.
Rows softmax(std::size_t n, double scale, bool causal, std::uint64_t seed) {
  RandomStream draws({seed, stream_of("answer test")});
  Rows A(n, std::vector<double>(n, 0));
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < (causal ? i + 1 : n); ++j)
      sum += A[i][j] = std::exp(scale * static_cast<double>(draws.bits() >> 11U) * 0x1p-53);
    for (double& a : A[i])
      a /= sum;
  }
  return A;
}

} // namespace

TEST_CASE("walk_facts: the shape of a walk, from graph search alone", "[report][answer]") {
  CHECK(walk_facts(of("none", 0)).shape == WalkShape::empty);
  CHECK(walk_facts(of("full", 1)).shape == WalkShape::single_token);
  CHECK(walk_facts(of("ring:w=2,stride=6", 60)).shape == WalkShape::split);
  CHECK(walk_facts(of("hypercube", 16)).shape == WalkShape::periodic);
  CHECK(walk_facts(of("causal(window:w=2)", 12)).shape == WalkShape::draining);
  CHECK(walk_facts(of("window:w=2", 12)).shape == WalkShape::mixing);
  CHECK(walk_facts(of("exponential", 16)).shape == WalkShape::mixing);
  CHECK(walk_facts(of("full", 9, {.kind = spectral::Kind::bipartite})).shape ==
        WalkShape::rectangular);
}

TEST_CASE("answer: the verdict comes first and says how sure it is", "[report][answer]") {
  const auto sentence = [](const std::string& spec, Index n) {
    return answer(of(spec, n)).sentence;
  };
  CHECK(contains(sentence("ring:w=2,stride=6", 60),
                 "Does not mix (certified by graph search): 6 groups"));
  CHECK(contains(sentence("hypercube", 16), "period 2"));
  CHECK(contains(sentence("causal(window:w=2)", 12), "Drains into token 0"));
  CHECK(contains(sentence("window:w=1", 400), "Mixes slowly"));
  CHECK(contains(sentence("window:w=1", 400), "certified"));
  CHECK(contains(sentence("full", 12), "Mixes fast"));
  CHECK(answer(of("full", 12)).verdict == Verdict::fast);
  CHECK(answer(of("window:w=1", 400)).verdict == Verdict::slow);
  CHECK(answer(of("hypercube", 16)).verdict == Verdict::never);
}

TEST_CASE("answer: what limits a walk is what its gaps say", "[report][answer]") {
  const std::string hubs = answer(of("global:g=16", 256)).sentence;
  CHECK(contains(hubs, "Alternation limits it"));
  CHECK(contains(hubs, "lambda_n = -0.93"));
  CHECK_FALSE(contains(
      hubs, "bottleneck")); // half of the attention of either side crosses the narrowest cut
  CHECK(contains(answer(of("ring:w=2", 65)).sentence, "A bottleneck limits it: 32 of 65"));
}

TEST_CASE("answer: no statement about one limit where there are several", "[report][answer]") {
  for (const char* spec : {"ring:w=2,stride=6", "causal(none)", "hypercube"}) {
    const GapReport report = of(spec, 64);
    const Answer found = answer(report);
    if (found.facts.one_limit && found.facts.settles)
      continue;
    CHECK_FALSE(contains(found.sentence, "common limit"));
    CHECK_FALSE(found.hops_hi);
  }
}

TEST_CASE("answer: the hops it names hold the true number of hops", "[report][answer]") {
  for (const bool causal : {false, true})
    for (const double scale : {1.0, 4.0, 9.0})
      for (std::uint64_t seed = 0; seed < 6; ++seed) {
        const Rows A = softmax(8, scale, causal, seed);
        const Answer found = answer(spectral::gap(dense(A)));
        const double truth = hops_by_powers(A);
        INFO(scale << " " << seed << " " << found.sentence);
        REQUIRE(found.hops_lo);
        CHECK(*found.hops_lo <= truth);
        if (found.hops_hi)
          CHECK(*found.hops_hi >= truth);
        if (causal)
          CHECK(found.hops_lo == found.hops_hi);
      }
}

TEST_CASE("answer: a causal walk too slow for its products still has a lower end",
          "[report][answer]") {
  Rows A{{1, 0}, {1e-9, 1 - 1e-9}};
  const Answer found = answer(spectral::gap(dense(A), {.max_products = 50}));
  REQUIRE(found.hops_lo); // (1 - 1e-9)^k <= 1/4 from k = ln 4 / 1e-9 on
  CHECK(*found.hops_lo == Approx(std::log(4.0) / 1e-9).epsilon(1e-6));
  CHECK(found.verdict == Verdict::slow);
}

TEST_CASE("key_numbers: three at most, each of a walk's own kind", "[report][answer]") {
  const auto names = [](const GapReport& report) {
    std::vector<std::string> found;
    for (const KeyNumber& key : key_numbers(report))
      found.push_back(key.name);
    return found;
  };
  using Names = std::vector<std::string>;
  CHECK(names(of("window:w=2", 30)) == Names{"slem gap", "cheeger", "mixing_time"});
  CHECK(names(of("exponential", 30)) == Names{"slem gap", "sigma_2 gap", "mixing_time"});
  CHECK(names(of("causal(window:w=2)", 30)) ==
        Names{"mixing_time", "absorption_mean", "absorption_max"});
  CHECK(names(of("full", 1)).empty());
}

TEST_CASE("refusals: names of one cause together", "[report][answer]") {
  const std::vector<Refusal> causes = refusals(of("causal(window:w=2)", 12));
  REQUIRE(causes.size() == 1);
  CHECK(causes.front().names.size() == 5);
  CHECK(refusals(of("window:w=2", 12)).empty());
}
