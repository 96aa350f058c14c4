// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/symmetry.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace attnwalk::sparse {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A_ij, or 0 if it is not stored.
template <class T>
double value_at(const CsrView<T>& A, Index i, Index j) {
  const auto row = A.row(i);
  const auto place = std::lower_bound(row.begin(), row.end(), j);
  if (place == row.end() || *place != j)
    return 0;
  return static_cast<double>(A.value(A.offsets[i] + (place - row.begin())));
}

/// The component of `root`, whose log pi is 0; returns its vertices, none if an edge without a
/// reverse was met and that ends the search.
template <class T>
std::vector<Index> follow(const CsrView<T>& A, Index root, bool give_up,
                          std::vector<double>& log_pi) {
  std::vector<Index> queue{root};
  log_pi[root] = 0;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const Index i = queue[next];
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const Index j = A.columns[e];
      const auto there = static_cast<double>(A.value(e));
      if (!std::isnan(log_pi[j]) || there <= 0)
        continue;
      const double back = value_at(A, j, i);
      if (back <= 0 && give_up)
        return {};
      if (back <= 0)
        continue;
      log_pi[j] = log_pi[i] + std::log(there) - std::log(back);
      queue.push_back(j);
    }
  }
  return queue;
}

template <class T>
ReversibleMeasure measure(const CsrView<T>& A, double give_up) {
  require(A.rows == A.cols, Code::shape, "a reversible walk needs a square matrix, not ", A.rows,
          " x ", A.cols);
  // Logarithms first: along a path of sharp attention pi falls below the smallest double.
  std::vector<double> log_pi(A.rows, std::numeric_limits<double>::quiet_NaN());
  ReversibleMeasure out;
  out.pi.assign(A.rows, 0);
  for (Index root = 0; root < A.rows; ++root) {
    if (!std::isnan(log_pi[root]))
      continue;
    const std::vector<Index> tree = follow(A, root, give_up < 1, log_pi);
    if (tree.empty())
      return {.pi = {}, .trees = 0, .defect = infinity};
    double top = 0;
    for (const Index i : tree)
      top = std::max(top, log_pi[i]);
    for (const Index i : tree)
      out.pi[i] = std::exp(log_pi[i] - top);
    ++out.trees;
  }
  double difference = 0;
  double total = 0;
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const Index j = A.columns[e];
      const double reverse = value_at(A, j, i);
      const double forth = out.pi[i] * static_cast<double>(A.value(e));
      const double back = out.pi[j] * reverse;
      if (std::abs(forth - back) > give_up * std::max(forth, back))
        return {.pi = {}, .trees = 0, .defect = infinity};
      if (forth > 0 && reverse <= 0)
        out.defect = infinity;
      difference += (forth - back) * (forth - back);
      total += forth * forth;
    }
  if (total > 0)
    out.defect = std::max(out.defect, std::sqrt(difference / total));
  return out;
}

} // namespace

bool equals_transpose(const CsrView<double>& A, int threads) {
  if (A.rows != A.cols)
    return false;
  [[maybe_unused]] const int team = core::threads(threads);
  Index below = 0;
  Index above = 0;
#pragma omp parallel for num_threads(team) schedule(static) reduction(+ : below, above)
  for (Index i = 0; i < A.rows; ++i) {
    const auto row = A.row(i);
    const auto diagonal = std::lower_bound(row.begin(), row.end(), i);
    below += diagonal - row.begin();
    above += row.end() - std::upper_bound(diagonal, row.end(), i);
  }
  if (below != above)
    return false;
  // As many entries above as below: every one below having its mirror image is enough.
  std::atomic<bool> equal{true};
#pragma omp parallel for num_threads(team) schedule(dynamic, 256)
  for (Index i = 0; i < A.rows; ++i) {
    if (!equal.load(std::memory_order_relaxed))
      continue;
    for (Index e = A.offsets[i]; e < A.offsets[i + 1] && A.columns[e] < i; ++e) {
      const auto mirror_row = A.row(A.columns[e]);
      const auto mirror = std::lower_bound(mirror_row.begin(), mirror_row.end(), i);
      if (mirror == mirror_row.end() || *mirror != i ||
          A.value(&*mirror - A.columns) != A.value(e)) {
        equal.store(false, std::memory_order_relaxed);
        break;
      }
    }
  }
  return equal;
}

ReversibleMeasure reversible_measure(const CsrView<double>& A, double give_up) {
  return measure(A, give_up);
}
ReversibleMeasure reversible_measure(const CsrView<float>& A, double give_up) {
  return measure(A, give_up);
}

} // namespace attnwalk::sparse
