// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array.hpp"
#include "attnwalk/io/read_options.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <filesystem>
#include <optional>

namespace attnwalk::io {

/// q, k (and v if stored) of one head, tokens x width each, in the element type of the file:
/// `to_dense<float>` or `to_dense<double>` converts them. All numbers are finite.
struct Head {
  Index tokens = 0;
  Index width = 0;
  Array q;
  Array k;
  std::optional<Array> v;
  std::optional<Csr<double>> mask; ///< tokens x tokens, without values, if the file stores one
};

/// All heads of a file, read at once in the element type of the file.
struct Heads {
  std::string name; ///< of the file, for messages
  Index layers = 0;
  Index heads = 0; ///< of q
  Index tokens = 0;
  Index width = 0;
  Arrays arrays;                   ///< q, k and v if stored
  std::optional<Csr<double>> mask; ///< tokens x tokens, without values, of all heads

  /// One head, without the mask. Layers and heads count from 0.
  /// @throws Error{index} naming how many there are; Error{io} for numbers that are not finite
  [[nodiscard]] Head head(Index layer, Index head) const;
};

/// Reads one head from arrays q, k, v of shape layers x heads x tokens x width, of any real type; k
/// and v may have fewer heads, each then serving heads(q) / heads(k) neighboring query heads. The
/// mask is the sparse matrix in `indptr` and `indices`, tokens x tokens. Layers and heads count
/// from 0.
///
/// @throws Error{index} naming how many layers and heads there are; Error{io} for missing arrays,
///         shapes that do not fit each other, or numbers that are not finite
/// @cost   of a plain file the bytes of the head; of a deflated one all before them as well
[[nodiscard]] Head read_head(const std::filesystem::path& file, Index layer, Index head,
                             const ReadOptions& how = {});

/// Reads all heads of such a file: each byte once, where a loop over read_head would decompress the
/// beginning of a deflated file again for every head.
[[nodiscard]] Heads read_heads(const std::filesystem::path& file, const ReadOptions& how = {});

} // namespace attnwalk::io
