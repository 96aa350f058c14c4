// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/diffusion/reversible.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::diffusion {
namespace {

// A_ij, or 0 if it is not stored.
template <class T>
double entry(const CsrView<T>& A, Index i, Index j) {
  const Index* begin = A.columns + A.offsets[i];
  const Index* end = A.columns + A.offsets[i + 1];
  const Index* place = std::lower_bound(begin, end, j);
  return place != end && *place == j ? static_cast<double>(A.value(place - A.columns)) : 0;
}

template <class T>
ReversibleMeasure measure(const CsrView<T>& A) {
  const auto at = [](Index i) { return static_cast<std::size_t>(i); };
  // Logarithms first: along a path of sharp attention pi falls below the smallest double.
  const double unset = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> log_pi(at(A.rows), unset);
  std::vector<Index> queue;
  ReversibleMeasure out;
  out.pi.assign(at(A.rows), 0);
  for (Index root = 0; root < A.rows; ++root) {
    if (!std::isnan(log_pi[at(root)]))
      continue;
    queue.assign(1, root);
    log_pi[at(root)] = 0;
    double top = 0;
    for (std::size_t next = 0; next < queue.size(); ++next) {
      const Index i = queue[next];
      for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
        const Index j = A.columns[e];
        const auto there = static_cast<double>(A.value(e));
        const double back = entry(A, j, i);
        if (!std::isnan(log_pi[at(j)]) || there <= 0 || back <= 0)
          continue;
        log_pi[at(j)] = log_pi[at(i)] + std::log(there / back);
        top = std::max(top, log_pi[at(j)]);
        queue.push_back(j);
      }
    }
    for (const Index i : queue)
      out.pi[at(i)] = std::exp(log_pi[at(i)] - top);
  }
  double difference = 0;
  double total = 0;
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const Index j = A.columns[e];
      const double flow = out.pi[at(i)] * static_cast<double>(A.value(e));
      const double back = out.pi[at(j)] * entry(A, j, i);
      if (flow > 0 && entry(A, j, i) <= 0)
        out.defect = std::numeric_limits<double>::infinity();
      difference += (flow - back) * (flow - back);
      total += flow * flow;
    }
  if (total > 0)
    out.defect = std::max(out.defect, std::sqrt(difference / total));
  return out;
}

} // namespace

ReversibleMeasure reversible_measure(const CsrView<double>& A) {
  return measure(A);
}
ReversibleMeasure reversible_measure(const CsrView<float>& A) {
  return measure(A);
}

} // namespace attnwalk::diffusion
