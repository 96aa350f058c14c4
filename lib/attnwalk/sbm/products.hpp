// SPDX-License-Identifier: Apache-2.0
// Inside `sbm`: dense arrays as Eigen sees them, and products with the same bits for any number of
// threads. Not installed.
#pragma once

#include "attnwalk/core/dense.hpp"
#include "attnwalk/core/parallel.hpp"
#include "attnwalk/core/threads.hpp"

#include <Eigen/Core>

namespace attnwalk::sbm {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using In = Eigen::Map<const RowMajor, 0, Eigen::OuterStride<>>;
using Out = Eigen::Map<RowMajor>;

/// Rows that are worked on together. Products of other sizes may round otherwise, so that the
/// pieces are the same for any number of threads and of heads.
constexpr Index piece = 256;

inline In read(View<const double> A) {
  return {A.data, A.shape.tokens, A.shape.width, Eigen::OuterStride<>(A.strides[2])};
}
inline In read(const Dense<double>& A) {
  return read(A.view());
}
inline Out write(Dense<double>& A) {
  return {A.data(), A.shape().tokens, A.shape().width};
}
inline View<const double> rows_of(View<const double> A, Index first, Index count) {
  return {A.row(first), {1, 1, count, A.shape.width}, A.strides};
}
inline Out rows_of(Dense<double>& A, Index first, Index count) {
  return {A.view().row(first), count, A.shape().width};
}

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
