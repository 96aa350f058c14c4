// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/kernels/edge.hpp"

#include <span>

namespace attnwalk::kernels {

template <Real T>
using Pass = void (*)(const Layout&, const Chunk&, const Head<T>&);
template <Real T>
using Merge = void (*)(const SplitRow&, const Head<T>&);

/// One head's work: a layout of its pattern's plan and its arrays.
template <Real T>
struct Task {
  const Layout* layout = nullptr;
  Head<T> head;
};

/// Runs a pass over all chunks of all tasks, then merges split rows where `merge` is not null.
/// Chunks are handed to threads as they come free; no result depends on which thread ran what.
///
/// @param threads  as core::threads
template <Real T>
void run(Pass<T> pass, Merge<T> merge, std::span<const Task<T>> tasks, int threads);

/// The first token and column of a dense array that is NaN or infinite; token -1 if there is none.
struct Place {
  Index batch = 0;
  Index head = 0;
  Index token = -1;
  Index column = 0;
};
template <Real T>
[[nodiscard]] Place first_not_finite(View<const T> X, int threads);

/// Rows copied to a stride of `padded_width`, the padding 0; K and V rounded to nearest for
/// bfloat16.
template <Real T>
void pad_rows(View<const T> X, T* to, Index padded_width, int threads);
void pad_rows_bfloat16(View<const float> X, std::uint16_t* to, Index padded_width, int threads);

/// Copies padded rows back into a dense array.
template <Real T>
void unpad_rows(const T* from, Index padded_width, View<T> X, int threads);

/// to_bhi = X_bhi . Y_bhi, one number per row in the order batch, head, token.
template <Real T>
void row_dots(View<const T> X, View<const T> Y, T* to, int threads);

} // namespace attnwalk::kernels
