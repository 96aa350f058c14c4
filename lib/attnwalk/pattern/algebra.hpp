// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/pattern/pattern.hpp"

#include <span>

/// Patterns from patterns: merges of sorted rows, parallel, in O(m + n) for m entries unless said.
/// The bits are the same for every thread count, and every function throws Error{memory} with the
/// predicted bytes before it allocates what would not fit.
namespace attnwalk::pattern {

/// (i, j) in A or in B.
/// @throws Error{shape} if the sizes differ
[[nodiscard]] Pattern unite(const Pattern& A, const Pattern& B);

/// (i, j) in A and in B.
/// @throws Error{shape} if the sizes differ
[[nodiscard]] Pattern intersect(const Pattern& A, const Pattern& B);

/// (i, j) in A and not in B.
/// @throws Error{shape} if the sizes differ
[[nodiscard]] Pattern subtract(const Pattern& A, const Pattern& B);

/// The same as operators: A or B, A and B, A without B.
[[nodiscard]] inline Pattern operator|(const Pattern& A, const Pattern& B) {
  return unite(A, B);
}
[[nodiscard]] inline Pattern operator&(const Pattern& A, const Pattern& B) {
  return intersect(A, B);
}
[[nodiscard]] inline Pattern operator-(const Pattern& A, const Pattern& B) {
  return subtract(A, B);
}

/// (j, i) for every (i, j): keys attend queries.
[[nodiscard]] Pattern transpose(const Pattern& A);

/// (i, j) in A or in its transpose: the least symmetric pattern that holds A. A symmetric A comes
/// back as it is, sharing its arrays.
/// @throws Error{shape} if A is rectangular
[[nodiscard]] Pattern symmetrize(const Pattern& A);

/// Whether A is its own transpose, exactly. A rectangular pattern is not.
/// @cost O(m log degree)
[[nodiscard]] bool symmetric(const Pattern& A);

/// (i, j) in A with j <= i + (keys - queries): no query sees a later key, the last query aligned
/// with the last key, as when the queries are the newest tokens of a longer history. With more
/// queries than keys the first queries see nothing.
[[nodiscard]] Pattern causal(const Pattern& A);

/// A and the diagonal.
/// @throws Error{shape} if A is rectangular
[[nodiscard]] Pattern with_loops(const Pattern& A);

/// A without the diagonal.
/// @throws Error{shape} if A is rectangular
[[nodiscard]] Pattern without_loops(const Pattern& A);

/// A with its tokens renamed: (i, j) is an edge iff (order[i], order[j]) is one of A, NumPy's
/// A[order][:, order].
///
/// @param order  a permutation of 0 .. n-1
/// @throws Error{shape} if A is rectangular or order does not have n values; Error{index} for a
///         value outside 0 .. n-1; Error{domain} for a value that occurs twice
/// @cost   O(m log degree + n)
[[nodiscard]] Pattern permute(const Pattern& A, std::span<const Index> order);

/// The leading rows x cols part.
/// @throws Error{index} unless 0 <= rows <= A.rows() and 0 <= cols <= A.cols()
/// @cost   O(rows log degree + entries kept)
[[nodiscard]] Pattern crop(const Pattern& A, Index rows, Index cols);

} // namespace attnwalk::pattern
