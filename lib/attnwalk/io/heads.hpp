// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/io/array.hpp"
#include "attnwalk/io/head_arrays.hpp"
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
  Index stored_heads = 0; ///< in a layer of the file
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
  Arrays arrays;                   ///< q, k and v if stored, under their names in the file
  HeadArrays which;                ///< their names
  std::optional<Csr<double>> mask; ///< tokens x tokens, without values, of all heads

  /// One head, without the mask. Layers and heads count from 0.
  /// @throws Error{index} naming how many there are; Error{io} for numbers that are not finite
  [[nodiscard]] Head head(Index layer, Index head) const;
};

/// Reads one head from arrays q, k, v of shape layers x heads x tokens x width, or layers x batch x
/// heads x tokens x width, of any real type; k and v may have fewer heads, each then serving heads(q) / heads(k) neighboring query heads. The
/// mask is the sparse matrix in `indptr` and `indices`, tokens x tokens. Layers and heads count
/// from 0.
///
/// @throws Error{index} naming how many layers, heads and sequences there are; Error{io} for missing
///         arrays, shapes that do not fit each other, or numbers that are not finite
/// @cost   of a plain file the bytes of the head; of a deflated one all before them as well
[[nodiscard]] Head read_head(const std::filesystem::path& file, Index layer, Index head,
                             const ReadOptions& how = {}, const HeadArrays& which = {});

/// Reads all heads of such a file: each byte once, where a loop over read_head would decompress the
/// beginning of a deflated file again for every head.
[[nodiscard]] Heads read_heads(const std::filesystem::path& file, const ReadOptions& how = {},
                               const HeadArrays& which = {});

/// Stored attention matrices, read at once: heads of n x n, layers of such, or layers x batch x
/// heads x n x n, as a model with `output_attentions` returns them.
struct Attentions {
  std::string name; ///< of the file, for messages
  Index layers = 0;
  Index heads = 0;
  Index queries = 0;
  Index keys = 0;
  Arrays arrays;    ///< the one array
  HeadArrays which; ///< .attention names it

  /// One matrix; zeros are no entries, so that a causal model's are lower triangular.
  /// @throws Error{index} naming how many there are; Error{io} for numbers that are negative or not
  ///         finite
  [[nodiscard]] Csr<double> matrix(Index layer, Index head) const;
};

/// @throws Error{io} if the file lacks the array, or it has fewer than 2 or more than 5 dimensions;
///         Error{index} as read_head
[[nodiscard]] Attentions read_attentions(const std::filesystem::path& file,
                                         const ReadOptions& how = {}, const HeadArrays& which = {});
/// One of them. @cost of a plain file the bytes of the matrix
[[nodiscard]] Csr<double> read_attention(const std::filesystem::path& file, Index layer, Index head,
                                         const ReadOptions& how = {}, const HeadArrays& which = {});

} // namespace attnwalk::io
