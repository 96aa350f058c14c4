// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/draw_rows.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace attnwalk::sbm {
namespace {

constexpr Index stretch = 1024; ///< pairs whose coins are made at once

} // namespace

TiledRows::TiledRows(const Model& model, bool probabilities)
    : model_(model), rates_(model), probabilities_(probabilities),
      panels_((model.keys() + 63) / 64 * (64 / panel_width)) {
  const Index b = model.Z.clusters();
  Z_.resize(panels_ * panel_width * b);
  for (Index j = 0; j < model.keys(); ++j)
    for (Index v = 0; v < b; ++v)
      Z_[(j / panel_width * b + v) * panel_width + j % panel_width] = model.Z.at(j, v);
}

void TiledRows::draw(Index first, Index last, std::uint64_t substream, Scratch& s, RowBuffer& out,
                     Index* sizes) const {
  const Index b = model_.Z.clusters();
  const Index width = panels_ * panel_width;
  s.x.resize(group * b);
  s.tile.resize(group * width);
  for (Index i = first; i < last; ++i)
    rates_.row(i, s.x.data() + (i - first) * b);
  lane_kernels().rates(s.x.data(), last - first, Z_.data(), panels_, b, s.tile.data());
  for (Index i = first; i < last; ++i) {
    double* const p = s.tile.data() + (i - first) * width;
    if (model_.loops)
      p[i] = 1;
    const std::size_t begin = out.keys.size();
    out.keys.resize(begin + static_cast<std::size_t>(width));
    const Index size =
        toss(p, substream + static_cast<std::uint64_t>(i - first), s, out.keys.data() + begin);
    out.keys.resize(begin + static_cast<std::size_t>(size));
    sizes[i - first] = size;
    if (probabilities_)
      for (std::size_t e = begin; e < out.keys.size(); ++e)
        out.probability.push_back(p[out.keys[e]]);
  }
}

Index TiledRows::toss(double* rate, std::uint64_t substream, const Scratch& s,
                      std::uint32_t* keys) const {
  const Index m = model_.keys();
  const LaneKernels& lanes = lane_kernels();
  std::array<std::uint64_t, stretch / 2> words{};
  std::array<std::uint64_t, stretch / 64> bits{};
  std::uint32_t* end = keys;
  for (Index from = 0; from < m; from += stretch) {
    const Index count = std::min(stretch, panels_ * panel_width - from);
    lanes.philox(philox_key(s.key), substream, static_cast<std::uint64_t>(from / 4), count / 4,
                 words.data());
    const bool tie = lanes.toss(rate + from, count, model_.delta, words.data(), bits.data());
    std::uint32_t* const start = end;
    for (Index word = 0; word < count / 64; ++word)
      for (std::uint64_t left = bits[word]; left != 0; left &= left - 1)
        *end++ = static_cast<std::uint32_t>(from + 64 * word + std::countr_zero(left));
    while (end != start && end[-1] >= m)
      --end; // exploration mass reaches the padding of the last panel
    if (!tie)
      continue;
    // The coin agrees with p in its 32 bits: the rest of p against a coin of its own.
    end = std::remove_if(start, end, [&](std::uint32_t j) {
      const std::uint64_t word = words[(j - from) / 2];
      const auto coin = static_cast<double>(static_cast<std::uint32_t>(word >> (32 * (j & 1))));
      const double rest = rate[j] * 0x1p32 - coin;
      return rest < 1 &&
             RandomStream(part_of(s.key, "tie"), substream * static_cast<std::uint64_t>(m) + j)
                     .unit() >= rest;
    });
  }
  return end - keys;
}

Index draw_dense(const Model& model, Index i, std::uint64_t substream, bool probabilities,
                 Scratch& s, RowBuffer& out) {
  const std::size_t first = out.keys.size();
  RandomStream draw(s.key, substream);
  for (Index j = 0; j < model.keys(); ++j) {
    const double p = model.loops && i == j ? 1 : std::min(model.rate(i, j), 1.0);
    if (draw.unit() >= p)
      continue;
    out.keys.push_back(static_cast<std::uint32_t>(j));
    if (probabilities)
      out.probability.push_back(p);
  }
  return static_cast<Index>(out.keys.size() - first);
}

} // namespace attnwalk::sbm
