// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/spmv.hpp"

#include <algorithm>
#include <limits>

namespace attnwalk::kernels {

namespace {

constexpr Index narrow_limit = Index{1} << 31;
/// Below this many entries a parallel region costs more than it saves.
constexpr Index parallel_above = 1 << 18;
constexpr Index ahead = 512; ///< entries from a load to the prefetch of its successor

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
    __builtin_prefetch(columns + e + ahead, 0, 0);
    if (Valued)
      __builtin_prefetch(values + e + ahead, 0, 0);
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
void product(const SpmvPlan& A, const Column* columns, const double* x, double* y, double* slots,
             const double* left, int threads) {
  const auto& tasks = A.tasks();
  const auto count = static_cast<Index>(tasks.size());
  const Index* offsets = A.offsets();
  const double* values = A.values();
#pragma omp parallel for schedule(static) num_threads(threads) if (A.entries() > parallel_above)
  for (Index t = 0; t < count; ++t) {
    const SpmvPlan::Task& task = tasks[static_cast<std::size_t>(t)];
    if (task.slot >= 0) {
      slots[task.slot] = gather<Valued>(columns, values, x, task.begin, task.end);
      continue;
    }
    for (Index i = task.first; i < task.last; ++i) {
      const double sum = gather<Valued>(columns, values, x, offsets[i], offsets[i + 1]);
      y[i] = left == nullptr ? sum : left[i] * sum;
    }
  }
  for (const SpmvPlan::CutRow& cut : A.cut_rows()) {
    double sum = 0;
    for (Index s = cut.first; s < cut.last; ++s)
      sum += slots[s];
    y[cut.row] = left == nullptr ? sum : left[cut.row] * sum;
  }
}

template <bool Valued>
void product(const SpmvPlan& A, const double* x, double* y, double* slots, const double* left,
             int threads) {
  if (A.wide() == nullptr)
    product<Valued>(A, A.narrow(), x, y, slots, left, threads);
  else
    product<Valued>(A, A.wide(), x, y, slots, left, threads);
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
    if (cols_ <= narrow_limit) {
      own_narrow_.resize(static_cast<std::size_t>(A.entries()));
      std::uint32_t* to = own_narrow_.data();
      const Index m = A.entries();
#pragma omp parallel for schedule(static) if (m > parallel_above)
      for (Index e = 0; e < m; ++e)
        to[e] = static_cast<std::uint32_t>(A.columns[e]);
      narrow_ = to;
    } else {
      wide_ = A.columns;
    }
  }
  split();
}

void SpmvPlan::transpose(const CsrView<double>& A) {
  rows_ = A.cols;
  cols_ = A.rows;
  const auto m = static_cast<std::size_t>(A.entries());
  own_offsets_.assign(static_cast<std::size_t>(rows_) + 1, 0);
  for (std::size_t e = 0; e < m; ++e)
    ++own_offsets_[static_cast<std::size_t>(A.columns[e]) + 1];
  for (std::size_t j = 1; j < own_offsets_.size(); ++j)
    own_offsets_[j] += own_offsets_[j - 1];

  const bool fits = cols_ <= narrow_limit;
  own_narrow_.resize(fits ? m : 0);
  own_wide_.resize(fits ? 0 : m);
  own_values_.resize(A.values == nullptr ? 0 : m);
  std::vector<Index> next(own_offsets_.begin(), own_offsets_.end() - 1);
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const auto to = static_cast<std::size_t>(next[static_cast<std::size_t>(A.columns[e])]++);
      if (fits)
        own_narrow_[to] = static_cast<std::uint32_t>(i);
      else
        own_wide_[to] = i;
      if (A.values != nullptr)
        own_values_[to] = A.values[e];
    }
  offsets_ = own_offsets_.data();
  values_ = A.values == nullptr ? nullptr : own_values_.data();
  narrow_ = fits ? own_narrow_.data() : nullptr;
  wide_ = fits ? nullptr : own_wide_.data();
}

void SpmvPlan::split() {
  Index first = 0;
  while (first < rows_) {
    const Index degree = offsets_[first + 1] - offsets_[first];
    if (degree > grain) {
      const Index slot = slots_;
      for (Index e = offsets_[first]; e < offsets_[first + 1]; e += grain)
        tasks_.push_back({first, first + 1, e, std::min(e + grain, offsets_[first + 1]), slots_++});
      cut_rows_.push_back({first, slot, slots_});
      ++first;
      continue;
    }
    // Rows count as entries too: a stretch of empty rows is work.
    Index last = first;
    Index weight = 0;
    while (last < rows_) {
      const Index next = offsets_[last + 1] - offsets_[last];
      if (next > grain || (last > first && weight + next + 1 > grain))
        break;
      weight += next + 1;
      ++last;
    }
    tasks_.push_back({first, last, offsets_[first], offsets_[last], -1});
    first = last;
  }
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
  double* slots = work + A.cols();
  if (A.values() == nullptr)
    product<false>(A, from, y, slots, scaling.left, threads);
  else
    product<true>(A, from, y, slots, scaling.left, threads);
}

} // namespace attnwalk::kernels
