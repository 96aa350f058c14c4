// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/coefficients.hpp"

#include "attnwalk/core/threads.hpp"
#include "attnwalk/kernels/spmv.hpp"
#include "attnwalk/solvers/dense.hpp"
#include "attnwalk/solvers/iterative.hpp"
#include "attnwalk/sparse/sums.hpp"
#include "attnwalk/spectral/chain_norms.hpp"
#include "attnwalk/spectral/make_gap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::spectral {

namespace {

constexpr double eps = std::numeric_limits<double>::epsilon();
constexpr double exact_work = 4e9; ///< seconds on one core
constexpr Index sampled_pairs = 65536;
/// A norm is a Rayleigh quotient: its error is of second order in this residual.
constexpr double norm_tolerance = 1e-7;
constexpr Index most_products = 1200;

/// sum_k min(A_ik, A_jk) for sorted rows.
double overlap(const CsrView<double>& A, Index i, Index j) {
  Index e = A.offsets[i];
  Index f = A.offsets[j];
  double sum = 0;
  while (e < A.offsets[i + 1] && f < A.offsets[j + 1]) {
    const Index k = A.columns[e];
    const Index l = A.columns[f];
    if (k == l)
      sum += std::min(A.value(e), A.value(f));
    e += static_cast<Index>(k <= l);
    f += static_cast<Index>(l <= k);
  }
  return sum;
}

/// The smallest overlap of row i with a later row; `row` is scratch of n zeros, zeros again on
/// return.
double least_overlap(const CsrView<double>& A, Index i, std::vector<double>& row) {
  for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
    row[A.columns[e]] = A.value(e);
  double least = 1;
  for (Index j = i + 1; j < A.rows; ++j) {
    double sum = 0;
    for (Index e = A.offsets[j]; e < A.offsets[j + 1]; ++e)
      sum += std::min(A.value(e), row[A.columns[e]]);
    least = std::min(least, sum);
  }
  for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
    row[A.columns[e]] = 0;
  return least;
}

/// A sum of up to `terms` positive numbers, each within 4 eps of its quotient.
Interval from_overlap(double least, Index terms) {
  const double rounding = static_cast<double>(terms + 8) * eps;
  const double gap = std::min(1.0, least);
  const double gap_lo = gap * (1 - rounding);
  const double gap_hi = std::min(1.0, gap * (1 + rounding));
  return {1 - gap, 1 - gap_hi, 1 - gap_lo, gap, gap_lo, gap_hi};
}

/// (I - c J/n) A, c = 1 or 0, and what bounds its norm.
struct Centered {
  const CsrView<double>& A;
  double mean; ///< c/n
  std::vector<double> columns;
  double bound; ///< sqrt(||A||_1 ||A||_inf), that is sqrt(largest column sum)
};

Centered centered(double c, const CsrView<double>& A) {
  Centered out{A, c / static_cast<double>(A.rows), std::vector<double>(A.rows, 0.0), 0};
  for (Index e = 0; e < A.entries(); ++e)
    out.columns[A.columns[e]] += A.value(e);
  out.bound = std::sqrt(*std::max_element(out.columns.begin(), out.columns.end())) * (1 + 64 * eps);
  return out;
}

Gap dense_norm(std::string_view name, const Centered& X, int team) {
  const CsrView<double>& A = X.A;
  const Index n = A.rows;
  solvers::DenseMatrix C(n);
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i)
      C(i, j) = -X.mean * X.columns[j];
  for (Index i = 0; i < n; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      C(i, A.columns[e]) += A.value(e);
  const double value = solvers::norm_2(C, false, team).value;
  const double slack = 4 * static_cast<double>(n) * eps * std::max(1.0, X.bound);
  return make_gap(name, around(value, std::max(0.0, value - slack), value + slack),
                  Status::certified, "dense singular values");
}

Gap norm_by_lanczos(std::string_view name, const Centered& X, const GapOptions& how, int team) {
  const Index n = X.A.rows;
  const kernels::SpmvPlan plain(X.A);
  const kernels::SpmvPlan turned(X.A, kernels::Side::transposed);
  std::vector<double> work(std::max(plain.workspace(), turned.workspace()));
  std::vector<double> middle(n);
  const solvers::Apply gram = [&](const double* x, double* y) {
    spmv(plain, x, middle.data(), work.data(), {}, team);
    const double average = sparse::compensated_sum(middle) * X.mean;
    for (double& value : middle)
      value -= average;
    spmv(turned, middle.data(), y, work.data(), {}, team);
  };
  const solvers::LanczosPair top =
      solvers::largest_eigenpair(n, gram,
                                 {.max_products = std::min(how.max_products, most_products),
                                  .tolerance = std::max(how.tolerance, norm_tolerance),
                                  .failure = how.failure,
                                  .key = how.key,
                                  .monitor = how.monitor});
  const double value = std::sqrt(std::max(0.0, top.value));
  const double hi = std::min(X.bound, top.share > 0 ? value / std::sqrt(top.share) : X.bound);
  Gap g = make_gap(name, around(value, value * (1 - 64 * eps), hi),
                   top.converged ? Status::probable : Status::not_converged,
                   "Lanczos, random-start certificate");
  g.residual = value > 0 ? top.residual / (2 * value) : 0;
  g.confidence = 1 - how.failure;
  return g;
}

/// ||(I - c J/n) A||_2, c = 1 or 0.
Gap centered_norm(std::string_view name, double c, const CsrView<double>& A,
                  const GapOptions& how) {
  if (A.rows == 0)
    return refusal(name, "there are no tokens");
  const int team = core::threads(how.threads);
  const Centered X = centered(c, A);
  const bool dense = A.rows <= std::max<Index>(how.dense_below, 16);
  if (!dense || is_thin(A, how)) {
    Gap g = norm_by_lanczos(name, X, how, team);
    if (!dense || g.status == Status::probable)
      return g;
  }
  return dense_norm(name, X, team);
}

} // namespace

double doeblin(const CsrView<double>& A) {
  if (A.rows == 0)
    return 0;
  std::vector<double> least(A.cols, std::numeric_limits<double>::infinity());
  std::vector<Index> count(A.cols, 0);
  for (Index e = 0; e < A.entries(); ++e) {
    const Index j = A.columns[e];
    least[j] = std::min(least[j], A.value(e));
    ++count[j];
  }
  for (std::size_t j = 0; j < least.size(); ++j)
    if (count[j] < A.rows)
      least[j] = 0;
  return std::min(1.0, sparse::compensated_sum(least));
}

Gap dobrushin(const CsrView<double>& A, const GapOptions& how) {
  const Index n = A.rows;
  if (n < 2)
    return refusal("dobrushin", "one row has no second row to differ from");
  RandomStream draws(how.key, stream_of("dobrushin"));
  const auto any = [&] { return static_cast<Index>(draws.below(static_cast<std::uint64_t>(n))); };
  Index longest = 0;
  for (Index i = 0; i < n; ++i)
    longest = std::max(longest, A.degree(i));
  double least = 1;
  const Index pairs = n < 256 ? n * n : sampled_pairs;
  for (Index pair = 0; pair < pairs && least > 0; ++pair) {
    const Index i = any();
    const Index j = any();
    if (i != j)
      least = std::min(least, overlap(A, i, j));
  }
  if (least == 0)
    return make_gap("dobrushin", from_overlap(0, longest), Status::certified,
                    "two rows with disjoint support");

  const double work = 0.5 * static_cast<double>(n) * static_cast<double>(A.entries());
  if (work <= exact_work) {
    std::vector<double> per_row(n, 1.0);
#pragma omp parallel num_threads(core::threads(how.threads))
    {
      std::vector<double> row(A.cols, 0.0);
#pragma omp for schedule(dynamic, 16)
      for (Index i = 0; i < n; ++i)
        per_row[i] = least_overlap(A, i, row);
    }
    least = *std::min_element(per_row.begin(), per_row.end());
    return make_gap("dobrushin", from_overlap(least, longest), Status::certified,
                    "all pairs of rows");
  }
  const Interval seen = from_overlap(least, longest);
  Gap g;
  g.name = "dobrushin";
  g.lo = seen.lo;
  g.gap_hi = seen.gap_hi;
  g.status = Status::estimate;
  g.method = message(sampled_pairs, " sampled pairs of rows");
  g.reason = "the maximum over sampled pairs is a lower bound";
  return g;
}

Gap consensus(const CsrView<double>& A, const GapOptions& how) {
  return centered_norm("consensus", 1, A, how);
}

Gap norm_of_walk(const CsrView<double>& A, const GapOptions& how) {
  return centered_norm("norm_2", 0, A, how);
}

} // namespace attnwalk::spectral
