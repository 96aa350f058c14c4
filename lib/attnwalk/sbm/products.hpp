// SPDX-License-Identifier: Apache-2.0
// Inside `sbm`: dense arrays as Eigen sees them, and products with the same bits for any number of
// threads. Not installed.
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/core/threads.hpp"

#include <Eigen/Core>

#include <type_traits>

namespace attnwalk::sbm {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using In = Eigen::Map<const RowMajor<T>, 0, Eigen::OuterStride<>>;
template <class T>
using Out = Eigen::Map<RowMajor<T>>;

/// Rows that are worked on together. Products of other sizes may round otherwise, so that the
/// pieces are the same for any number of threads and of heads.
constexpr Index piece = 256;

/// These stay inside the library: no symbol with a type of Eigen in its name leaves it.
template <class T>
[[gnu::visibility("hidden")]] In<std::remove_const_t<T>> read(View<T> A) {
  return {A.data, A.shape.tokens, A.shape.width, Eigen::OuterStride<>(A.strides[2])};
}
template <class T>
[[gnu::visibility("hidden")]] In<T> read(const Dense<T>& A) {
  return read(A.view());
}
template <class T>
[[gnu::visibility("hidden")]] In<T> read(const RowMajor<T>& A) {
  return {A.data(), A.rows(), A.cols(), Eigen::OuterStride<>(A.cols())};
}
template <class T>
[[gnu::visibility("hidden")]] Out<T> write(Dense<T>& A) {
  return {A.data(), A.shape().tokens, A.shape().width};
}
/// Columns first .. first + count - 1.
template <class T>
[[gnu::visibility("hidden")]] In<T> columns_of(const Dense<T>& A, Index first, Index count) {
  return {A.data() + first, A.shape().tokens, count, Eigen::OuterStride<>(A.shape().width)};
}
template <class T>
View<const T> rows_of(View<const T> A, Index first, Index count) {
  return {A.row(first), {1, 1, count, A.shape.width}, A.strides};
}
template <class T>
[[gnu::visibility("hidden")]] Out<T> rows_of(Dense<T>& A, Index first, Index count) {
  return {A.view().row(first), count, A.shape().width};
}

/// Products of dense arrays, compiled in products.cpp alone: A B, A B' and A' B.
template <class T>
[[gnu::visibility("hidden")]] RowMajor<T> times(const In<T>& A, const In<T>& B);
template <class T>
[[gnu::visibility("hidden")]] RowMajor<T> times_transposed(const In<T>& A, const In<T>& B);
template <class T>
[[gnu::visibility("hidden")]] RowMajor<T> transposed_times(const In<T>& A, const In<T>& B);

/// Runs work(0) .. work(count - 1), in parallel, Eigen on one thread in each: its own would share
/// out products in sizes that depend on their number.
template <class Work>
void each(Index count, int threads, const Work& work) {
  for_each_part(count, threads, [&](Index task) {
    const ThreadLimit one(1);
    work(task);
  });
}

} // namespace attnwalk::sbm
