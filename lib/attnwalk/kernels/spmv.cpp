// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/spmv.hpp"

#include "attnwalk/kernels/transpose.hpp"

#include <type_traits>

namespace attnwalk::kernels {

namespace {

constexpr Index half_limit = Index{1} << 16;
constexpr Index narrow_limit = Index{1} << 31;
/// Below this many entries a parallel region costs more than it saves.
constexpr Index parallel_above = 1 << 18;
constexpr Index ahead = 2048; ///< bytes from a load of columns to the prefetch of its successor

/// sum_e value(e) x[column(e)] over begin <= e < end, in eight interleaved sums added pairwise: an
/// order that depends on the row alone.
template <bool Valued, class Column>
double gather(const Column* columns, const double* values, const double* x, Index begin,
              Index end) {
  const auto term = [&](Index e) {
    const double xj = x[columns[e]];
    return Valued ? values[e] * xj : xj;
  };
  double s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
  Index e = begin;
  for (; e + 8 <= end; e += 8) {
    // What is read once goes past the cache that x lives in: a quarter less time at n = 65536.
    constexpr Index next = ahead / static_cast<Index>(sizeof(Column));
    __builtin_prefetch(columns + e + next, 0, 0);
    if (Valued)
      __builtin_prefetch(values + e + next, 0, 0);
    s0 += term(e);
    s1 += term(e + 1);
    s2 += term(e + 2);
    s3 += term(e + 3);
    s4 += term(e + 4);
    s5 += term(e + 5);
    s6 += term(e + 6);
    s7 += term(e + 7);
  }
  double* const sums[8] = {&s0, &s1, &s2, &s3, &s4, &s5, &s6, &s7};
  for (int u = 0; e < end; ++e, ++u)
    *sums[u] += term(e);
  return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7));
}

template <bool Valued, class Column>
void product(const SpmvPlan& A, const Column* columns, const double* x, double* y, double* partials,
             const double* left, int threads) {
  const std::vector<Chunk>& chunks = A.split().chunks;
  const auto count = static_cast<Index>(chunks.size());
  const Index* offsets = A.offsets();
  const double* values = A.values();
#pragma omp parallel for schedule(static) num_threads(threads) if (A.entries() > parallel_above)
  for (Index c = 0; c < count; ++c) {
    const Chunk& chunk = chunks[static_cast<std::size_t>(c)];
    if (chunk.partial >= 0) {
      partials[chunk.partial] = gather<Valued>(columns, values, x, chunk.begin, chunk.end);
      continue;
    }
    for (Index i = chunk.row; i < chunk.row_end; ++i) {
      const double sum = gather<Valued>(columns, values, x, offsets[i], offsets[i + 1]);
      y[i] = left == nullptr ? sum : left[i] * sum;
    }
  }
  for (const SplitRow& split : A.split().split_rows) {
    double sum = 0;
    for (Index p = 0; p < split.parts; ++p)
      sum += partials[split.first_partial + p];
    y[split.row] = left == nullptr ? sum : left[split.row] * sum;
  }
}

template <bool Valued>
void product(const SpmvPlan& A, const double* x, double* y, double* partials, const double* left,
             int threads) {
  if (A.half() != nullptr)
    product<Valued>(A, A.half(), x, y, partials, left, threads);
  else if (A.wide() == nullptr)
    product<Valued>(A, A.narrow(), x, y, partials, left, threads);
  else
    product<Valued>(A, A.wide(), x, y, partials, left, threads);
}

} // namespace

SpmvPlan::SpmvPlan(const CsrView<double>& A, Side side) {
  if (side == Side::transposed) {
    transpose(A);
  } else {
    rows_ = A.rows;
    cols_ = A.cols;
    offsets_ = A.offsets;
    values_ = A.values;
    if (cols_ <= half_limit) {
      own_half_ = narrowed<std::uint16_t>(A.columns, A.entries());
      half_ = own_half_.data();
    } else if (cols_ <= narrow_limit) {
      own_narrow_ = narrowed(A.columns, A.entries());
      narrow_ = own_narrow_.data();
    } else {
      wide_ = A.columns;
    }
  }
  split_ = split_rows(rows_, offsets_, grain);
}

void SpmvPlan::transpose(const CsrView<double>& A) {
  rows_ = A.cols;
  cols_ = A.rows;
  const auto m = static_cast<std::size_t>(A.entries());
  own_values_.resize(A.values == nullptr ? 0 : m);
  const auto fill = [&](auto& columns) {
    using Column = std::remove_reference_t<decltype(columns[0])>;
    columns.resize(m);
    own_offsets_ = transposed(A, [&](std::size_t to, Index i, Index e) {
      columns[to] = static_cast<Column>(i);
      if (A.values != nullptr)
        own_values_[to] = A.values[e];
    });
    return columns.data();
  };
  if (cols_ <= half_limit)
    half_ = fill(own_half_);
  else if (cols_ <= narrow_limit)
    narrow_ = fill(own_narrow_);
  else
    wide_ = fill(own_wide_);
  offsets_ = own_offsets_.data();
  values_ = A.values == nullptr ? nullptr : own_values_.data();
}

void spmv(const SpmvPlan& A, const double* x, double* y, double* work, const Scaling& scaling,
          int threads) {
  const double* from = x;
  if (scaling.right != nullptr) {
    const Index n = A.cols();
#pragma omp parallel for schedule(static) num_threads(threads) if (A.entries() > parallel_above)
    for (Index j = 0; j < n; ++j)
      work[j] = scaling.right[j] * x[j];
    from = work;
  }
  double* partials = work + A.cols();
  if (A.values() == nullptr)
    product<false>(A, from, y, partials, scaling.left, threads);
  else
    product<true>(A, from, y, partials, scaling.left, threads);
}

} // namespace attnwalk::kernels
