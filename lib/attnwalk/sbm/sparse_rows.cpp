// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/portable_math.hpp"
#include "attnwalk/sbm/draw_rows.hpp"

#include <algorithm>

namespace attnwalk::sbm {
namespace {

/// Room for `count` more numbers at the end.
std::uint32_t* room(Buffer<std::uint32_t>& buffer, Index count) {
  const std::size_t size = buffer.size();
  buffer.resize(size + static_cast<std::size_t>(count));
  return buffer.data() + size;
}

std::span<Proposal> more(Buffer<Proposal>& proposals, Index count) {
  const std::size_t size = proposals.size();
  proposals.resize(size + static_cast<std::size_t>(count));
  return {proposals.data() + size, static_cast<std::size_t>(count)};
}

} // namespace

Scratch::Scratch(const Model& model, Key key)
    : draws(key), set(model.keys()), x(static_cast<std::size_t>(model.Z.clusters())), key(key) {}

SparseRows::SparseRows(const Model& model, SampleMethod method, bool probabilities, int threads)
    : model_(model), plan_(model, method), tables_(model.Z, threads),
      copies_(method == SampleMethod::poisson), probabilities_(probabilities) {
  if (plan_.by_cluster())
    return;
  const std::vector<double>& weights = plan_.weights();
  const auto b = static_cast<std::size_t>(model.Z.clusters());
  choice_.resize(weights.size());
  for (std::size_t u = 0; u * b < weights.size(); ++u)
    if (plan_.weight_sums()[u] > 0)
      AliasTable::build({weights.data() + u * b, b}, plan_.weight_sums()[u],
                        AliasTable::alias_bits(model.Z.clusters()), choice_.data() + u * b);
}

Index SparseRows::draw(Index i, std::uint64_t substream, Scratch& s, RowBuffer& out) const {
  const std::size_t first = out.keys.size();
  s.draws.start(substream);
  const SparsePlan::Row row = plan_.row(i, s.x.data());
  if (row.coins) {
    draw_coins(i, s, out);
  } else {
    s.drawn.clear();
    s.proposals.clear();
    if (plan_.by_cluster())
      propose_by_cluster(row.c, s);
    else
      propose_by_query(i, row.c, s);
    tables_.look_up(s.proposals, room(s.drawn, static_cast<Index>(s.proposals.size())));
    s.repeats.clear();
    std::uint32_t* const keys = room(out.keys, static_cast<Index>(s.drawn.size()) + 1);
    for (const std::uint32_t key : s.drawn) {
      if (model_.loops && key == i)
        continue; // the certain loop stands for whatever was drawn
      if (!s.set.insert(key) && copies_)
        s.repeats.push_back(key);
    }
    if (model_.loops)
      s.set.insert(static_cast<std::uint32_t>(i));
    out.keys.resize(s.set.drain(keys) - out.keys.data());
    if (plan_.law() == SparsePlan::Law::thinned)
      thin(i, row.c, first, s, out);
    if (copies_)
      count_copies(first, s, out);
  }
  if (probabilities_) {
    const bool poisson = plan_.law() == SparsePlan::Law::poisson;
    plan_.rates().row(i, s.x.data());
    for (std::size_t e = first; e < out.keys.size(); ++e) {
      const Index j = out.keys[e];
      out.probability.push_back(poisson && !(model_.loops && i == j)
                                    ? plan_.rates().rate(s.x.data(), j)
                                    : plan_.rates().probability(s.x.data(), i, j));
    }
  }
  return static_cast<Index>(out.keys.size() - first);
}

void SparseRows::propose_by_cluster(double c, Scratch& s) const {
  const bool exact = plan_.law() == SparsePlan::Law::exact;
  const std::vector<double>& sums = tables_.sums();
  for (std::size_t v = 0; v < sums.size(); ++v) {
    double mean = c * s.x[v] * sums[v];
    if (exact) {
      const double p = std::min(s.x[v] + model_.delta, 1.0);
      if (p > 0.5) {
        draw_crowded(v, p, s);
        continue;
      }
      mean = rate_of(p) * sums[v];
    }
    for (Proposal& proposal : more(s.proposals, poisson(s.draws, mean)))
      proposal = tables_.propose(v, s.draws.bits());
  }
  if (!exact)
    draw_anywhere(c * model_.delta * static_cast<double>(model_.keys()), s);
}

void SparseRows::propose_by_query(Index i, double c, Scratch& s) const {
  const Membership& Y = model_.Y;
  const std::vector<double>& sums = plan_.weight_sums();
  if (Y.is_hard()) {
    const std::size_t u = Y.cluster(i);
    draw_by_query(u, poisson(s.draws, c * Y.weight(i) * sums[u]), s);
  } else {
    for (std::size_t u = 0; u < sums.size(); ++u)
      draw_by_query(u, poisson(s.draws, c * Y.row(i)[u] * sums[u]), s);
  }
  if (plan_.law() == SparsePlan::Law::exact) {
    const std::uint32_t u = Y.cluster(i);
    for (Index v = 0; v < model_.Z.clusters(); ++v) {
      const double p = std::min(model_.S(u, v) + model_.delta, 1.0);
      if (p > 0.5)
        draw_crowded(static_cast<std::size_t>(v), p, s);
    }
  } else {
    draw_anywhere(c * model_.delta * static_cast<double>(model_.keys()), s);
  }
}

void SparseRows::draw_by_query(std::size_t u, Index count, Scratch& s) const {
  const Index b = model_.Z.clusters();
  const std::uint64_t* const choice = choice_.data() + u * static_cast<std::size_t>(b);
  const int bits = AliasTable::alias_bits(b);
  for (Proposal& proposal : more(s.proposals, count)) {
    const std::uint64_t v = AliasTable::draw(choice, b, bits, s.draws.bits());
    proposal = tables_.propose(v, s.draws.bits());
  }
}

void SparseRows::draw_anywhere(double mean, Scratch& s) const {
  const auto m = static_cast<std::uint64_t>(model_.keys());
  const Index count = poisson(s.draws, mean);
  std::uint32_t* const out = room(s.drawn, count);
  for (Index e = 0; e < count; ++e)
    out[e] = static_cast<std::uint32_t>((static_cast<Wide>(s.draws.bits()) * m) >> 64);
}

void SparseRows::draw_crowded(std::size_t v, double p, Scratch& s) const {
  // Keys are missing with probability 1 - p <= 1/2, so those are drawn instead.
  const std::span<const std::uint32_t> members = tables_.members(v);
  const auto size = static_cast<Index>(members.size());
  const Index count = poisson(s.draws, rate_of(1 - p) * static_cast<double>(size));
  Buffer<Proposal> proposals;
  for (Proposal& proposal : more(proposals, count))
    proposal = tables_.propose(v, s.draws.bits());
  Buffer<std::uint32_t> missing(static_cast<std::size_t>(count));
  tables_.look_up(proposals, missing.data());
  std::sort(missing.begin(), missing.end());
  auto gap = missing.begin();
  std::uint32_t* out = room(s.drawn, size);
  for (const std::uint32_t j : members) {
    while (gap != missing.end() && *gap < j)
      ++gap;
    if (gap == missing.end() || *gap != j)
      *out++ = j;
  }
  s.drawn.resize(out - s.drawn.data());
}

void SparseRows::thin(Index i, double c, std::size_t first, Scratch& s, RowBuffer& out) const {
  // p / (1 - e^{-c p}) >= 1/c, so most coins are decided without p.
  const double sure = 1 / c;
  bool known = plan_.by_cluster();
  std::size_t kept = first;
  for (std::size_t e = first; e < out.keys.size(); ++e) {
    const std::uint32_t j = out.keys[e];
    const double coin = s.draws.unit();
    bool keep = coin < sure || (model_.loops && j == i);
    if (!keep) {
      if (!known)
        plan_.rates().row(i, s.x.data());
      known = true;
      const double p = std::min(plan_.rates().rate(s.x.data(), j), 1.0);
      keep = coin * one_minus_exp(c * p) < p;
    }
    out.keys[kept] = j;
    kept += keep ? 1 : 0;
  }
  out.keys.resize(kept);
}

void SparseRows::count_copies(std::size_t first, Scratch& s, RowBuffer& out) {
  std::sort(s.repeats.begin(), s.repeats.end());
  auto repeat = s.repeats.begin();
  for (std::size_t e = first; e < out.keys.size(); ++e) {
    std::uint32_t copies = 1;
    for (; repeat != s.repeats.end() && *repeat == out.keys[e]; ++repeat)
      ++copies;
    out.copies.push_back(copies);
  }
}

void SparseRows::draw_coins(Index i, Scratch& s, RowBuffer& out) const {
  const RateRows& rates = plan_.rates();
  rates.row(i, s.x.data());
  for (Index j = 0; j < model_.keys(); ++j)
    if (s.draws.unit() < rates.probability(s.x.data(), i, j))
      out.keys.push_back(static_cast<std::uint32_t>(j));
}

} // namespace attnwalk::sbm
