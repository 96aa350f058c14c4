// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/kernels/dropout.hpp"

#include <cstdint>

/// Passes over dense batch x heads x tokens x width arrays, row by row and in parallel.
namespace attnwalk::kernels {

/// The first token and column of a dense array that is NaN or infinite; token -1 if there is none.
struct Place {
  Index batch = 0;
  Index head = 0;
  Index token = -1;
  Index column = 0;
};
template <Real T>
[[nodiscard]] Place first_not_finite(View<const T> X, int threads);

/// Rows copied to a stride of `padded_width`, the padding 0.
template <Real T>
void pad_rows(View<const T> X, T* to, Index padded_width, int threads);
/// The same rounded to the nearest bfloat16, `padded_width` a multiple of 2 lanes. Each stretch of
/// 2 lanes columns is interleaved: column l and column lanes + l stand side by side.
void pad_rows_bfloat16(View<const float> X, std::uint16_t* to, Index padded_width, Index lanes,
                       int threads);

/// X rounded to the nearest bfloat16, held in float.
[[nodiscard]] Dense<float> rounded_to_bfloat16(View<const float> X, int threads);

/// Copies padded rows back into a dense array.
template <Real T>
void unpad_rows(const T* from, Index padded_width, View<T> X, int threads);

/// to_bhi = X_bhi . Y_bhi, one number per row in the order batch, head, token.
template <Real T>
void row_dots(View<const T> X, View<const T> Y, T* to, int threads);

/// max |X - Y| over all numbers; NaN if there is one. Same bits for any number of threads.
template <Real T>
[[nodiscard]] double max_difference(View<const T> X, View<const T> Y, int threads);
/// max |X|.
template <Real T>
[[nodiscard]] double max_magnitude(View<const T> X, int threads);

/// X times the factor of each number under dropout, in place; the entry of a number is its place
/// token * width + column among the first `width` columns of its head's rows.
template <Real T>
void drop_numbers(View<T> X, Index width, const Dropout& dropout, int threads);

/// Y = a X + b Y.
template <Real T>
void combine(T a, View<const T> X, T b, View<T> Y, int threads);

} // namespace attnwalk::kernels
