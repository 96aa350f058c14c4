// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/rows.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"

namespace attnwalk::pattern {

RowRange resolved(RowRange range, Index rows) {
  require(rows >= 0, Code::domain, "n = ", rows, " must be 0 or more");
  const Index end = range.end == -1 ? rows : range.end;
  require(range.begin >= 0 && range.begin <= end && end <= rows, Code::index, "rows [", range.begin,
          ", ", end, ") must lie in [0, ", rows, ")");
  return {range.begin, end};
}

void require_room(double rows, double cols, double entries) {
  require(rows >= 0 && cols >= 0, Code::domain, "a pattern of ", rows, " x ", cols,
          " has a negative size");
  const double bytes = (rows + 1 + entries) * sizeof(Index);
  if (bytes > 1 << 20) // asking the system takes longer than making a small pattern
    require_memory(message("a ", rows, " x ", cols, " pattern of ", entries, " entries"), bytes);
}

void accumulate_sizes(Csr<double>& rows) {
  Index* const offsets = rows.offsets.data();
  offsets[0] = 0;
  double entries = 0;
  for (Index i = 1; i <= rows.rows; ++i)
    entries += static_cast<double>(offsets[i]);
  require_room(static_cast<double>(rows.rows), static_cast<double>(rows.cols), entries);
  for (Index i = 1; i <= rows.rows; ++i)
    offsets[i] += offsets[i - 1];
  rows.columns.resize(offsets[rows.rows]);
}

} // namespace attnwalk::pattern
