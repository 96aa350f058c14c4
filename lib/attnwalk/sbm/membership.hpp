// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace attnwalk::sbm {

/// The block of token i when n tokens form k contiguous blocks: block b holds the tokens from
/// floor(b n / k) up to, without it, floor((b + 1) n / k). Sizes differ by one at most.
[[nodiscard]] constexpr Index block_of(Index i, Index n, Index k) {
  return ((i + 1) * k - 1) / n;
}

/// The first token of block b; of block k: n.
[[nodiscard]] constexpr Index block_start(Index b, Index n, Index k) {
  return b * n / k;
}

/// Who belongs where: a tokens x clusters matrix with entries >= 0. Stored as it is (mixed), or as
/// one cluster and one weight per token (hard), which is what planted, degree-corrected and
/// bipartite models need: O(tokens) memory for any number of clusters.
class Membership {
public:
  /// 0 tokens, 1 cluster.
  Membership() : clusters_(1), hard_(true) {}

  /// A mixed membership; rows need not sum to one.
  ///
  /// @param rows  tokens x clusters, entries finite and >= 0 (copied)
  /// @param name  for messages, "Y"
  /// @throws Error{shape} if rows holds several heads; Error{domain} for no clusters, or naming the
  ///         first entry that is negative or not finite
  [[nodiscard]] static Membership mixed(View<const double> rows, std::string_view name = "Y");
  /// The same, taking over the array.
  [[nodiscard]] static Membership mixed(Dense<double> rows, std::string_view name = "Y");

  /// A hard membership: token i belongs to cluster[i] with weight[i].
  ///
  /// @param clusters  1 .. 2^31 - 1
  /// @param cluster   one per token, in 0 .. clusters - 1
  /// @param weight    one per token, finite and >= 0; empty: all 1
  /// @throws Error{shape} if there is not one weight per token; Error{index, domain}
  [[nodiscard]] static Membership hard(Index clusters, std::vector<std::uint32_t> cluster,
                                       std::vector<double> weight = {});

  /// k contiguous blocks of near equal size (`block_of`).
  /// @throws Error{domain} if k is outside [1, tokens] and tokens > 0
  [[nodiscard]] static Membership contiguous(Index tokens, Index k);

  /// Every token's row times its weight; hard stays hard.
  /// @throws Error{shape} if there is not one weight per token; Error{domain} for weights that are
  ///         negative or not finite
  [[nodiscard]] Membership weighted(std::span<const double> weight) const;

  [[nodiscard]] Index tokens() const { return tokens_; }
  [[nodiscard]] Index clusters() const { return clusters_; }
  [[nodiscard]] bool is_hard() const { return hard_; }
  /// Hard, and every weight is 1.
  [[nodiscard]] bool is_plain() const { return hard_ && weight_.empty(); }

  /// The cluster and weight of a token of a hard membership.
  [[nodiscard]] std::uint32_t cluster(Index i) const { return cluster_[i]; }
  [[nodiscard]] double weight(Index i) const { return weight_.empty() ? 1 : weight_[i]; }
  /// The row of a token of a mixed membership: `clusters` numbers.
  [[nodiscard]] const double* row(Index i) const { return rows_.view().row(i); }
  /// Entry (i, c), whatever the form.
  [[nodiscard]] double at(Index i, Index c) const;

  /// x . row i, summed in a fixed order: the same bits everywhere. @cost O(clusters), O(1) if hard
  [[nodiscard]] double dot(const double* x, Index i) const {
    return hard_ ? x[cluster(i)] * weight(i) : mixed_dot(x, i);
  }

  [[nodiscard]] std::vector<double> column_sums() const;
  [[nodiscard]] std::vector<double> column_maxima() const;
  /// max over tokens of the sum of a row.
  [[nodiscard]] double largest_row_sum() const;
  /// The Gram matrix Y' D Y, clusters x clusters, row-major; D = diag(d), or the identity if empty.
  [[nodiscard]] std::vector<double> gram(std::span<const double> d = {}) const;
  /// All entries. @cost O(tokens clusters) memory
  [[nodiscard]] Dense<double> dense() const;

private:
  [[nodiscard]] double mixed_dot(const double* x, Index i) const;

  Index tokens_ = 0;
  Index clusters_ = 0;
  bool hard_ = false;
  Dense<double> rows_;
  std::vector<std::uint32_t> cluster_;
  std::vector<double> weight_;
};

} // namespace attnwalk::sbm
