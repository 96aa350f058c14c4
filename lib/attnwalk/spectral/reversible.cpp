// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/reversible.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/solvers/krylov.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace attnwalk::spectral {

namespace {

/// Sums are made in this many fixed chunks of rows: the order does not depend on the threads.
constexpr Index chunks = 256;

/// sum_chunks of f(row), rows in order within a chunk.
template <class Row>
double row_sum(Index n, int threads, const Row& f) {
  std::array<double, chunks> part{};
  const Index length = (n + chunks - 1) / chunks;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (Index c = 0; c < chunks; ++c) {
    double sum = 0;
    for (Index i = c * length; i < std::min(n, (c + 1) * length); ++i)
      sum += f(i);
    part[c] = sum;
  }
  double sum = 0;
  for (const double p : part)
    sum += p;
  return sum;
}

} // namespace

ReversibleWalk::ReversibleWalk(const CsrView<double>& W, int threads)
    : W_(W), threads_(core::threads(threads)), plan_(W), degree_(W.rows),
      inverse_root_(degree_.size()), top_(degree_.size()), work_(plan_.workspace()),
      scaled_(degree_.size()) {
  const std::vector<double> ones(degree_.size(), 1);
  kernels::spmv(plan_, ones.data(), degree_.data(), work_.data(), {}, threads_);
  volume_ = kernels::dot(W.rows, ones.data(), degree_.data(), threads_);
  for (std::size_t i = 0; i < degree_.size(); ++i) {
    require(degree_[i] > 0, Code::domain, "row ", i, " has sum ", degree_[i],
            "; a walk needs positive row sums");
    inverse_root_[i] = 1 / std::sqrt(degree_[i]);
    top_[i] = std::sqrt(degree_[i] / volume_);
  }
}

void ReversibleWalk::apply(const double* x, double* y) const {
  kernels::spmv(plan_, x, y, work_.data(), {inverse_root_.data(), inverse_root_.data()}, threads_);
}

void ReversibleWalk::project(double* x) const {
  const Index n = size();
  kernels::axpy(n, -kernels::dot(n, top_.data(), x, threads_), top_.data(), x, threads_);
}

bool ReversibleWalk::normalize(std::vector<double>& x) const {
  return solvers::normalize(
      x, [this](double* v) { project(v); }, threads_);
}

double ReversibleWalk::squares(std::span<const double> x, double sign) const {
  for (std::size_t i = 0; i < scaled_.size(); ++i)
    scaled_[i] = x[i] * inverse_root_[i];
  const double* f = scaled_.data();
  const double sum = row_sum(size(), threads_, [&](Index i) {
    double row = 0;
    for (Index e = W_.offsets[i]; e < W_.offsets[i + 1]; ++e) {
      const double change = f[i] + sign * f[W_.columns[e]];
      row += W_.value(e) * change * change;
    }
    return row;
  });
  return 0.5 * sum / kernels::dot(size(), x.data(), x.data(), threads_);
}

double ReversibleWalk::gap(std::span<const double> x) const {
  return squares(x, -1);
}

double ReversibleWalk::gap_below(std::span<const double> x) const {
  return squares(x, 1);
}

double ReversibleWalk::residual(std::span<const double> x, double g, int sign) const {
  for (std::size_t i = 0; i < scaled_.size(); ++i)
    scaled_[i] = x[i] * inverse_root_[i];
  const double* f = scaled_.data();
  return std::sqrt(row_sum(size(), threads_, [&](Index i) {
    double row = 0;
    for (Index e = W_.offsets[i]; e < W_.offsets[i + 1]; ++e)
      row += W_.value(e) * (f[i] + sign * f[W_.columns[e]]);
    const double r = inverse_root_[i] * row - g * x[i];
    return r * r;
  }));
}

} // namespace attnwalk::spectral
