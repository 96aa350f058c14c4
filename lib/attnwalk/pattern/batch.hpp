// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/pattern.hpp"

#include <span>
#include <vector>

namespace attnwalk::pattern {

/// The patterns of a layer: one per head of each sequence, or fewer that are shared. All have the
/// same shape; entries are counted through in the order batch, head, row.
class PatternBatch {
public:
  /// One 0 x 0 pattern.
  PatternBatch() : PatternBatch(Pattern()) {}
  /// One pattern for all heads of all sequences.
  PatternBatch(Pattern shared);
  /// batch x heads patterns, row-major; a side of 1 is shared along that side.
  /// @throws Error{shape} if the number of patterns is not batch * heads or their shapes differ
  PatternBatch(std::vector<Pattern> patterns, Index batch, Index heads);

  /// Splits one CSR of batch * heads * rows rows, as samplers write it, without copying its
  /// columns.
  /// @throws Error{shape} if the rows do not divide; Error as Pattern for arrays that lie
  [[nodiscard]] static PatternBatch stacked(Csr<double>&& all, Index batch, Index heads);

  [[nodiscard]] Index batch() const { return batch_; }
  [[nodiscard]] Index heads() const { return heads_; }
  [[nodiscard]] Index rows() const { return patterns_.front().rows(); }
  [[nodiscard]] Index cols() const { return patterns_.front().cols(); }
  [[nodiscard]] std::span<const Pattern> patterns() const { return patterns_; }
  /// The number, among patterns(), of the pattern of a sequence and head.
  [[nodiscard]] Index number(Index b, Index h) const {
    return (batch_ == 1 ? 0 : b) * heads_ + (heads_ == 1 ? 0 : h);
  }
  [[nodiscard]] const Pattern& at(Index b, Index h) const { return patterns_[number(b, h)]; }

private:
  std::vector<Pattern> patterns_;
  Index batch_ = 1;
  Index heads_ = 1;
};

/// Padded sequences: for each length the entries of P with query and key below it. Queries beyond
/// the length have empty rows.
/// @throws Error{domain} if a length is not in [0, rows] and [0, cols]
[[nodiscard]] PatternBatch padded(const Pattern& P, std::span<const Index> lengths);

/// Packed sequences: the block-diagonal pattern of sequences that stand one behind the other.
[[nodiscard]] Pattern packed(std::span<const Pattern> sequences);

} // namespace attnwalk::pattern
