// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/pattern/algebra.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/pattern/rows.hpp"
#include "attnwalk/sparse/symmetry.hpp"
#include "attnwalk/sparse/transpose.hpp"

#include <algorithm>
#include <vector>

namespace attnwalk::pattern {
namespace {

using Row = std::span<const Index>;

void require_same_shape(const Pattern& A, const Pattern& B) {
  require(A.rows() == B.rows() && A.cols() == B.cols(), Code::shape, "the patterns are ", A.rows(),
          " x ", A.cols(), " and ", B.rows(), " x ", B.cols(), " where they must have one shape");
}

void require_square(const Pattern& A) {
  require(A.square(), Code::shape, "a pattern of ", A.rows(), " x ", A.cols(), " must be square");
}

// How many columns two ascending rows share. No branch depends on the data.
Index common(Row a, Row b) {
  const Index* x = a.data();
  const Index* y = b.data();
  const Index* const x_end = x + a.size();
  const Index* const y_end = y + b.size();
  Index shared = 0;
  while (x != x_end && y != y_end) {
    const Index from_a = *x;
    const Index from_b = *y;
    shared += from_a == from_b ? 1 : 0;
    x += from_a <= from_b ? 1 : 0;
    y += from_b <= from_a ? 1 : 0;
  }
  return shared;
}

// The union of two ascending rows, again without data-dependent branches.
void merge(Row a, Row b, Index* out) {
  const Index* x = a.data();
  const Index* y = b.data();
  const Index* const x_end = x + a.size();
  const Index* const y_end = y + b.size();
  while (x != x_end && y != y_end) {
    const Index from_a = *x;
    const Index from_b = *y;
    *out++ = std::min(from_a, from_b);
    x += from_a <= from_b ? 1 : 0;
    y += from_b <= from_a ? 1 : 0;
  }
  std::copy(y, y_end, std::copy(x, x_end, out));
}

// The rows of A cut before the column bound(i): a prefix of each.
template <class Bound>
Pattern prefixes(const Pattern& A, Index rows, Index cols, const Bound& bound) {
  const CsrView<double>& a = A.view();
  return build_rows(
      rows, cols, {},
      [&](Index i) {
        const Row row = a.row(i);
        return std::lower_bound(row.begin(), row.end(), bound(i)) - row.begin();
      },
      [&](Index i, Index* out) {
        const Row row = a.row(i);
        std::copy(row.begin(), std::lower_bound(row.begin(), row.end(), bound(i)), out);
      });
}

bool has_loop(Row row, Index i) {
  return std::ranges::binary_search(row, i);
}

} // namespace

Pattern unite(const Pattern& A, const Pattern& B) {
  require_same_shape(A, B);
  const CsrView<double>& a = A.view();
  const CsrView<double>& b = B.view();
  return build_rows(
      A.rows(), A.cols(), {},
      [&](Index i) { return a.degree(i) + b.degree(i) - common(a.row(i), b.row(i)); },
      [&](Index i, Index* out) { merge(a.row(i), b.row(i), out); });
}

Pattern intersect(const Pattern& A, const Pattern& B) {
  require_same_shape(A, B);
  const CsrView<double>& a = A.view();
  const CsrView<double>& b = B.view();
  return build_rows(
      A.rows(), A.cols(), {}, [&](Index i) { return common(a.row(i), b.row(i)); },
      [&](Index i, Index* out) { std::ranges::set_intersection(a.row(i), b.row(i), out); });
}

Pattern subtract(const Pattern& A, const Pattern& B) {
  require_same_shape(A, B);
  const CsrView<double>& a = A.view();
  const CsrView<double>& b = B.view();
  return build_rows(
      A.rows(), A.cols(), {}, [&](Index i) { return a.degree(i) - common(a.row(i), b.row(i)); },
      [&](Index i, Index* out) { std::ranges::set_difference(a.row(i), b.row(i), out); });
}

Pattern transpose(const Pattern& A) {
  require_room(static_cast<double>(A.cols()), static_cast<double>(A.rows()),
               static_cast<double>(A.entries()));
  return Pattern::trusted(sparse::transposed_structure(A.view()));
}

Pattern symmetrize(const Pattern& A) {
  require_square(A);
  return symmetric(A) ? A : unite(A, transpose(A));
}

bool symmetric(const Pattern& A) {
  return equals_transpose(A.view());
}

Pattern causal(const Pattern& A) {
  const Index ahead = A.cols() - A.rows();
  return prefixes(A, A.rows(), A.cols(), [ahead](Index i) { return i + ahead + 1; });
}

Pattern with_loops(const Pattern& A) {
  require_square(A);
  const CsrView<double>& a = A.view();
  return build_rows(
      A.rows(), A.cols(), {},
      [&](Index i) { return a.degree(i) + (has_loop(a.row(i), i) ? 0 : 1); },
      [&](Index i, Index* out) {
        merge(a.row(i), {&i, 1}, out);
      });
}

Pattern without_loops(const Pattern& A) {
  require_square(A);
  const CsrView<double>& a = A.view();
  return build_rows(
      A.rows(), A.cols(), {},
      [&](Index i) { return a.degree(i) - (has_loop(a.row(i), i) ? 1 : 0); },
      [&](Index i, Index* out) { std::ranges::remove_copy(a.row(i), out, i); });
}

Pattern permute(const Pattern& A, std::span<const Index> order) {
  require_square(A);
  const Index n = A.rows();
  require(static_cast<Index>(order.size()) == n, Code::shape, "the permutation has ", order.size(),
          " values for ", n, " tokens");
  require_room(static_cast<double>(n), static_cast<double>(n),
               static_cast<double>(A.entries() + n)); // the inverse as well
  std::vector<Index> inverse(order.size(), -1);
  for (std::size_t i = 0; i < order.size(); ++i) {
    require(order[i] >= 0 && order[i] < n, Code::index, "value ", i, " of the permutation is ",
            order[i], " and must be in [0, ", n, ")");
    Index& place = inverse[order[i]];
    require(place == -1, Code::domain, "the permutation holds ", order[i], " twice");
    place = static_cast<Index>(i);
  }
  // Sorting short rows in the cache is faster than the two transpositions that would be O(m + n).
  const CsrView<double>& a = A.view();
  const auto source = [order](Index i) { return order[i]; };
  return build_rows(
      n, n, {}, [&](Index i) { return a.degree(source(i)); },
      [&](Index i, Index* out) {
        const Row row = a.row(source(i));
        Index* const end =
            std::transform(row.begin(), row.end(), out, [&](Index j) { return inverse[j]; });
        std::sort(out, end);
      });
}

Pattern crop(const Pattern& A, Index rows, Index cols) {
  require(rows >= 0 && rows <= A.rows(), Code::index, "rows = ", rows, " must be in [0, ", A.rows(),
          "]");
  require(cols >= 0 && cols <= A.cols(), Code::index, "cols = ", cols, " must be in [0, ", A.cols(),
          "]");
  return prefixes(A, rows, cols, [cols](Index) { return cols; });
}

} // namespace attnwalk::pattern
