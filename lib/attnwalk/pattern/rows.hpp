// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/pattern/pattern.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <utility>

/// How every pattern whose rows can be made one at a time is built: count, prefix sum, fill.
namespace attnwalk::pattern {

/// Which rows of a pattern to make: begin, ..., end - 1; end = -1 stands for all that follow.
///
/// A generator called with rows [b, e) returns the (e - b) x cols pattern whose row r is row b + r
/// of the whole, columns numbered as in the whole: every process makes its own share, and the
/// shares stacked in order are the whole, bit for bit. Work and memory are those of the share.
struct RowRange {
  Index begin = 0;
  Index end = -1;

  [[nodiscard]] Index size() const { return end - begin; }
};

/// The range with its end written out.
/// @throws Error{index} unless 0 <= begin <= end <= rows
[[nodiscard]] RowRange resolved(RowRange range, Index rows);

/// Refuses a rows x cols pattern whose arrays would not fit, from the number of its entries (a
/// double: the prediction of an absurd size must not overflow). The generators' checks before any
/// work.
///
/// @throws Error{memory} with the predicted bytes; Error{domain} if rows or cols is negative
void require_room(double rows, double cols, double entries);

/// offsets[i+1] holds the size of row i on entry and the end of row i on return; offsets[0] = 0.
/// Allocates the columns. @throws Error{memory} with the predicted bytes
void accumulate_sizes(Csr<double>& rows);

/// The pattern whose row i holds count(i) entries that fill(i, out) writes to out[0 .. count(i)-1],
/// strictly ascending and in 0 .. cols-1.
///
/// `count` and `fill` see the row numbers of the whole pattern. Both are called from several
/// threads at once, once per row of the range, in any order: they must depend on i alone (a random
/// generator takes substream i of its key), and then the bits are the same for every thread count.
///
/// @param rows, cols  sizes of the whole pattern
/// @param range       which rows to make
/// @param threads     0: all that OpenMP offers
/// @throws Error{index} for a range outside the rows; Error{domain} for negative sizes;
///         Error{memory} with the predicted bytes
/// @cost   one pass of `count`, one of `fill`; the arrays are written once, by the threads that fill
template <class Count, class Fill>
[[nodiscard]] Pattern build_rows(Index rows, Index cols, RowRange range, const Count& count,
                                 const Fill& fill, int threads = 0) {
  require_room(0, static_cast<double>(cols), 0);
  const RowRange part = resolved(range, rows);
  require_room(static_cast<double>(part.size()), static_cast<double>(cols), 0);
  Csr<double> out;
  out.rows = part.size();
  out.cols = cols;
  out.offsets.resize(out.rows + 1);
  Index* const offsets = out.offsets.data();
  in_pieces(
      out.rows,
      [&](Index first, Index last) {
        for (Index r = first; r < last; ++r)
          offsets[r + 1] = count(part.begin + r);
      },
      threads, static_cast<double>(out.rows));
  accumulate_sizes(out);
  Index* const columns = out.columns.data();
  in_pieces(
      out.rows,
      [&](Index first, Index last) {
        for (Index r = first; r < last; ++r)
          fill(part.begin + r, columns + offsets[r]);
      },
      threads, static_cast<double>(out.rows + offsets[out.rows]));
  return Pattern::trusted(std::move(out));
}

} // namespace attnwalk::pattern
