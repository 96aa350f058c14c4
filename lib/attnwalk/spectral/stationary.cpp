// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/stationary.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/kernels/spmv.hpp"
#include "attnwalk/sparse/sums.hpp"
#include "attnwalk/sparse/symmetry.hpp"
#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/spectral/walk.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

/// Elimination takes seconds at this size, and gives what a slow walk's power iteration cannot:
/// full relative accuracy. Products that the iteration may take before it gives way.
constexpr Index gth_below = 2048;
constexpr Index gth_patience = 2000;
/// Sparse elimination may cost this much: about two seconds.
constexpr double elimination_flops = 3e8;
/// Flows that differ by a larger part of themselves do so by more than rounding.
constexpr double balanced = 5e-14;
constexpr double eps = std::numeric_limits<double>::epsilon();

void normalize(std::vector<double>& pi) {
  const double sum = sparse::compensated_sum(pi);
  for (double& p : pi)
    p /= sum;
}

} // namespace

std::vector<double> stationary_of_degrees(const CsrView<double>& W) {
  std::vector<double> pi(W.rows);
  for (Index i = 0; i < W.rows; ++i) {
    double sum = 0;
    for (Index e = W.offsets[i]; e < W.offsets[i + 1]; ++e)
      sum += W.value(e);
    pi[i] = sum;
  }
  normalize(pi);
  return pi;
}

std::optional<std::vector<double>> stationary_reversible(const CsrView<double>& A) {
  constexpr double balance = 1e-11; // of each flow: rounding of a long path of ratios
  sparse::ReversibleMeasure found = sparse::reversible_measure(A, balance);
  if (found.trees != 1)
    return {};
  normalize(found.pi);
  return std::move(found.pi);
}

PowerResult stationary_power(const CsrView<double>& A, const GapOptions& how) {
  const Index n = A.rows;
  const int team = core::threads(how.threads);
  const Csr<double> T = transposed(A);
  const kernels::SpmvPlan plan(T.view());
  std::vector<double> work(plan.workspace());
  PowerResult out;
  out.pi.assign(n, 1.0 / static_cast<double>(n));
  std::vector<double> next(n);
  constexpr double relative = 1e-13;
  while (out.products < how.max_products && !out.converged) {
    poll(how.monitor, "stationary distribution");
    spmv(plan, out.pi.data(), next.data(), work.data(), {}, team);
    ++out.products;
    double worst = 0;
    for (Index j = 0; j < n; ++j) {
      worst = std::max(worst, std::abs(next[j] - out.pi[j]) / out.pi[j]);
      out.pi[j] = 0.5 * (out.pi[j] + next[j]);
    }
    out.converged = worst <= relative;
  }
  // pi_j (1 - A_jj) = sum_{i != j} pi_i A_ij, entry by entry with the newest values.
  const CsrView<double> columns = T.view();
  for (int sweep = 0; sweep < 2; ++sweep)
    for (Index j = 0; j < n; ++j) {
      double inflow = 0;
      double stay = 0;
      for (Index e = columns.offsets[j]; e < columns.offsets[j + 1]; ++e)
        if (columns.columns[e] == j)
          stay = columns.value(e);
        else
          inflow += columns.value(e) * out.pi[columns.columns[e]];
      if (stay < 0.5) // 1 - stay would lose digits, and the power iteration did well
        out.pi[j] = inflow / (1 - stay);
    }
  normalize(out.pi);
  return out;
}

double stationary_residual(const CsrView<double>& A, std::span<const double> pi) {
  std::vector<double> r(A.cols, 0.0);
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      r[A.columns[e]] += pi[i] * A.value(e);
  for (std::size_t j = 0; j < r.size(); ++j)
    r[j] = std::abs(r[j] - pi[j]);
  return sparse::compensated_sum(r);
}

double reversibility_defect(const CsrView<double>& A, std::span<const double> pi) {
  const Csr<double> T = transposed(A);
  double difference = 0;
  double total = 0;
  // Rows of A and of A' merged: entries of one alone count in full.
  for (Index i = 0; i < A.rows; ++i) {
    Index e = A.offsets[i];
    Index f = T.offsets[i];
    while (e < A.offsets[i + 1] || f < T.offsets[i + 1]) {
      const Index j = e < A.offsets[i + 1] ? A.columns[e] : A.cols;
      const Index k = f < T.offsets[i + 1] ? T.columns[f] : A.cols;
      const double forth = j <= k ? pi[i] * A.value(e++) : 0;
      const double back = k <= j ? pi[k] * T.values[f++] : 0;
      difference += (forth - back) * (forth - back);
      total += forth * forth;
    }
  }
  return total > 0 ? std::sqrt(difference / total) : 0;
}

double imbalance(const CsrView<double>& A, std::span<const double> pi) {
  const Csr<double> T = transposed(A); // of the same pattern
  double worst = 0;
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const double forth = pi[i] * A.value(e);
      const double back = pi[A.columns[e]] * T.values[e];
      worst = std::max(worst, std::abs(forth - back) / std::max(forth, back));
    }
  return worst;
}

void summarize(Stationary& s) {
  if (s.pi.empty())
    return;
  const auto [low, high] = std::minmax_element(s.pi.begin(), s.pi.end());
  s.min = *low;
  s.max = *high;
  double sum = 0;
  const double uniform = 1 / static_cast<double>(s.pi.size());
  for (const double p : s.pi)
    sum += std::abs(p - uniform);
  s.tv_uniform = 0.5 * sum;
}

namespace {

/// pi by elimination, dense or sparse, if that takes no more than seconds.
std::optional<std::vector<double>> eliminated(const CsrView<double>& A, const GapOptions& how) {
  if (A.rows <= how.dense_below)
    return stationary_gth(A, core::threads(how.threads));
  if (auto sparse = stationary_sparse(A, elimination_flops, how.monitor))
    return sparse;
  if (A.rows <= gth_below)
    return stationary_gth(A, core::threads(how.threads));
  return {};
}

} // namespace

Stationary stationary(const CsrView<double>& A, const CsrView<double>* weights,
                      const GapOptions& how) {
  require_walk(A);
  if (weights != nullptr)
    require_walk(*weights);
  return stationary_unchecked(A, weights, how);
}

Stationary stationary_unchecked(const CsrView<double>& A, const CsrView<double>* weights,
                                const GapOptions& how) {
  Stationary s;
  double along_tree = 0;
  if (weights != nullptr) {
    s.pi = stationary_of_degrees(*weights);
    s.method = "degree";
  } else if (auto pi = stationary_reversible(A)) {
    s.method = "reversible";
    const double off = imbalance(A, *pi);
    std::optional<std::vector<double>> exact;
    if (off > balanced)
      exact = eliminated(A, how);
    s.pi = exact ? std::move(*exact) : std::move(*pi);
    if (!exact) // a part `off` of each flow moves pi by up to 2 n times as much
      along_tree = 2 * static_cast<double>(A.rows) * off;
  } else if (A.rows <= how.dense_below) {
    s.pi = stationary_gth(A, core::threads(how.threads));
    s.method = "gth";
  } else if (auto sparse = stationary_sparse(A, elimination_flops, how.monitor)) {
    s.pi = std::move(*sparse);
    s.method = "gth";
  } else {
    GapOptions iteration = how;
    if (A.rows <= gth_below)
      iteration.max_products = std::min(how.max_products, gth_patience);
    PowerResult power = stationary_power(A, iteration);
    const bool eliminate = !power.converged && A.rows <= gth_below;
    s.pi = eliminate ? stationary_gth(A, core::threads(how.threads)) : std::move(power.pi);
    s.method = eliminate ? "gth" : "power";
    if (!power.converged && !eliminate)
      s.status = message("not converged after ", power.products, " products");
  }
  if (s.method != "power")
    s.relative_error = 8 * static_cast<double>(A.rows) * eps + along_tree;
  s.residual = stationary_residual(A, s.pi);
  s.reversibility_defect = reversibility_defect(A, s.pi);
  summarize(s);
  return s;
}

} // namespace attnwalk::spectral
