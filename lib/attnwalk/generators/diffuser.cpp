// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/diffuser.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/draw.hpp"
#include "attnwalk/generators/random.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

namespace attnwalk::pattern {
namespace {

struct Design {
  Index w;
  Index r;
  Index g;
  Index build;
};

void check(const Design& design, Key key) {
  const auto& [w, r, g, build] = design;
  require(w >= 2 && w % 2 == 0, Code::domain, "w = ", w, " must be even and at least 2");
  require(build >= 0 && build <= Index{1} << 31, Code::domain, "build = ", build,
          " must be in [0, 2^31]");
  require(r >= 0 && r <= build, Code::domain, "r = ", r, " must be in [0, ", build, "], the build");
  require(g >= 0 && (g == 0 || g <= build - w), Code::domain, "g = ", g, " must be in [0, ",
          std::max<Index>(build - w, 0), "], the positions from w = ", w, " to the build, ", build);
  require(build != released_build || key.seed < std::uint64_t{1} << 32, Code::domain,
          "seed = ", key.seed, " must be below 2^32: NumPy's legacy generator takes no larger one");
}

// The part of NumPy's RandomState that the recipe uses. std::mt19937 is the same generator with the
// same seeding, and specified to the bit.
class LegacyNumpy {
public:
  explicit LegacyNumpy(std::uint64_t seed) : words_(static_cast<std::uint32_t>(seed)) {}

  // permutation(size)[:count], which is choice(size, count, replace=False): for i = size-1 .. 1
  // swap the i-th with a uniform one up to it.
  std::vector<std::uint32_t> choice(std::uint32_t size, std::size_t count) {
    std::vector<std::uint32_t> order(size);
    std::iota(order.begin(), order.end(), 0U);
    std::uint32_t mask = 1;
    while (mask < size)
      mask = 2 * mask + 1;
    for (std::uint32_t i = size; i-- > 1;) {
      while ((mask >> 1) >= i) // the smallest 2^b - 1 that covers 0..i
        mask >>= 1;
      std::uint32_t j = words_() & mask;
      while (j > i)
        j = words_() & mask;
      std::swap(order[i], order[j]);
    }
    order.resize(count);
    return order;
  }

private:
  std::mt19937 words_;
};

struct Released {
  std::vector<std::uint32_t> pairs; // i * build + j
  std::vector<Index> globals;       // ascending
};

Released released(const Design& design, Key key) {
  constexpr auto M = static_cast<std::uint32_t>(released_build);
  LegacyNumpy numpy(key.seed);
  Released drawn;
  drawn.pairs =
      numpy.choice(M * M, static_cast<std::size_t>(M) * static_cast<std::size_t>(design.r));
  const auto shifts = numpy.choice(M - static_cast<std::uint32_t>(std::min(design.w, design.build)),
                                   static_cast<std::size_t>(design.g));
  for (const std::uint32_t shift : shifts)
    drawn.globals.push_back(design.w + shift);
  std::sort(drawn.globals.begin(), drawn.globals.end());
  return drawn;
}

// The pairs as rows `part` of a build x build pattern.
Pattern rows_of_pairs(std::vector<std::uint32_t> pairs, RowRange part, int threads) {
  std::sort(pairs.begin(), pairs.end());
  const auto row = [&](Index i) {
    const auto first = static_cast<std::uint32_t>(i * released_build);
    const auto begin = std::lower_bound(pairs.begin(), pairs.end(), first);
    return std::pair(begin, std::find_if(begin, pairs.end(), [&](std::uint32_t pair) {
                       return pair - first >= released_build;
                     }));
  };
  return build_rows(
      released_build, released_build, part,
      [&](Index i) { return static_cast<Index>(row(i).second - row(i).first); },
      [&](Index i, Index* out) {
        const auto [begin, end] = row(i);
        std::transform(begin, end, out, [](std::uint32_t pair) {
          return static_cast<Index>(pair % released_build);
        });
      },
      threads);
}

std::vector<Index> drawn_globals(const Design& design, Key key) {
  std::vector<Index> globals(static_cast<std::size_t>(design.g));
  RandomStream draw(part_of(key, "diffuser globals"));
  distinct(draw, std::max<Index>(design.build - design.w, 0), design.g, globals.data());
  for (Index& token : globals)
    token += design.w;
  return globals;
}

// The union of the local blocks, the pairs (rows `part` of the design) and the globals, cropped to
// n.
Pattern build_union(Index n, Index w, const Pattern& pairs, std::vector<Index> globals,
                    RowRange part, int threads) {
  globals.erase(std::lower_bound(globals.begin(), globals.end(), n), globals.end());
  std::vector<bool> is_global(static_cast<std::size_t>(n));
  for (const Index token : globals)
    is_global[token] = true;
  const auto global = [&](Index i) { return is_global[i]; };
  // Blocks c - 1 and c of [k w/2, k w/2 + w) hold the token of half block c.
  const Index half = w / 2;
  const auto first_local = [&](Index i) { return std::max<Index>(i / half - 1, 0) * half; };
  const auto last_local = [&](Index i) { return std::min(n, (i / half + 2) * half); };

  // The ascending keys of row i that are not local: visit(key).
  const auto visit_distant = [&](Index i, const auto& visit) {
    const auto distant = [&](Index j) { return j < first_local(i) || j >= last_local(i); };
    auto next = globals.begin();
    for (const Index j : pairs.row(i - part.begin)) {
      if (j >= n)
        break;
      for (; next != globals.end() && *next < j; ++next)
        if (distant(*next))
          visit(*next);
      if (distant(j) && !global(j))
        visit(j);
    }
    for (; next != globals.end(); ++next)
      if (distant(*next))
        visit(*next);
  };
  return build_rows(
      n, n, part,
      [&](Index i) {
        Index size = global(i) ? n : last_local(i) - first_local(i);
        if (!global(i))
          visit_distant(i, [&](Index) { ++size; });
        return size;
      },
      [&](Index i, Index* out) {
        if (global(i)) {
          std::iota(out, out + n, Index{0});
          return;
        }
        Index* const row = out;
        visit_distant(i, [&](Index j) { *out++ = j; });
        Index* const place = std::lower_bound(row, out, first_local(i));
        const Index local = last_local(i) - first_local(i);
        std::copy_backward(place, out, out + local);
        std::iota(place, place + local, first_local(i));
      },
      threads);
}

} // namespace

std::vector<Index> diffuser_globals(Index w, Index r, Index g, const DiffuserOptions& how) {
  const Design design{w, r, g, how.build};
  check(design, how.key);
  return how.build == released_build ? released(design, how.key).globals
                                     : drawn_globals(design, how.key);
}

Pattern diffuser_pairs(Index r, const DiffuserOptions& how) {
  const Design design{2, r, 0, how.build};
  check(design, how.key);
  const RowRange part = resolved(how.rows, how.build);
  if (how.build == released_build)
    return rows_of_pairs(released(design, how.key).pairs, part, how.threads);
  return random(
      how.build, how.build, r,
      {.model = RandomModel::edges, .key = how.key, .rows = part, .threads = how.threads});
}

Pattern diffuser(Index n, Index w, Index r, Index g, const DiffuserOptions& how) {
  const Design design{w, r, g, how.build};
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  require(n <= how.build, Code::domain, "n = ", n, " must be at most the build, ", how.build,
          ", which is the nearest n that fits");
  check(design, how.key);
  const RowRange part = resolved(how.rows, n);
  if (how.build == released_build) {
    Released drawn = released(design, how.key);
    const Pattern pairs = rows_of_pairs(std::move(drawn.pairs), part, how.threads);
    return build_union(n, w, pairs, std::move(drawn.globals), part, how.threads);
  }
  const Pattern pairs =
      diffuser_pairs(r, {.build = how.build, .key = how.key, .rows = part, .threads = how.threads});
  return build_union(n, w, pairs, drawn_globals(design, how.key), part, how.threads);
}

} // namespace attnwalk::pattern
