// SPDX-License-Identifier: Apache-2.0
// Inside `sbm`: the rows of a mask, drawn one after the other into a buffer. Not installed.
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/sbm/bulk_draws.hpp"
#include "attnwalk/sbm/key_tables.hpp"
#include "attnwalk/sbm/row_set.hpp"
#include "attnwalk/sbm/sparse_plan.hpp"

#include <cstdint>
#include <vector>

namespace attnwalk::sbm {

/// The keys of consecutive rows, and what goes with them.
struct RowBuffer {
  Buffer<std::uint32_t> keys;
  Buffer<std::uint32_t> copies; ///< if they are counted
  Buffer<double> probability;   ///< if asked for
};

/// Workspace of one thread.
struct Scratch {
  Scratch(const Model& model, Key key);

  BulkDraws draws;
  RowSet set;
  std::vector<double> x; ///< y_i' S
  Buffer<Proposal> proposals;
  Buffer<std::uint32_t> drawn; ///< the keys of the proposals, in any order
  std::vector<std::uint32_t> repeats;
  std::vector<double> tile;
  Key key;
};

/// Rows of `poisson`, `poisson_distinct` and `bernoulli`.
class SparseRows {
public:
  SparseRows(const Model& model, SampleMethod method, bool probabilities, int threads);

  /// Appends row i, drawn from a substream. Returns its length.
  Index draw(Index i, std::uint64_t substream, Scratch& s, RowBuffer& out) const;

private:
  void propose_by_cluster(double c, Scratch& s) const;
  void propose_by_query(Index i, double c, Scratch& s) const;
  void draw_by_query(std::size_t u, Index count, Scratch& s) const;
  void draw_anywhere(double mean, Scratch& s) const;
  void draw_crowded(std::size_t v, double p, Scratch& s) const;
  void thin(Index i, double c, std::size_t first, Scratch& s, RowBuffer& out) const;
  static void count_copies(std::size_t first, Scratch& s, RowBuffer& out);
  void draw_coins(Index i, Scratch& s, RowBuffer& out) const;

  const Model& model_;
  SparsePlan plan_;
  KeyTables tables_;
  bool copies_;
  bool probabilities_;
  std::vector<std::uint64_t> choice_; ///< a x b: alias tables of the key cluster
};

/// Rows of `bernoulli_tiled`: P by groups of rows through one dense product, then coins of 32 bits,
/// with 53 more where those tie.
class TiledRows {
public:
  TiledRows(const Model& model, bool probabilities);

  /// Rows drawn together.
  static constexpr Index group = 8;

  /// Appends rows [first, last), at most a group; row i from substream + (i - first).
  /// sizes[i - first] becomes its length.
  void draw(Index first, Index last, std::uint64_t substream, Scratch& s, RowBuffer& out,
            Index* sizes) const;

private:
  Index toss(double* rate, std::uint64_t substream, const Scratch& s, std::uint32_t* keys) const;

  const Model& model_;
  RateRows rates_;
  bool probabilities_;
  Index panels_;
  std::vector<double> Z_; ///< packed in panels
};

/// A row of `bernoulli_dense`: p_ij by the definition, a coin of 53 bits for each pair.
Index draw_dense(const Model& model, Index i, std::uint64_t substream, bool probabilities,
                 Scratch& s, RowBuffer& out);

} // namespace attnwalk::sbm
