// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/exports/cost.hpp"

#include "attnwalk/core/parallel.hpp"
#include "attnwalk/exports/block_row.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <limits>
#include <mutex>

namespace attnwalk::exports {
namespace {

struct Extremes {
  Index degree = 0;    ///< the longest row
  Index bandwidth = 0; ///< max |i - j|
};

Extremes extremes(const CsrStructure& A) {
  Extremes found;
  for (Index i = 0; i < A.rows; ++i) {
    const auto row = A.row(i);
    found.degree = std::max(found.degree, A.degree(i));
    if (!row.empty())
      found.bandwidth = std::max({found.bandwidth, i - row.front(), row.back() - i});
  }
  return found;
}

/// Blocks, full ones and the most of one row of blocks.
void count_blocks(const CsrStructure& A, BlockSize size, int threads, Cost& cost) {
  std::mutex alone;
  in_pieces(
      rounded_up(A.rows, size.queries),
      [&](Index first, Index last) {
        BlockRow row(A, size);
        Cost own;
        for (Index I = first; I < last; ++I) {
          const auto touched = row.visit(I);
          const auto count = static_cast<Index>(touched.size());
          own.blocks += count;
          own.most_blocks = std::max(own.most_blocks, count);
          own.full_blocks +=
              std::count_if(touched.begin(), touched.end(), [&](Index J) { return row.full(J); });
        }
        const std::scoped_lock locked(alone);
        cost.blocks += own.blocks;
        cost.full_blocks += own.full_blocks;
        cost.most_blocks = std::max(cost.most_blocks, own.most_blocks);
      },
      threads, static_cast<double>(A.entries()));
}

} // namespace

Cost cost(const CsrStructure& A, Form form, BlockSize size, int threads) {
  require_size(size);
  sparse::validate(A);
  const auto [degree, bandwidth] = extremes(A);
  Cost found;
  found.entries = A.entries();
  found.bandwidth = bandwidth;
  switch (form) {
  case Form::csr:
  case Form::edge_index:
    size = {1, 1};
    found.blocks = found.full_blocks = A.entries();
    found.most_blocks = degree;
    break;
  case Form::index_lists:
    size = {1, degree};
    found.blocks = A.rows;
    found.most_blocks = A.rows > 0 ? 1 : 0;
    for (Index i = 0; i < A.rows; ++i)
      found.full_blocks += A.degree(i) == degree ? 1 : 0;
    break;
  case Form::dense:
    size = {A.rows, A.cols};
    found.blocks = found.most_blocks = A.rows > 0 && A.cols > 0 ? 1 : 0;
    found.full_blocks = found.blocks == 1 && A.entries() == A.rows * A.cols ? 1 : 0;
    break;
  case Form::bsr:
  case Form::bit_table:
  case Form::block_mask:
  case Form::flashinfer:
    count_blocks(A, size, threads, found);
    break;
  }
  found.partial_blocks = found.blocks - found.full_blocks;
  found.pairs = found.blocks * size.queries * size.keys;
  found.inflation = found.entries == 0
                        ? std::numeric_limits<double>::quiet_NaN()
                        : static_cast<double>(found.pairs) / static_cast<double>(found.entries);
  if (A.rows > 0 && A.cols > 0 && size.keys > 0) {
    // A list is one block of its row, however short it is.
    const Index across = form == Form::index_lists ? 1 : rounded_up(A.cols, size.keys);
    found.block_density =
        static_cast<double>(found.blocks) /
        (static_cast<double>(rounded_up(A.rows, size.queries)) * static_cast<double>(across));
  }
  return found;
}

} // namespace attnwalk::exports
