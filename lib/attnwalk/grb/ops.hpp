// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/grb/matrix.hpp"

#include <span>
#include <string_view>

namespace attnwalk::grb {

/// "add"_"multiply" pairs. `any` takes whichever operand it meets first, right where only one can
/// occur (products with a diagonal matrix). rminus(x, y) = y - x, rdiv(x, y) = y / x.
enum class Semiring {
  plus_times, ///< linear algebra: diffusion, walk counts
  lor_land,   ///< reachability
  min_plus,   ///< distance
  plus_pair,  ///< common neighbors
  max_min,    ///< bottleneck flow
  max_times,  ///< most probable path
  any_pair,   ///< structure of the product
  any_rminus, ///< diag(x) S: subtracts x_i from row i
  any_rdiv,   ///< diag(x) S: divides row i by x_i
};

enum class Monoid { plus, max, min, lor };
enum class Unary { identity, exp, log, abs, ainv, minv, one };
/// Element-wise operators; `first` and `second` keep one operand.
enum class Binary { plus, minus, times, div, max, min, first, second, lor, land };
/// Which entries to keep; `than` compares with a threshold.
enum class Keep { lower, upper, diagonal, off_diagonal, nonzero, greater_than, less_than };

[[nodiscard]] std::string_view to_string(Semiring semiring);

struct MxmOptions {
  Semiring semiring = Semiring::plus_times;
  const Matrix* mask = nullptr; ///< only entries of the mask's structure are computed
  bool complement = false;      ///< only entries outside it
  bool transpose_a = false;
  bool transpose_b = false;
};

/// C<mask> = A (+.x) B, computed in the wider of both types (boolean with lor_land and any_pair).
///
/// @throws Error{shape} if the inner sizes differ or the mask does not have C's shape;
///         Error{graphblas} with GraphBLAS's own text
[[nodiscard]] Matrix mxm(const Matrix& A, const Matrix& B, const MxmOptions& how = {});

/// C = C + A (+.x) B in place: the form that keeps a full C full, which is several times faster
/// than a product into an empty matrix (docs/grb.md).
void mxm_into(Matrix& C, const Matrix& A, const Matrix& B, const MxmOptions& how = {});

/// y = A (+.x) x.
[[nodiscard]] Vector mxv(const Matrix& A, const Vector& x,
                         Semiring semiring = Semiring::plus_times);

/// Entries in A or B; where both, `op`. (A + B)
[[nodiscard]] Matrix ewise_union(const Matrix& A, const Matrix& B, Binary op);
/// Entries in A and B, combined by `op`. (A .* B)
[[nodiscard]] Matrix ewise_intersection(const Matrix& A, const Matrix& B, Binary op);
/// A restricted to the structure of M, or to its complement.
[[nodiscard]] Matrix restrict_to(const Matrix& A, const Matrix& M, bool complement = false);

[[nodiscard]] Matrix transpose(const Matrix& A);
[[nodiscard]] Matrix apply(const Matrix& A, Unary op);
/// A with every entry multiplied by s.
[[nodiscard]] Matrix scale(const Matrix& A, double s);
/// The entries that `keep` selects. For `lower` and `upper`, offset k keeps j <= i + k, j >= i + k.
[[nodiscard]] Matrix select(const Matrix& A, Keep keep, double threshold_or_offset = 0);
/// Same entries, values cast.
[[nodiscard]] Matrix cast(const Matrix& A, Type type);

/// x_i = (+)_j A_ij; rows without entries are not stored.
[[nodiscard]] Vector reduce_rows(const Matrix& A, Monoid monoid);
/// (+)_ij A_ij; the monoid's identity if there are no entries.
[[nodiscard]] double reduce(const Matrix& A, Monoid monoid);

/// Square, x on the diagonal.
[[nodiscard]] Matrix diag(const Vector& x);
/// Full vector with the given values.
[[nodiscard]] Vector vector_of(std::span<const double> values, Type type = Type::fp64);
/// A(rows, cols): submatrix with repeated or permuted indices allowed.
[[nodiscard]] Matrix extract(const Matrix& A, std::span<const Index> rows,
                             std::span<const Index> cols);
/// Full matrix filled with one value.
[[nodiscard]] Matrix filled(Type type, Index rows, Index cols, double value);

} // namespace attnwalk::grb
