// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/bigbird.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/draw.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace attnwalk::pattern {
namespace {

// The blocks first..last-1 around block row b that are not global.
struct Neighbors {
  Index first;
  Index last;
};

Neighbors neighbors(Index blocks, Index b, Index gblocks) {
  return {std::max(b - 1, gblocks), std::min(b + 2, blocks)};
}

// How many blocks are left to draw from in the block row that has least; block rows differ only in
// how many neighbors are cut off, so the first two and the last tell.
Index least_choice(Index blocks, Index gblocks) {
  Index least = std::numeric_limits<Index>::max(); // all block rows global: none draws
  for (const Index b : {gblocks, gblocks + 1, blocks - 1})
    if (b >= gblocks && b < blocks) {
      const Neighbors own = neighbors(blocks, b, gblocks);
      least = std::min(least, blocks - gblocks - (own.last - own.first));
    }
  return least;
}

bool fits(Index blocks, Index rblocks, Index gblocks) {
  return gblocks <= blocks && rblocks <= least_choice(blocks, gblocks);
}

// The n of the smallest larger number of blocks that fits; a block row has 3 neighbors at most.
double nearest_n(Index blocks, Index block, Index rblocks, Index gblocks) {
  Index enough = std::max(blocks, gblocks + rblocks);
  while (!fits(enough, rblocks, gblocks))
    ++enough;
  return static_cast<double>(enough - 1) * static_cast<double>(block) + 1;
}

// Calls visit(first, last) for the ascending runs of keys that block row b attends.
template <class Visit>
void visit_runs(Index n, Index block, Index b, Index rblocks, Index gblocks, Key key,
                const Visit& visit) {
  if (b < gblocks) {
    visit(Index{0}, n);
    return;
  }
  const Index blocks = (n + block - 1) / block;
  const Neighbors own = neighbors(blocks, b, gblocks);
  if (gblocks > 0)
    visit(Index{0}, gblocks * block);
  const std::vector<Index> drawn = bigbird_blocks(blocks, b, rblocks, gblocks, key);
  const auto middle = std::lower_bound(drawn.begin(), drawn.end(), own.first);
  const auto visit_block = [&](Index k) { visit(k * block, std::min(n, (k + 1) * block)); };
  std::for_each(drawn.begin(), middle, visit_block);
  visit(own.first * block, std::min(n, own.last * block));
  std::for_each(middle, drawn.end(), visit_block);
}

} // namespace

std::vector<Index> bigbird_blocks(Index blocks, Index block_row, Index rblocks, Index gblocks,
                                  Key key) {
  require(block_row >= gblocks && gblocks >= 0 && block_row < blocks, Code::index, "block row ",
          block_row, " must be in [", gblocks, ", ", blocks, ")");
  const Neighbors own = neighbors(blocks, block_row, gblocks);
  const Index left = blocks - gblocks - (own.last - own.first);
  require(rblocks >= 0 && rblocks <= left, Code::domain, "rblocks = ", rblocks, " must be in [0, ",
          left, "], the blocks that are left to draw from");
  std::vector<Index> drawn(static_cast<std::size_t>(rblocks));
  RandomStream draw(key, static_cast<std::uint64_t>(block_row));
  distinct(draw, left, rblocks, drawn.data());
  for (Index& block : drawn) { // the left ones are numbered around the gap of the neighbors
    block += gblocks;
    if (block >= own.first)
      block += own.last - own.first;
  }
  return drawn;
}

Pattern bigbird(Index n, Index block, Index rblocks, Index gblocks, const BigbirdOptions& how) {
  constexpr Index most = Index{1} << 40; // keeps the sums of counts below the largest Index
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  require(block >= 1, Code::domain, "block = ", block, " must be 1 or more");
  require(rblocks >= 0 && rblocks <= most, Code::domain, "rblocks = ", rblocks,
          " must be in [0, 2^40]");
  require(gblocks >= 0 && gblocks <= most, Code::domain, "gblocks = ", gblocks,
          " must be in [0, 2^40]");
  const Index blocks = n / block + (n % block == 0 ? 0 : 1);
  if (!fits(blocks, rblocks, gblocks))
    throw Error(Code::domain, message("n = ", n, " has ", blocks, " blocks of ", block,
                                      ", too few for ", gblocks, " global, three neighboring and ",
                                      rblocks, " random ones; the nearest larger n that fits is ",
                                      nearest_n(blocks, block, rblocks, gblocks)));
  const Index wide = std::min(block, n); // one block of any size is one block of n
  return build_rows(
      n, n, how.rows,
      [&](Index i) {
        Index size = 0;
        visit_runs(n, wide, i / wide, rblocks, gblocks, how.key,
                   [&](Index first, Index last) { size += last - first; });
        return size;
      },
      [&](Index i, Index* out) {
        visit_runs(n, wide, i / wide, rblocks, gblocks, how.key, [&](Index first, Index last) {
          std::iota(out, out + (last - first), first);
          out += last - first;
        });
      },
      how.threads);
}

} // namespace attnwalk::pattern
