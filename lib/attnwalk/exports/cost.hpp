// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/names.hpp"
#include "attnwalk/exports/blocks.hpp"

#include <array>

namespace attnwalk::exports {

/// What a pattern can be exported as.
enum class Form {
  csr,         ///< SciPy's and PyTorch's compressed rows
  bsr,         ///< blocks with a byte for each pair: SciPy, PyTorch
  bit_table,   ///< blocks with a bit for each pair: `BlockCover`
  block_mask,  ///< PyTorch's FlexAttention
  flashinfer,  ///< FlashInfer's block-sparse attention
  index_lists, ///< the keys of each query, all lists equally long: `index_lists`
  edge_index,  ///< PyTorch Geometric
  dense,       ///< rows x cols truths
};
[[nodiscard]] constexpr auto names_of(Form /*which*/) {
  return std::to_array<Name<Form>>({{Form::csr, "csr"},
                                    {Form::bsr, "bsr"},
                                    {Form::bit_table, "bit_table"},
                                    {Form::block_mask, "block_mask"},
                                    {Form::flashinfer, "flashinfer"},
                                    {Form::index_lists, "index_lists"},
                                    {Form::edge_index, "edge_index"},
                                    {Form::dense, "dense"}});
}
[[nodiscard]] constexpr std::string_view to_string(Form x) {
  return name_of(x);
}

/// What a kernel computes that reads a pattern in some form: every pair of every block that holds
/// an entry. Compressed rows and edges are blocks of one pair, an index list is one block of a row,
/// a dense mask one block of all pairs.
struct Cost {
  Index entries = 0;        ///< pairs that attend
  Index blocks = 0;         ///< that hold an entry; lists: of every query
  Index full_blocks = 0;    ///< of these, those whose pairs are all entries
  Index partial_blocks = 0; ///< the others
  Index most_blocks = 0;    ///< of one row of blocks: what its slowest worker reads
  Index pairs = 0;          ///< that are computed: blocks times the pairs of one
  double inflation = 0;     ///< pairs / entries, at least 1; NaN without entries
  double block_density = 0; ///< blocks / all blocks of rows x cols; 0 for an empty shape
  Index bandwidth = 0;      ///< max |i - j| over entries
};

/// The cost of a pattern in a form.
///
/// @param A     rows x cols
/// @param size  of the blocks, for the forms with blocks
/// @throws Error{domain} for a size out of bounds; Error{shape, index, domain} as sparse::validate
/// @cost   O(m + blocks log blocks); no table is made
[[nodiscard]] Cost cost(const CsrStructure& A, Form form, BlockSize size = {}, int threads = 0);

} // namespace attnwalk::exports
