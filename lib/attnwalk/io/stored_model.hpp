// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/io/read_options.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace attnwalk::io {

/// A stored block model, P = Y S Z' + delta: mixed memberships Y and Z, or hard ones, where query i
/// belongs to query_block[i] with weight theta[i] and key j to key_block[j] with weight phi[j].
struct StoredModel {
  Dense<double> S; ///< query clusters x key clusters
  bool hard = false;
  Dense<double> Y;                        ///< queries x query clusters, if mixed
  Dense<double> Z;                        ///< keys x key clusters, if mixed
  std::vector<std::uint32_t> query_block; ///< queries, if hard
  std::vector<std::uint32_t> key_block;   ///< keys, if hard
  std::vector<double> theta;              ///< queries, or empty: all 1
  std::vector<double> phi;                ///< keys, or empty: all 1
  double delta = 0;                       ///< exploration mass, in [0, 1]
  bool clamp = false; ///< probabilities above 1 count as 1: of trained heads, and where delta > 0

  [[nodiscard]] Index queries() const {
    return hard ? static_cast<Index>(query_block.size()) : Y.shape().tokens;
  }
  [[nodiscard]] Index keys() const {
    return hard ? static_cast<Index>(key_block.size()) : Z.shape().tokens;
  }
};

/// Reads the block model of one layer and head. The file holds one of
///   membership_q (layers x heads x queries x clusters), block and membership_k: trained heads,
///   Y (queries x clusters), S and Z (keys x clusters): one model with mixed memberships,
///   query_block (queries), S and key_block (keys), optional theta and phi: one with hard ones,
/// and an optional number `delta`, else .01 for trained heads and 0 for the others. The latter two
/// are layer 0, head 0.
///
/// @throws Error{index} naming how many layers and heads there are, or a block beyond 31 bits;
///         Error{io} for missing arrays, shapes that do not fit each other, numbers that are
///         negative or not finite, or delta outside [0, 1]
[[nodiscard]] StoredModel read_model(const std::filesystem::path& file, Index layer, Index head,
                                     const ReadOptions& how = {});

} // namespace attnwalk::io
