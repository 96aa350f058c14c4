// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/draw.hpp"
#include "attnwalk/sbm/draw_rows.hpp"

#include <algorithm>
#include <array>

namespace attnwalk::sbm {
namespace {

constexpr Index stretch = 1024; ///< pairs whose coins are made at once

} // namespace

TiledRows::TiledRows(const Model& model, bool probabilities)
    : model_(model), rates_(model), probabilities_(probabilities),
      panels_((model.keys() + panel_width - 1) / panel_width) {
  const Index b = model.Z.clusters();
  Z_.resize(static_cast<std::size_t>(panels_ * panel_width * b));
  for (Index j = 0; j < model.keys(); ++j)
    for (Index v = 0; v < b; ++v)
      Z_[static_cast<std::size_t>((j / panel_width * b + v) * panel_width + j % panel_width)] =
          model.Z.at(j, v);
}

void TiledRows::draw(Index first, Index last, std::uint64_t lane, Scratch& s, RowBuffer& out,
                     Index* sizes) const {
  const Index m = model_.keys();
  const Index b = model_.Z.clusters();
  const Index width = panels_ * panel_width;
  s.x.resize(static_cast<std::size_t>(group * b));
  s.tile.resize(static_cast<std::size_t>(group * width));
  for (Index i = first; i < last; ++i)
    rates_.row(i, s.x.data() + (i - first) * b);
  lane_kernels().rates(s.x.data(), last - first, Z_.data(), panels_, b, s.tile.data());
  for (Index i = first; i < last; ++i) {
    double* const p = s.tile.data() + (i - first) * width;
    for (Index j = 0; j < m; ++j)
      p[j] = std::min(p[j] + model_.delta, 1.0);
    if (model_.loops)
      p[i] = 1;
    const std::size_t begin = out.keys.size();
    out.keys.resize(begin + static_cast<std::size_t>(m));
    const Index size =
        toss(p, lane + static_cast<std::uint64_t>(i - first), s, out.keys.data() + begin);
    out.keys.resize(begin + static_cast<std::size_t>(size));
    sizes[i - first] = size;
    if (probabilities_)
      for (std::size_t e = begin; e < out.keys.size(); ++e)
        out.probability.push_back(p[out.keys[e]]);
  }
}

Index TiledRows::toss(const double* p, std::uint64_t lane, const Scratch& s,
                      std::uint32_t* keys) const {
  const Index m = model_.keys();
  std::array<std::uint64_t, stretch / 2> words{};
  std::uint32_t* end = keys;
  for (Index from = 0; from < m; from += stretch) {
    lane_kernels().philox(philox_key(s.key), lane, static_cast<std::uint64_t>(from / 4),
                          stretch / 4, words.data());
    const Index to = std::min(m, from + stretch);
    std::uint32_t* const start = end;
    bool tie = false;
    for (Index j = from; j < to; ++j) {
      const std::uint64_t word = words[static_cast<std::size_t>((j - from) / 2)];
      const auto coin = static_cast<double>(static_cast<std::uint32_t>(word >> (32 * (j & 1))));
      const double level = p[j] * 0x1p32;
      *end = static_cast<std::uint32_t>(j);
      end += coin < level ? 1 : 0;
      tie |= coin < level && level < coin + 1;
    }
    if (!tie)
      continue;
    // coin < level < coin + 1 decides nothing: the rest of p against a coin of its own.
    end = std::remove_if(start, end, [&](std::uint32_t j) {
      const std::uint64_t word = words[static_cast<std::size_t>((j - from) / 2)];
      const auto coin = static_cast<double>(static_cast<std::uint32_t>(word >> (32 * (j & 1))));
      const double rest = p[j] * 0x1p32 - coin;
      return rest < 1 &&
             Draws(pattern::part_of(s.key, "tie"), lane * static_cast<std::uint64_t>(m) + j)
                     .unit() >= rest;
    });
  }
  return end - keys;
}

Index draw_dense(const Model& model, Index i, std::uint64_t lane, bool probabilities, Scratch& s,
                 RowBuffer& out) {
  const std::size_t first = out.keys.size();
  Draws draw(s.key, lane);
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
