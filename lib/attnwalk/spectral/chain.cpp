// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/chain.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/spectral/walk.hpp"

#include <algorithm>
#include <cmath>

namespace attnwalk::spectral {

using kernels::Side;

namespace {

Csr<double> checked(Csr<double> A, const std::vector<double>& pi) {
  require_walk(A);
  require(static_cast<Index>(pi.size()) == A.rows, Code::shape, "pi has ", pi.size(),
          " numbers for ", A.rows, " tokens");
  return A;
}

std::vector<double> roots(const std::vector<double>& pi, bool inverse) {
  std::vector<double> q(pi.size());
  std::transform(pi.begin(), pi.end(), q.begin(),
                 [inverse](double p) { return inverse ? 1 / std::sqrt(p) : std::sqrt(p); });
  return q;
}

} // namespace

Chain::Chain(Csr<double> A, std::vector<double> pi, int threads)
    : A_(checked(std::move(A), pi)), pi_(std::move(pi)), q_(roots(pi_, false)),
      inverse_q_(roots(pi_, true)), plain_(A_.view()), turned_(A_.view(), Side::transposed),
      threads_(threads),
      work_(static_cast<std::size_t>(std::max(plain_.workspace(), turned_.workspace()))),
      half_(pi_.size()) {}

void Chain::deflated(const double* x, double* y) const {
  spmv(plain_, x, y, work_.data(), {q_.data(), inverse_q_.data()}, threads_);
  kernels::axpy(size(), -kernels::dot(size(), q_.data(), x, threads_), q_.data(), y, threads_);
}

void Chain::deflated_transposed(const double* x, double* y) const {
  spmv(turned_, x, y, work_.data(), {inverse_q_.data(), q_.data()}, threads_);
  kernels::axpy(size(), -kernels::dot(size(), q_.data(), x, threads_), q_.data(), y, threads_);
}

void Chain::laplacian(const double* x, double* y) const {
  const Index n = size();
  for (Index i = 0; i < n; ++i)
    half_[static_cast<std::size_t>(i)] = inverse_q_[static_cast<std::size_t>(i)] * x[i];
#pragma omp parallel for schedule(static) num_threads(threads_) if (n > 4096)
  for (Index i = 0; i < n; ++i) {
    const double own = half_[static_cast<std::size_t>(i)];
    double sum = 0;
    for (Index e = A_.offsets[static_cast<std::size_t>(i)];
         e < A_.offsets[static_cast<std::size_t>(i) + 1]; ++e) {
      const auto at = static_cast<std::size_t>(e);
      sum += A_.values[at] * (own - half_[static_cast<std::size_t>(A_.columns[at])]);
    }
    y[i] = q_[static_cast<std::size_t>(i)] * sum;
  }
}

void Chain::laplacian_transposed(const double* x, double* y) const {
  spmv(turned_, x, y, work_.data(), {inverse_q_.data(), q_.data()}, threads_);
  kernels::combine(size(), 1, x, -1, y, 0, nullptr, threads_);
}

void Chain::project(double* x) const {
  kernels::axpy(size(), -kernels::dot(size(), q_.data(), x, threads_), q_.data(), x, threads_);
}

double Chain::additive_gap(std::span<const double> x, int sign) const {
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
      const auto at = static_cast<std::size_t>(e);
      const double step = f[i] + sign * f[static_cast<std::size_t>(A_.columns[at])];
      row += A_.values[at] * step * step;
    }
    energy += pi_[i] * row;
  }
  return energy / (2 * mass);
}

double Chain::square_gap(std::span<const std::complex<double>> x) const {
  std::vector<std::complex<double>> f(x.begin(), x.end());
  double mass = 0;
  for (std::size_t i = 0; i < f.size(); ++i) {
    mass += std::norm(f[i]);
    f[i] *= inverse_q_[i];
  }
  double energy = 0;
  for (std::size_t i = 0; i < f.size(); ++i) {
    const auto begin = static_cast<std::size_t>(A_.offsets[i]);
    const auto end = static_cast<std::size_t>(A_.offsets[i + 1]);
    std::complex<double> mean = 0;
    for (std::size_t e = begin; e < end; ++e)
      mean += A_.values[e] * f[static_cast<std::size_t>(A_.columns[e])];
    double spread = 0;
    for (std::size_t e = begin; e < end; ++e)
      spread += A_.values[e] * std::norm(f[static_cast<std::size_t>(A_.columns[e])] - mean);
    energy += pi_[i] * spread;
  }
  return energy / mass;
}

solvers::Square Chain::dense_deflated() const {
  const Index n = size();
  solvers::Square D(n);
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i)
      D(i, j) = -q_[static_cast<std::size_t>(i)] * q_[static_cast<std::size_t>(j)];
  for (Index i = 0; i < n; ++i)
    for (Index e = A_.offsets[static_cast<std::size_t>(i)];
         e < A_.offsets[static_cast<std::size_t>(i) + 1]; ++e) {
      const auto at = static_cast<std::size_t>(e);
      const Index j = A_.columns[at];
      D(i, j) +=
          q_[static_cast<std::size_t>(i)] * A_.values[at] * inverse_q_[static_cast<std::size_t>(j)];
    }
  return D;
}

} // namespace attnwalk::spectral
