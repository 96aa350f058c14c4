// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/exports/lists.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/sparse/validate.hpp"

#include <algorithm>
#include <limits>

namespace attnwalk::exports {

IndexLists index_lists(const CsrStructure& A, std::optional<Index> width, int threads) {
  sparse::validate(A);
  const Index most = std::numeric_limits<std::int32_t>::max();
  require(A.cols <= most, Code::domain, "index lists are of 32 bits: ", A.cols,
          " keys are more than ", most);
  Index needed = 0;
  for (Index i = 0; i < A.rows; ++i) {
    needed = std::max(needed, A.degree(i));
    require(!width || needed <= *width, Code::domain, "width = ", width.value_or(0), " and query ",
            i, " has ", needed, " keys");
  }
  IndexLists lists;
  lists.rows = A.rows;
  lists.width = width.value_or(needed);
  require_memory("the index lists",
                 static_cast<double>(A.rows) * static_cast<double>(lists.width) * 4);
  lists.keys.resize(static_cast<std::size_t>(A.rows * lists.width));
  in_pieces(
      A.rows,
      [&](Index first, Index last) {
        for (Index i = first; i < last; ++i) {
          std::int32_t* const begin = lists.keys.data() + i * lists.width;
          const auto row = A.row(i);
          std::int32_t* const end = std::transform(
              row.begin(), row.end(), begin, [](Index j) { return static_cast<std::int32_t>(j); });
          std::fill(end, begin + lists.width, -1);
        }
      },
      threads, static_cast<double>(lists.keys.size()));
  return lists;
}

} // namespace attnwalk::exports
