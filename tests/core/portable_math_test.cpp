// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/isa.hpp"
#include "attnwalk/core/portable_math.hpp"
#include "attnwalk/sbm/bulk_draws.hpp"
#include "attnwalk/sbm/row_set.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::sbm;
using namespace attnwalk::support;

namespace {

const double few_ulp = 8 * std::numeric_limits<double>::epsilon();

} // namespace

TEST_CASE("portable: functions agree with libm to a few ulp", "[core][portable]") {
  for (double x = 1e-300; x < 700; x = x < 1e-6 ? x * 1e6 : x * 1.37 + 1e-3) {
    CHECK(std::abs(exp_of_minus(x) / std::exp(-x) - 1) < few_ulp);
    CHECK(std::abs(one_minus_exp(x) / -std::expm1(-x) - 1) < few_ulp);
  }
  CHECK(exp_of_minus(0) == 1);
  CHECK(one_minus_exp(0) == 0);
  CHECK(exp_of_minus(800) == 0);
  for (double p = 1e-300; p <= .5; p = p < 1e-6 ? p * 1e6 : p * 1.1 + 1e-9)
    CHECK(std::abs(rate_of(p) / -std::log1p(-p) - 1) < few_ulp);
  CHECK(rate_of(.5) == Approx(std::log(2)).epsilon(few_ulp));
  for (double k = 0; k < 1e15; k = std::floor(k * 1.7) + 1)
    // Differences of numbers near 30: 1e-14 of those.
    CHECK(std::abs(log_factorial(k) - std::lgamma(k + 1)) <= 1e-14 * (30 + std::lgamma(k + 1)));
}

TEST_CASE("words: the words of RandomStream, on every instruction set", "[core][words]") {
  const Isa chosen = isa();
  for (const Isa set : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (static_cast<int>(set) > static_cast<int>(best_isa()))
      continue;
    choose_isa(set);
    BulkDraws words({5, 6});
    for (const std::uint64_t substream : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
      RandomStream draw({5, 6}, substream);
      words.start(substream);
      bool same = true;
      for (int w = 0; w < 1000; ++w)
        same &= words.bits() == draw.bits();
      CHECK(same);
    }
  }
  choose_isa(chosen);
}

TEST_CASE("lane kernels: rates are the same bits on every instruction set", "[core][words]") {
  const Isa chosen = isa();
  const Index b = 13;
  const Index panels = 3;
  RandomStream draw({1, 9});
  std::vector<double> x(static_cast<std::size_t>(7 * b));
  std::vector<double> Z(static_cast<std::size_t>(panels * panel_width * b));
  for (auto* numbers : {&x, &Z})
    for (double& number : *numbers)
      number = draw.unit();
  const auto rates = [&](Isa set) {
    choose_isa(set);
    std::vector<double> out(static_cast<std::size_t>(7 * panels * panel_width));
    lane_kernels().rates(x.data(), 7, Z.data(), panels, b, out.data());
    return out;
  };
  const std::vector<double> wanted = rates(Isa::baseline);
  double first = 0;
  for (std::size_t v = 0; v < static_cast<std::size_t>(b); ++v)
    first += x[v] * Z[v * panel_width];
  CHECK(wanted[0] == first);
  for (const Isa set : {Isa::avx2, Isa::avx512})
    if (static_cast<int>(set) <= static_cast<int>(best_isa()))
      CHECK(rates(set) == wanted);
  choose_isa(chosen);
}

TEST_CASE("poisson: follows its law for small and large means", "[core][poisson]") {
  // 10^5 draws each, seed 12; bins of expected count below 10 are merged into the tails.
  const double mean = GENERATE(1e-3, .3, 2.0, 9.99, 10.0, 11.3, 40.0, 1000.0, 1e6);
  const int draws = 100000;
  BulkDraws words({12, 1});
  double sum = 0;
  double squares = 0;
  std::vector<double> counts(1);
  const double sd = std::sqrt(mean);
  const double low = std::max(0.0, std::floor(mean - 5 * sd));
  const double width = std::max(1.0, std::floor(sd / 4));
  counts.resize(static_cast<std::size_t>(10 * sd / width) + 12);
  for (int d = 0; d < draws; ++d) {
    words.start(static_cast<std::uint64_t>(d));
    const auto k = static_cast<double>(poisson(words, mean));
    sum += k - mean;
    squares += (k - mean) * (k - mean);
    const double bin =
        std::clamp(std::floor((k - low) / width), 0.0, static_cast<double>(counts.size()) - 1);
    counts[static_cast<std::size_t>(bin)] += 1;
  }
  CHECK(std::abs(sum / draws) < sigmas * sd / std::sqrt(draws));
  // Var((k - mean)^2) = mean + 2 mean^2.
  CHECK(std::abs(squares / draws - mean) < sigmas * std::sqrt((mean + 2 * mean * mean) / draws));
  std::vector<double> expected(counts.size());
  for (std::size_t bin = 0; bin < counts.size(); ++bin)
    for (double k = low + static_cast<double>(bin) * width;
         k < low + static_cast<double>(bin + 1) * width; ++k)
      expected[bin] += draws * std::exp(k * std::log(mean) - mean - std::lgamma(k + 1));
  std::vector<double> seen(1);
  std::vector<double> wanted(1);
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    seen.back() += counts[bin];
    wanted.back() += expected[bin];
    if (wanted.back() >= 10) {
      seen.push_back(0);
      wanted.push_back(0);
    }
  }
  wanted.back() = 0; // the rest of the probability goes to the last bin
  double rest = draws;
  for (const double w : wanted)
    rest -= w;
  wanted.back() = std::max(rest, 1.0);
  CHECK(chi_square_excess(seen, wanted) < sigmas);
}

TEST_CASE("row set: gives back what was inserted, ascending and once", "[core][row_set]") {
  for (const Index bound : {1, 63, 64, 5000, 300000, 40000000}) {
    RowSet set(bound);
    RandomStream draw({13, static_cast<std::uint64_t>(bound)});
    for (int round = 0; round < 3; ++round) {
      std::set<std::uint32_t> wanted;
      for (int d = 0; d < 500; ++d) {
        const auto x = static_cast<std::uint32_t>(draw.below(static_cast<std::uint64_t>(bound)));
        CHECK(set.insert(x) == wanted.insert(x).second);
      }
      std::vector<std::uint32_t> found(500);
      found.resize(static_cast<std::size_t>(set.drain(found.data()) - found.data()));
      CHECK(std::equal(found.begin(), found.end(), wanted.begin(), wanted.end()));
    }
  }
}
