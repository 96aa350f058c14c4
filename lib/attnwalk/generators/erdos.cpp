// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/erdos.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/generators/draw.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace attnwalk::pattern {
namespace {

// Row i: a binomial number of distinct keys among the n - 1 others.
Pattern directed_erdos(Index n, double prob, Key key, RowRange part, int threads) {
  const Binomial size(std::max<Index>(n - 1, 0), prob);
  return build_rows(
      n, n, part,
      [&](Index i) {
        RandomStream draw(key, static_cast<std::uint64_t>(i));
        return size(draw);
      },
      [&](Index i, Index* out) {
        RandomStream draw(key, static_cast<std::uint64_t>(i));
        const Index count = size(draw);
        distinct(draw, n - 1, count, out);
        for (Index e = 0; e < count; ++e)
          out[e] += out[e] >= i ? 1 : 0; // steps over the diagonal
      },
      threads);
}

struct Entry {
  Index row;
  Index column;
};

// The upper triangle in square tiles. Tile (a, b), a <= b, holds a binomial number of distinct
// cells; on the diagonal its cells are those above it.
class Tiles {
public:
  Tiles(Index n, double prob, Key key)
      : n_(n), side_(side(n, prob)), count_((n + side_ - 1) / side_), key_(key) {
    const Index tail = n - (count_ - 1) * side_;
    sizes_ = {Binomial(side_ * side_, prob), Binomial(side_ * tail, prob),
              Binomial(side_ * (side_ - 1) / 2, prob), Binomial(tail * (tail - 1) / 2, prob)};
  }

  [[nodiscard]] Index side() const { return side_; }

  // All entries whose row lies in tile row `a`, in an order that has the columns of each row
  // ascending.
  void row(Index a, std::vector<Entry>& entries) const {
    std::vector<Index> cells;
    for (Index b = 0; b < count_; ++b) {
      const Index top = std::min(a, b);
      const Index left = std::max(a, b);
      draw_cells(top, left, cells);
      if (top == left)
        add_diagonal(top, cells, entries);
      else
        add_tile(top, left, b < a, cells, entries);
    }
  }

private:
  // Wide enough that a tile holds 16 entries or more on average, so tiles cost no more than
  // entries.
  static Index side(Index n, double prob) {
    Index wide = 256;
    while (wide < n && static_cast<double>(wide) * static_cast<double>(wide) * prob < 16)
      wide *= 2;
    return wide;
  }

  [[nodiscard]] Index width(Index tile) const { return std::min(side_, n_ - tile * side_); }

  void draw_cells(Index top, Index left, std::vector<Index>& cells) const {
    const std::size_t tail = left == count_ - 1 ? 1 : 0;
    const Index area = top == left ? width(left) * (width(left) - 1) / 2 : side_ * width(left);
    RandomStream draw(key_, static_cast<std::uint64_t>(top * count_ + left));
    cells.resize(sizes_.at((top == left ? 2 : 0) + tail)(draw));
    distinct(draw, area, static_cast<Index>(cells.size()), cells.data());
  }

  void add_tile(Index top, Index left, bool transposed, const std::vector<Index>& cells,
                std::vector<Entry>& entries) const {
    const Index wide = width(left);
    for (const Index cell : cells) {
      const Index i = top * side_ + cell / wide;
      const Index j = left * side_ + cell % wide;
      entries.push_back(transposed ? Entry{j, i} : Entry{i, j});
    }
  }

  void add_diagonal(Index tile, const std::vector<Index>& cells,
                    std::vector<Entry>& entries) const {
    const Index wide = width(tile);
    Index i = 0;
    Index first = 0; // cell (i, i + 1)
    for (const Index cell : cells) {
      for (; cell >= first + wide - 1 - i; ++i)
        first += wide - 1 - i;
      const Index j = i + 1 + cell - first;
      entries.push_back({tile * side_ + i, tile * side_ + j});
      entries.push_back({tile * side_ + j, tile * side_ + i});
    }
  }

  Index n_;
  Index side_;
  Index count_;
  Key key_;
  std::vector<Binomial> sizes_; // inner and last column; inner and last diagonal
};

Pattern undirected_erdos(Index n, double prob, Key key, RowRange part, int threads) {
  const Tiles tiles(n, prob, key);
  const Index first_tile = part.begin / tiles.side();
  const Index tile_rows = (part.end + tiles.side() - 1) / tiles.side() - first_tile;
  Csr<double> out;
  out.rows = part.size();
  out.cols = n;
  out.offsets.assign(static_cast<std::size_t>(part.size()) + 1, 0);
  // Row sizes are known only once a tile row is drawn, so each keeps its columns until all are.
  std::vector<Buffer<Index>> columns(static_cast<std::size_t>(tile_rows));
  in_pieces(
      tile_rows,
      [&](Index first, Index last) {
        std::vector<Entry> entries;
        for (Index t = first; t < last; ++t) {
          entries.clear();
          tiles.row(first_tile + t, entries);
          const Index begin = std::max(part.begin, (first_tile + t) * tiles.side());
          const Index end = std::min(part.end, (first_tile + t + 1) * tiles.side());
          std::erase_if(entries, [&](const Entry& e) { return e.row < begin || e.row >= end; });
          Index* const sizes = out.offsets.data() + 1 - part.begin;
          for (const Entry& e : entries)
            ++sizes[e.row];
          std::vector<Index> next(static_cast<std::size_t>(end - begin));
          for (Index i = begin, place = 0; i < end; place += sizes[i++])
            next[i - begin] = place;
          Buffer<Index>& sorted = columns[t];
          sorted.resize(entries.size());
          for (const Entry& e : entries)
            sorted[next[e.row - begin]++] = e.column;
        }
      },
      threads);
  accumulate_sizes(out);
  in_pieces(
      tile_rows,
      [&](Index first, Index last) {
        for (Index t = first; t < last; ++t) {
          const Index begin = std::max(part.begin, (first_tile + t) * tiles.side());
          Buffer<Index>& sorted = columns[t];
          std::copy(sorted.begin(), sorted.end(),
                    out.columns.data() + out.offsets[begin - part.begin]);
          Buffer<Index>().swap(sorted);
        }
      },
      threads);
  return Pattern::trusted(std::move(out));
}

} // namespace

Pattern erdos(Index n, double prob, const ErdosOptions& how) {
  require(n >= 0, Code::domain, "n = ", n, " must be 0 or more");
  require(prob >= 0 && prob <= 1, Code::domain, "prob = ", prob, " must be in [0, 1]");
  const RowRange part = resolved(how.rows, n);
  const double entries = static_cast<double>(part.size()) * static_cast<double>(n) * prob;
  require_room(static_cast<double>(part.size()), static_cast<double>(n),
               how.directed ? entries : 2 * entries);
  if (part.size() == 0 || how.directed)
    return directed_erdos(n, prob, how.key, part, how.threads);
  return undirected_erdos(n, prob, how.key, part, how.threads);
}

} // namespace attnwalk::pattern
