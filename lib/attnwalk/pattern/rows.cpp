// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/rows.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/threads.hpp"

#include <algorithm>
#include <exception>

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

void in_pieces(Index count, const std::function<void(Index first, Index last)>& work, int threads,
               double accesses) {
  const int team = core::threads(threads);
  // 32 pieces a thread balance rows of very different length; 2^13 accesses outweigh a wake-up.
  const auto worthwhile = static_cast<Index>(std::min(accesses / 8192, 32.0 * team));
  const Index pieces = std::min(count, worthwhile);
  if (pieces <= 1 || team == 1) {
    if (count > 0)
      work(0, count);
    return;
  }
  const Index piece = count / pieces;
  const Index longer = count % pieces; // so many pieces hold one more
  const auto first = [=](Index p) { return p * piece + std::min(p, longer); };
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic) num_threads(team)
  for (Index p = 0; p < pieces; ++p) {
    try { // an exception may not leave the parallel region
      work(first(p), first(p + 1));
    } catch (...) {
#pragma omp critical(attnwalk_in_pieces)
      failure = std::current_exception();
    }
  }
  if (failure)
    std::rethrow_exception(failure);
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
  rows.columns.resize(static_cast<std::size_t>(offsets[rows.rows]));
}

} // namespace attnwalk::pattern
