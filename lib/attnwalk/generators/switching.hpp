// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/random.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <cstdint>
#include <vector>

/// Multigraphs that random switches turn into simple graphs: the two forms that `regular` works on.
/// A switch replaces the edges (u, v) and (x, y) by (u, x) and (v, y) and keeps all degrees.
namespace attnwalk::pattern {

/// An edge in one direction, and where it is stored.
struct Arc {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  Index place = -1;
};

/// A d-regular multigraph as sorted rows of neighbors: for d small against n, where searching and
/// rewriting a row costs little.
class RowGraph {
public:
  /// @cost O(n d log d), parallel; 8 n d bytes
  RowGraph(Index n, Index d, const Buffer<std::uint32_t>& ends, int threads);

  /// Loops, and all copies but one of an edge that is there several times.
  [[nodiscard]] const std::vector<Arc>& faults() const { return faults_; }
  [[nodiscard]] bool has(std::uint32_t u, std::uint32_t v) const;
  /// A uniform edge in a uniform direction; false if that is a loop or one of several copies.
  [[nodiscard]] bool pick(RandomStream& draw, Arc& arc) const;
  void switch_arcs(const Arc& a, const Arc& b);
  /// The rows as a pattern's arrays; the graph is empty afterwards.
  [[nodiscard]] Csr<double> take();

private:
  struct Blocks;
  void exchange(std::uint32_t row, std::uint32_t old, std::uint32_t by);

  Index n_;
  Index d_;
  Buffer<Index> neighbors_; // of u: from u d on
  std::vector<Arc> faults_;
};

/// The same as a list of edges and a bit per ordered pair: for dense graphs, which have many
/// faults.
class BitGraph {
public:
  /// @cost O(n d); n^2 / 8 bytes
  BitGraph(Index n, Index d, Buffer<std::uint32_t> ends);

  [[nodiscard]] const std::vector<Arc>& faults() const { return faults_; }
  [[nodiscard]] bool has(std::uint32_t u, std::uint32_t v) const {
    return (words_[u * stride_ + v / 64] >> (v % 64) & 1) != 0;
  }
  [[nodiscard]] bool pick(RandomStream& draw, Arc& arc) const;
  void switch_arcs(const Arc& a, const Arc& b);
  [[nodiscard]] Csr<double> take();

private:
  void set(std::uint32_t u, std::uint32_t v);
  void clear(std::uint32_t u, std::uint32_t v);

  Index n_;
  Index d_;
  std::size_t stride_; // words per row
  Buffer<std::uint32_t> ends_;
  std::vector<std::uint64_t> words_;
  std::vector<bool> faulty_; // by edge: its pair's bit belongs to another copy, or it is a loop
  std::vector<Arc> faults_;
};

} // namespace attnwalk::pattern
