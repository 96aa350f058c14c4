// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/draw.hpp"

#include "attnwalk/core/error.hpp"

#include <algorithm>
#include <bit>

namespace attnwalk::pattern {
namespace {

// Weights below this share of the mode's end a walk away from it: the mode of 10^18 outcomes still
// has weight 10^-9, so what is cut is far below the 2^-53 that a uniform double resolves.
constexpr double negligible = 0x1p-64;

// out = 0 .. bound-1 without the ascending `absent`.
void others(Index bound, const std::vector<Index>& absent, Index* out) {
  Index next = 0;
  for (const Index gap : absent) {
    for (; next < gap; ++next)
      *out++ = next;
    ++next;
  }
  for (; next < bound; ++next)
    *out++ = next;
}

void distinct_by_bits(RandomStream& draw, Index bound, Index count, Index* out) {
  std::vector<std::uint64_t> seen(static_cast<std::size_t>(bound / 64 + 1));
  for (Index found = 0; found < count;) {
    const std::uint64_t x = draw.below(static_cast<std::uint64_t>(bound));
    const std::uint64_t bit = std::uint64_t{1} << (x % 64);
    found += (seen[x / 64] & bit) == 0 ? 1 : 0;
    seen[x / 64] |= bit;
  }
  for (std::size_t w = 0; w < seen.size(); ++w)
    for (std::uint64_t left = seen[w]; left != 0; left &= left - 1)
      *out++ = static_cast<Index>(w * 64) + std::countr_zero(left);
}

// Drawing what is missing, dropping repeats, and drawing again is rejection one by one: each round
// draws no more than must still be accepted.
void distinct_by_sorting(RandomStream& draw, Index bound, Index count, Index* out) {
  Index* const end = out + count;
  for (Index* used = out; used != end;) {
    for (Index* place = used; place != end; ++place)
      *place = static_cast<Index>(draw.below(static_cast<std::uint64_t>(bound)));
    std::sort(out, end);
    used = std::unique(out, end);
  }
}

// k in lo..hi with probability proportional to weights w given by the ratio w(k+1)/w(k), unimodal,
// walked both ways from `start`, which must be near the mode.
template <class Ratio>
Index draw_around(RandomStream& draw, Index start, Index lo, Index hi, const Ratio& ratio) {
  double total = 1;
  double w = 1;
  for (Index k = start; k < hi && w > negligible; ++k)
    total += w *= ratio(k);
  w = 1;
  for (Index k = start; k > lo && w > negligible; --k)
    total += w /= ratio(k - 1);

  double left = draw.unit() * total - 1;
  double w_up = 1;
  double w_down = 1;
  Index up = start;
  Index down = start;
  Index found = start;
  while (left >= 0) {
    const bool rises = up < hi && w_up > negligible;
    const bool falls = down > lo && w_down > negligible;
    if (rises) {
      left -= w_up *= ratio(up++);
      found = up;
    }
    if (falls && left >= 0) {
      left -= w_down /= ratio(--down);
      found = down;
    }
    if (!rises && !falls)
      return start; // a rounding error of the sum: as likely as 2^-50
  }
  return found;
}

} // namespace

void distinct(RandomStream& draw, Index bound, Index count, Index* out) {
  if (count > bound / 2) {
    std::vector<Index> absent(static_cast<std::size_t>(bound - count));
    distinct(draw, bound, bound - count, absent.data());
    others(bound, absent, out);
  } else if (count > bound / 64) {
    distinct_by_bits(draw, bound, count, out);
  } else {
    distinct_by_sorting(draw, bound, count, out);
  }
}

Binomial::Binomial(Index trials, double p) {
  require(trials >= 0, Code::domain, "trials = ", trials, " must be 0 or more");
  require(p >= 0 && p <= 1, Code::domain, "probability ", p, " must be in [0, 1]");
  const Index mode =
      p == 1 ? trials : std::min(trials, static_cast<Index>(static_cast<double>(trials) * p));
  const double odds = p == 1 ? 0 : p / (1 - p);
  const auto ratio = [&](Index k) { // P(k+1) / P(k)
    return static_cast<double>(trials - k) / static_cast<double>(k + 1) * odds;
  };
  first_ = mode;
  std::vector<double> weights{1};
  double w = 1;
  for (; first_ > 0 && p < 1 && w > negligible; --first_)
    weights.push_back(w /= ratio(first_ - 1));
  std::reverse(weights.begin(), weights.end());
  w = 1;
  for (Index k = mode; k < trials && w > negligible; ++k)
    weights.push_back(w *= ratio(k));
  double total = 0;
  for (double& weight : weights)
    weight = total += weight;
  up_to_ = std::move(weights);
}

Index Binomial::operator()(RandomStream& draw) const {
  if (up_to_.size() == 1)
    return first_;
  const double u = draw.unit() * up_to_.back();
  const auto at = std::upper_bound(up_to_.begin(), up_to_.end() - 1, u);
  return first_ + (at - up_to_.begin());
}

Index hypergeometric(RandomStream& draw, Index good, Index bad, Index drawn) {
  const Index lo = std::max<Index>(0, drawn - bad);
  const Index hi = std::min(drawn, good);
  if (lo == hi)
    return lo;
  const auto a = static_cast<double>(good);
  const auto b = static_cast<double>(bad);
  const auto c = static_cast<double>(drawn);
  const auto mean = static_cast<Index>(c * (a / (a + b)));
  return draw_around(draw, std::clamp(mean, lo, hi), lo, hi, [&](Index k) {
    const auto x = static_cast<double>(k);
    return (a - x) / (x + 1) * ((c - x) / (b - c + x + 1));
  });
}

} // namespace attnwalk::pattern
