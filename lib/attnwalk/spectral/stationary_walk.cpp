// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/stationary_walk.hpp"

#include "attnwalk/kernels/vectors.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::spectral {

using kernels::Side;

namespace {

std::vector<double> roots(const std::vector<double>& pi, bool inverse) {
  std::vector<double> q(pi.size());
  std::transform(pi.begin(), pi.end(), q.begin(),
                 [inverse](double p) { return inverse ? 1 / std::sqrt(p) : std::sqrt(p); });
  return q;
}

} // namespace

StationaryWalk::StationaryWalk(const CsrView<double>& A, std::vector<double> pi, int threads)
    : A_(A), pi_(std::move(pi)), q_(roots(pi_, false)), inverse_q_(roots(pi_, true)), plain_(A),
      turned_(A, Side::transposed), threads_(threads),
      work_(std::max(plain_.workspace(), turned_.workspace())), half_(pi_.size()) {}

void StationaryWalk::deflated(const double* x, double* y) const {
  spmv(plain_, x, y, work_.data(), {q_.data(), inverse_q_.data()}, threads_);
  kernels::axpy(size(), -kernels::dot(size(), q_.data(), x, threads_), q_.data(), y, threads_);
}

void StationaryWalk::deflated_transposed(const double* x, double* y) const {
  spmv(turned_, x, y, work_.data(), {inverse_q_.data(), q_.data()}, threads_);
  kernels::axpy(size(), -kernels::dot(size(), q_.data(), x, threads_), q_.data(), y, threads_);
}

void StationaryWalk::laplacian(const double* x, double* y) const {
  const Index n = size();
  for (Index i = 0; i < n; ++i)
    half_[i] = inverse_q_[i] * x[i];
#pragma omp parallel for schedule(static) num_threads(threads_) if (n > 4096)
  for (Index i = 0; i < n; ++i) {
    const double own = half_[i];
    double sum = 0;
    for (Index e = A_.offsets[i]; e < A_.offsets[i + 1]; ++e) {
      sum += A_.values[e] * (own - half_[A_.columns[e]]);
    }
    y[i] = q_[i] * sum;
  }
}

void StationaryWalk::laplacian_transposed(const double* x, double* y) const {
  spmv(turned_, x, y, work_.data(), {inverse_q_.data(), q_.data()}, threads_);
  kernels::combine(size(), 1, x, -1, y, 0, nullptr, threads_);
}

void StationaryWalk::project(double* x) const {
  kernels::axpy(size(), -kernels::dot(size(), q_.data(), x, threads_), q_.data(), x, threads_);
}

double StationaryWalk::additive_gap(std::span<const double> x, int sign) const {
  std::vector<double> f(x.begin(), x.end());
  project(f.data());
  double mass = 0;
  for (std::size_t i = 0; i < f.size(); ++i) {
    mass += f[i] * f[i];
    f[i] *= inverse_q_[i];
  }
  double energy = 0;
  for (std::size_t i = 0; i < f.size(); ++i) {
    double row = 0;
    for (Index e = A_.offsets[i]; e < A_.offsets[i + 1]; ++e) {
      const double step = f[i] + sign * f[A_.columns[e]];
      row += A_.values[e] * step * step;
    }
    energy += pi_[i] * row;
  }
  return energy / (2 * mass);
}

double StationaryWalk::square_gap(std::span<const std::complex<double>> x) const {
  std::vector<std::complex<double>> f(x.begin(), x.end());
  double mass = 0;
  for (std::size_t i = 0; i < f.size(); ++i) {
    mass += std::norm(f[i]);
    f[i] *= inverse_q_[i];
  }
  double energy = 0;
  for (std::size_t i = 0; i < f.size(); ++i) {
    const Index begin = A_.offsets[i];
    const Index end = A_.offsets[i + 1];
    std::complex<double> mean = 0;
    for (Index e = begin; e < end; ++e)
      mean += A_.values[e] * f[A_.columns[e]];
    double spread = 0;
    for (Index e = begin; e < end; ++e)
      spread += A_.values[e] * std::norm(f[A_.columns[e]] - mean);
    energy += pi_[i] * spread;
  }
  return energy / mass;
}

solvers::DenseMatrix StationaryWalk::dense_deflated() const {
  const Index n = size();
  solvers::DenseMatrix D(n);
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i)
      D(i, j) = -q_[i] * q_[j];
  for (Index i = 0; i < n; ++i)
    for (Index e = A_.offsets[i]; e < A_.offsets[i + 1]; ++e) {
      const Index j = A_.columns[e];
      D(i, j) += q_[i] * A_.values[e] * inverse_q_[j];
    }
  return D;
}

} // namespace attnwalk::spectral
