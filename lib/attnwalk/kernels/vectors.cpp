// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/vectors.hpp"

#include <algorithm>
#include <array>

namespace attnwalk::kernels {

namespace {

constexpr Index chunks = 256;
constexpr Index parallel_above = 1 << 17;

double dot_chunk(const double* x, const double* y, Index begin, Index end) {
  double sum[4] = {};
  Index i = begin;
  for (; i + 4 <= end; i += 4)
    for (int u = 0; u < 4; ++u)
      sum[u] += x[i + u] * y[i + u];
  for (; i < end; ++i)
    sum[0] += x[i] * y[i];
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

} // namespace

double dot(Index n, const double* x, const double* y, int threads) {
  std::array<double, chunks> part{};
  const Index length = (n + chunks - 1) / chunks;
#pragma omp parallel for schedule(static) num_threads(threads) if (n > parallel_above)
  for (Index c = 0; c < chunks; ++c)
    part[static_cast<std::size_t>(c)] =
        dot_chunk(x, y, std::min(n, c * length), std::min(n, (c + 1) * length));
  double sum = 0;
  for (const double p : part)
    sum += p;
  return sum;
}

void scaled(Index n, double a, const double* x, double* y, int threads) {
#pragma omp parallel for schedule(static) num_threads(threads) if (n > parallel_above)
  for (Index i = 0; i < n; ++i)
    y[i] = a * x[i];
}

void axpy(Index n, double a, const double* x, double* y, int threads) {
#pragma omp parallel for schedule(static) num_threads(threads) if (n > parallel_above)
  for (Index i = 0; i < n; ++i)
    y[i] += a * x[i];
}

void combine(Index n, double a, const double* x, double b, double* y, double c, const double* z,
             int threads) {
  if (z == nullptr) {
#pragma omp parallel for schedule(static) num_threads(threads) if (n > parallel_above)
    for (Index i = 0; i < n; ++i)
      y[i] = a * x[i] + b * y[i];
    return;
  }
#pragma omp parallel for schedule(static) num_threads(threads) if (n > parallel_above)
  for (Index i = 0; i < n; ++i)
    y[i] = a * x[i] + b * y[i] + c * z[i];
}

} // namespace attnwalk::kernels
