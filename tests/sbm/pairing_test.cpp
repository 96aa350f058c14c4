// SPDX-License-Identifier: Apache-2.0
// The power of the statistics in zoo.hpp: known wrong samplers are rejected, the right one is not.
#include "attnwalk/sbm/bulk_draws.hpp"

#include "catch.hpp"
#include "support/statistics.hpp"
#include "zoo.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

using namespace attnwalk;
using namespace attnwalk::sbm;
using namespace attnwalk::support;

namespace {

/// How the ends of edges, drawn block by block on both sides, are joined.
enum class Pairing {
  aligned,   ///< each block pair's sources with its own targets
  unaligned, ///< sources in u-major, targets in v-major order, as they were drawn
  gathered,  ///< targets re-ordered by the permutation's inverse
};

std::size_t pick(RandomStream& draw, const std::vector<double>& weights) {
  double left = draw.unit() * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0)
      return i;
  }
  return weights.size() - 1;
}

std::vector<double> column(const Membership& Y, Index c) {
  std::vector<double> x;
  for (Index i = 0; i < Y.tokens(); ++i)
    x.push_back(Y.at(i, c));
  return x;
}

/// A Poisson multigraph by block pairs: numbers of edges per pair, then ends per block.
zoo::Tally draw(const Model& model, Pairing pairing, int replicas) {
  zoo::Tally tally(model.queries(), model.keys());
  tally.replicas = replicas;
  const std::vector<double> y = model.Y.column_sums();
  const std::vector<double> z = model.Z.column_sums();
  const Index a = model.Y.clusters();
  const Index b = model.Z.clusters();
  BulkDraws words({17, 1});
  for (int r = 0; r < replicas; ++r) {
    words.start(static_cast<std::uint64_t>(r));
    RandomStream ends({18, 1}, static_cast<std::uint64_t>(r));
    std::vector<Index> table;
    for (Index u = 0; u < a; ++u)
      for (Index v = 0; v < b; ++v)
        table.push_back(poisson(words, y[static_cast<std::size_t>(u)] * model.S(u, v) *
                                           z[static_cast<std::size_t>(v)]));
    std::vector<std::size_t> sources; // u-major
    std::vector<std::size_t> targets; // v-major
    std::vector<std::size_t> place;   // of each u-major edge among the targets
    for (Index u = 0; u < a; ++u)
      for (Index v = 0; v < b; ++v)
        for (Index e = 0; e < table[static_cast<std::size_t>(u * b + v)]; ++e)
          sources.push_back(pick(ends, column(model.Y, u)));
    for (Index v = 0; v < b; ++v)
      for (Index u = 0; u < a; ++u)
        for (Index e = 0; e < table[static_cast<std::size_t>(u * b + v)]; ++e)
          targets.push_back(pick(ends, column(model.Z, v)));
    for (Index u = 0; u < a; ++u)
      for (Index v = 0; v < b; ++v) {
        Index start = 0;
        for (Index w = 0; w < b; ++w)
          for (Index t = 0; t < a; ++t)
            if (w < v || (w == v && t < u))
              start += table[static_cast<std::size_t>(t * b + w)];
        for (Index e = 0; e < table[static_cast<std::size_t>(u * b + v)]; ++e)
          place.push_back(static_cast<std::size_t>(start + e));
      }
    std::vector<double> length(static_cast<std::size_t>(model.queries()));
    std::vector<std::size_t> keys(sources.size());
    for (std::size_t e = 0; e < sources.size(); ++e)
      if (pairing == Pairing::aligned)
        keys[e] = targets[place[e]];
      else if (pairing == Pairing::unaligned)
        keys[e] = targets[e];
      else
        keys[place[e]] = targets[e];
    for (std::size_t e = 0; e < sources.size(); ++e) {
      tally.counts[sources[e]][keys[e]] += 1;
      length[sources[e]] += 1;
    }
    for (std::size_t i = 0; i < length.size(); ++i)
      tally.add_length(static_cast<Index>(i), length[i]);
  }
  return tally;
}

double misfit(const Model& model, Pairing pairing) {
  std::vector<std::vector<zoo::Law>> laws;
  for (const auto& row : zoo::rates_of(model)) {
    laws.emplace_back();
    for (const double rate : row)
      laws.back().push_back(zoo::poisson_copies(rate));
  }
  return zoo::misfit(draw(model, pairing, 24000), laws);
}

} // namespace

TEST_CASE("misfit: accepts aligned ends, rejects the two published wrong pairings",
          "[sbm][pairing]") {
  for (const zoo::Case& one : zoo::cases()) {
    if (one.name != "random" && one.name != "cyclic" && one.name != "symmetric" &&
        one.name != "rectangular")
      continue;
    INFO(one.name);
    CHECK(misfit(one.model, Pairing::aligned) < sigmas);
    CHECK(misfit(one.model, Pairing::unaligned) > 2 * sigmas);
    CHECK(misfit(one.model, Pairing::gathered) > 2 * sigmas);
  }
}
