// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/buffer.hpp"
#include "attnwalk/kernels/dense_product.hpp"
#include "attnwalk/sparse/sums.hpp"
#include "attnwalk/spectral/stationary.hpp"

#include <algorithm>

namespace attnwalk::spectral {

namespace {

/// Tokens that are eliminated together, and rows that one thread updates.
constexpr Index block = 64;
constexpr Index panel = 128;

/// Censors the walk on 0 .. end-1 to 0 .. begin-1, row by row, but leaves out what that adds to the
/// rows and columns below `begin`. P is row-major.
void eliminate(double* P, Index n, Index begin, Index end) {
  for (Index k = end - 1; k >= begin; --k) {
    const double* last = P + k * n;
    double out = 0;
    for (Index j = 0; j < k; ++j)
      out += last[j];
    for (Index i = 0; i < k; ++i) {
      double* row = P + i * n;
      if (row[k] == 0)
        continue;
      row[k] /= out;
      const double through = row[k];
      for (Index j = i < begin ? begin : 0; j < k; ++j)
        row[j] += through * last[j];
    }
  }
}

/// What a block of eliminated tokens passes on among the tokens before it.
void pass_on(double* P, Index n, Index begin, Index end, int threads) {
  const Index panels = (begin + panel - 1) / panel;
#pragma omp parallel for schedule(static) num_threads(threads) if (begin > 2 * panel)
  for (Index p = 0; p < panels; ++p) {
    const Index first = p * panel;
    const Index width = std::min(panel, begin - first);
    Buffer<double> added(width * begin);
    kernels::dense_product(begin, width, end - begin, {P + begin * n, 1, n},
                           {P + first * n + begin, 1, n}, added.data(), begin);
    for (Index i = 0; i < width; ++i) {
      double* row = P + (first + i) * n;
      for (Index j = 0; j < begin; ++j)
        row[j] += added[i * begin + j];
    }
  }
}

} // namespace

std::vector<double> stationary_gth(const CsrView<double>& A, int threads) {
  const Index n = A.rows;
  std::vector<double> P(n * n, 0.0);
  for (Index i = 0; i < n; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      P[i * n + A.columns[e]] = A.value(e);
  // Censor the walk on 0..k-1 for k = n-1, ..., 1: what leaves to k comes back as row k does.
  for (Index end = n; end > 1;) {
    const Index begin = std::max<Index>(1, end - block);
    eliminate(P.data(), n, begin, end);
    pass_on(P.data(), n, begin, end, threads);
    end = begin;
  }
  // pi_k = sum_{i < k} pi_i P_ik, added up row by row.
  std::vector<double> pi(n, 0.0);
  if (n > 0)
    pi[0] = 1;
  for (Index i = 0; i < n; ++i) {
    if (pi[i] > 1e100) { // a rare first token makes the others huge
      const double large = pi[i];
      for (double& p : pi)
        p /= large;
    }
    for (Index k = i + 1; k < n; ++k)
      pi[k] += pi[i] * P[i * n + k];
  }
  const double sum = sparse::compensated_sum(pi);
  for (double& p : pi)
    p /= sum;
  return pi;
}

} // namespace attnwalk::spectral
