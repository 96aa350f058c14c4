// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/switching.hpp"

#include "attnwalk/pattern/rows.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace attnwalk::pattern {
namespace {

Csr<double> regular_arrays(Index n, Index d) {
  Csr<double> out;
  out.rows = n;
  out.cols = n;
  out.offsets.resize(n + 1);
  for (Index i = 0; i <= n; ++i)
    out.offsets[i] = i * d;
  return out;
}

} // namespace

// Arcs are first thrown into blocks of rows, as from * 2^32 + to, then placed row by row within a
// block, which fits in the cache. Block and chunk sizes depend on n and d alone.
struct RowGraph::Blocks {
  Index n;
  Index d;
  const Buffer<std::uint32_t>& ends;
  int threads;
  Index height = std::max<Index>(1, (Index{1} << 16) / std::max<Index>(d, 1)); // rows of a block
  Index count = (n + height - 1) / height;

  void scatter(Buffer<Index>& arcs) const {
    const Index edges = n * d / 2;
    const Index chunk = std::max<Index>(Index{1} << 18, edges / 256);
    const Index chunks = (edges + chunk - 1) / chunk;
    std::vector<Index> place(static_cast<std::size_t>(chunks * count));
    const auto each_arc = [&](const auto& visit) {
      in_pieces(
          chunks,
          [&](Index first, Index last) {
            for (Index e = first * chunk; e < std::min(edges, last * chunk); ++e) {
              Index* const mine = place.data() + e / chunk * count;
              const Index u = ends[2 * e];
              const Index v = ends[2 * e + 1];
              visit(mine[u / height], u << 32 | v);
              visit(mine[v / height], v << 32 | u);
            }
          },
          threads);
    };
    each_arc([](Index& size, Index) { ++size; });
    Index total = 0;
    for (Index b = 0; b < count; ++b)
      for (Index c = 0; c < chunks; ++c)
        total += std::exchange(place[c * count + b], total);
    each_arc([&](Index& to, Index arc) { arcs[to++] = arc; });
  }

  // Turns the arcs of block b into sorted rows and lists the faults, each once.
  void sort(Index b, Buffer<Index>& arcs, std::vector<Arc>& faults) const {
    const Index first = b * height;
    const Index last = std::min(n, first + height);
    std::vector<Index> rows(static_cast<std::size_t>((last - first) * d));
    std::vector<Index> next(static_cast<std::size_t>(last - first));
    for (Index e = first * d; e < last * d; ++e) {
      const Index arc = arcs[e];
      const Index row = (arc >> 32) - first;
      rows[row * d + next[row]++] = arc & 0xffffffff;
    }
    for (Index u = first; u < last; ++u) {
      Index* const row = rows.data() + (u - first) * d;
      std::sort(row, row + d);
      Index loops = 0;
      for (Index e = 0; e < d; ++e) {
        loops += row[e] == u ? 1 : 0;
        const bool copy = e > 0 && row[e] == row[e - 1];
        if ((row[e] == u && loops % 2 == 0) || (row[e] > u && copy))
          faults.push_back({static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(row[e])});
      }
    }
    std::copy(rows.begin(), rows.end(), arcs.begin() + first * d);
  }
};

RowGraph::RowGraph(Index n, Index d, const Buffer<std::uint32_t>& ends, int threads)
    : n_(n), d_(d), neighbors_(ends.size()) {
  const Blocks blocks{n, d, ends, threads};
  blocks.scatter(neighbors_);
  std::vector<std::vector<Arc>> found(static_cast<std::size_t>(blocks.count));
  in_pieces(
      blocks.count,
      [&](Index first, Index last) {
        for (Index b = first; b < last; ++b)
          blocks.sort(b, neighbors_, found[b]);
      },
      threads);
  for (const std::vector<Arc>& some : found)
    faults_.insert(faults_.end(), some.begin(), some.end());
}

bool RowGraph::has(std::uint32_t u, std::uint32_t v) const {
  const auto row = neighbors_.begin() + static_cast<Index>(u) * d_;
  return std::binary_search(row, row + d_, static_cast<Index>(v));
}

bool RowGraph::pick(RandomStream& draw, Arc& arc) const {
  const std::uint64_t from = draw.below(static_cast<std::uint64_t>(n_));
  const auto slot = static_cast<Index>(draw.below(static_cast<std::uint64_t>(d_)));
  const Index* const row = neighbors_.data() + static_cast<Index>(from) * d_;
  const Index to = row[slot];
  arc = {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)};
  return arc.from != arc.to && (slot == 0 || row[slot - 1] != to) &&
         (slot == d_ - 1 || row[slot + 1] != to);
}

// Replaces one `old` in a row by `by`, keeping it sorted.
void RowGraph::exchange(std::uint32_t row, std::uint32_t old, std::uint32_t by) {
  const auto begin = neighbors_.begin() + static_cast<Index>(row) * d_;
  const auto end = begin + d_;
  const auto from = std::lower_bound(begin, end, static_cast<Index>(old));
  const auto to = std::lower_bound(begin, end, static_cast<Index>(by));
  if (to > from) {
    std::copy(from + 1, to, from);
    *(to - 1) = by;
  } else {
    std::copy_backward(to, from, from + 1);
    *to = by;
  }
}

void RowGraph::switch_arcs(const Arc& a, const Arc& b) {
  exchange(a.from, a.to, b.from);
  exchange(a.to, a.from, b.to);
  exchange(b.from, b.to, a.from);
  exchange(b.to, b.from, a.to);
}

Csr<double> RowGraph::take() {
  Csr<double> out = regular_arrays(n_, d_);
  out.columns = std::move(neighbors_);
  return out;
}

BitGraph::BitGraph(Index n, Index d, Buffer<std::uint32_t> ends)
    : n_(n), d_(d), stride_(static_cast<std::size_t>((n + 63) / 64)), ends_(std::move(ends)),
      words_(static_cast<std::size_t>(n) * stride_), faulty_(ends_.size() / 2) {
  for (std::size_t e = 0; e < faulty_.size(); ++e) {
    const std::uint32_t u = ends_[2 * e];
    const std::uint32_t v = ends_[2 * e + 1];
    faulty_[e] = u == v || has(u, v);
    if (faulty_[e])
      faults_.push_back({u, v, static_cast<Index>(2 * e)});
    else
      set(u, v);
  }
}

bool BitGraph::pick(RandomStream& draw, Arc& arc) const {
  const std::size_t from = draw.below(ends_.size());
  arc = {ends_[from], ends_[from ^ 1], static_cast<Index>(from)};
  return !faulty_[from / 2];
}

void BitGraph::switch_arcs(const Arc& a, const Arc& b) {
  for (const Arc& old : {a, b}) {
    const auto edge = static_cast<std::size_t>(old.place) / 2;
    if (!faulty_[edge])
      clear(old.from, old.to);
    faulty_[edge] = false;
  }
  const auto first = static_cast<std::size_t>(a.place);
  const auto second = static_cast<std::size_t>(b.place);
  ends_[first] = a.from;
  ends_[first ^ 1] = b.from;
  ends_[second ^ 1] = b.to;
  ends_[second] = a.to;
  set(a.from, b.from);
  set(a.to, b.to);
}

void BitGraph::set(std::uint32_t u, std::uint32_t v) {
  words_[u * stride_ + v / 64] |= std::uint64_t{1} << (v % 64);
  words_[v * stride_ + u / 64] |= std::uint64_t{1} << (u % 64);
}

void BitGraph::clear(std::uint32_t u, std::uint32_t v) {
  words_[u * stride_ + v / 64] &= ~(std::uint64_t{1} << (v % 64));
  words_[v * stride_ + u / 64] &= ~(std::uint64_t{1} << (u % 64));
}

Csr<double> BitGraph::take() {
  Csr<double> out = regular_arrays(n_, d_);
  out.columns.resize(ends_.size());
  Index* place = out.columns.data();
  for (std::size_t w = 0; w < words_.size(); ++w)
    for (std::uint64_t left = words_[w]; left != 0; left &= left - 1)
      *place++ = static_cast<Index>(w % stride_ * 64) + std::countr_zero(left);
  return out;
}

} // namespace attnwalk::pattern
