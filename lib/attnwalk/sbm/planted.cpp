// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sbm/planted.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/pattern/draw.hpp"

#include <algorithm>
#include <array>

namespace attnwalk::sbm {
namespace {

void check(Index n, Index m, Index k, double in, double out) {
  require(n >= 0 && m >= 0, Code::domain, "an ", n, " x ", m, " pattern has a negative size");
  require(k >= 0 && (k >= 1 || n == 0 || m == 0), Code::domain, "k = ", k, " must be 1 or more");
  require(k <= std::min(n, m) || n == 0 || m == 0, Code::domain, "k = ", k,
          " blocks must be at most ", std::min(n, m), " tokens; the nearest n that fits is ", k);
  require(std::max(n, m) < Index{1} << 31, Code::domain, "n = ", std::max(n, m),
          " must be below 2^31");
  require(in >= 0 && in <= 1, Code::domain, "in = ", in, " must be in [0, 1]");
  require(out >= 0 && out <= 1, Code::domain, "out = ", out, " must be in [0, 1]");
}

} // namespace

pattern::Pattern planted(Index n, Index m, Index k, double in, double out, Key key,
                         pattern::Rows rows, int threads) {
  check(n, m, k, in, out);
  const pattern::Rows part = pattern::resolved(rows, n);
  pattern::require_room(static_cast<double>(part.size()), static_cast<double>(m),
                        planted_density(n, m, k, in, out) * static_cast<double>(part.size()) *
                            static_cast<double>(m));
  if (n == 0 || m == 0)
    return pattern::build_rows(
        n, m, part, [](Index) { return Index{0}; }, [](Index, Index*) {});
  const Index small = m / k; // blocks of keys have this size or one more
  const std::array<pattern::Binomial, 2> inside{pattern::Binomial(small, in),
                                                pattern::Binomial(std::min(small + 1, m), in)};
  const std::array<pattern::Binomial, 2> outside{
      pattern::Binomial(m - small, out), pattern::Binomial(std::max<Index>(m - small - 1, 0), out)};

  struct Sizes {
    Index inside;
    Index outside;
  };
  const auto sizes_of = [&](Draws& draw, Index size) {
    const std::size_t larger = size == small ? 0 : 1;
    const Index first = inside.at(larger)(draw);
    return Sizes{first, outside.at(larger)(draw)};
  };
  return pattern::build_rows(
      n, m, part,
      [&](Index i) {
        const Index b = block_of(i, n, k);
        Draws draw(key, static_cast<std::uint64_t>(i));
        const Sizes sizes = sizes_of(draw, block_start(b + 1, m, k) - block_start(b, m, k));
        return sizes.inside + sizes.outside;
      },
      [&](Index i, Index* keys) {
        const Index b = block_of(i, n, k);
        const Index start = block_start(b, m, k);
        const Index size = block_start(b + 1, m, k) - start;
        Draws draw(key, static_cast<std::uint64_t>(i));
        const Sizes sizes = sizes_of(draw, size);
        // The outer keys, numbered without the block, then the inner ones rotated into place.
        pattern::distinct(draw, m - size, sizes.outside, keys);
        Index* const end = keys + sizes.outside;
        Index* const right = std::lower_bound(keys, end, start);
        std::for_each(right, end, [&](Index& j) { j += size; });
        pattern::distinct(draw, size, sizes.inside, end);
        std::for_each(end, end + sizes.inside, [&](Index& j) { j += start; });
        std::rotate(right, end, end + sizes.inside);
      },
      threads);
}

double planted_density(Index n, Index m, Index k, double in, double out) {
  check(n, m, k, in, out);
  if (n == 0 || m == 0)
    return 0;
  double inner = 0; // ordered pairs within blocks
  for (Index b = 0; b < k; ++b)
    inner += static_cast<double>(block_start(b + 1, n, k) - block_start(b, n, k)) *
             static_cast<double>(block_start(b + 1, m, k) - block_start(b, m, k));
  const double all = static_cast<double>(n) * static_cast<double>(m);
  return (inner * in + (all - inner) * out) / all;
}

} // namespace attnwalk::sbm
