// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/krylov.hpp"

#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/solvers/tridiagonal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace attnwalk::solvers {

namespace {

/// Rows of V that a pass of `vector` works on at a time.
constexpr Index chunk = 1024;

/// b_k |x_k| + rounding ||x|| for (l - T) x = e_1, infinite unless l - T is positive definite.
double open(std::span<const double> main, std::span<const double> off, double l, double rounding) {
  const std::size_t k = main.size();
  // Pivots from the end, so that x comes out from the front: d_i = l - a_i - b_i^2 / d_{i+1}.
  std::vector<double> pivot(k);
  for (std::size_t i = k; i-- > 0;) {
    pivot[i] = l - main[i] - (i + 1 < k ? off[i] * off[i] / pivot[i + 1] : 0);
    if (!(pivot[i] > 0))
      return std::numeric_limits<double>::infinity();
  }
  double x = 1 / pivot[0];
  double squares = x * x;
  for (std::size_t i = 1; i < k; ++i) {
    x *= off[i - 1] / pivot[i];
    squares += x * x;
  }
  return off[k - 1] * x + rounding * std::sqrt(squares);
}

} // namespace

bool normalize(std::vector<double>& x, const Projector& project, int threads) {
  const auto n = std::ssize(x);
  for (int pass = 0; pass < 2; ++pass) {
    project(x.data());
    const double norm = std::sqrt(kernels::dot(n, x.data(), x.data(), threads));
    if (!(norm > 0) || !std::isfinite(norm))
      return false;
    for (double& value : x)
      value /= norm;
  }
  return true;
}

Krylov::Krylov(LinearMap N, Projector project, std::vector<double> start, const Options& how)
    : N_(std::move(N)), project_(std::move(project)), how_(how), image_(start.size()) {
  basis_.emplace_back(start.begin(), start.end());
}

void Krylov::step() {
  const Index n = N_.rows();
  const int threads = how_.threads;
  if (!main_.empty()) {
    Buffer<double> next(image_.size());
    kernels::scaled(n, 1 / off_.back(), image_.data(), next.data(), threads);
    basis_.push_back(std::move(next));
  }
  const double* now = basis_.back().data();
  N_.perform_op(now, image_.data());
  main_.push_back(kernels::dot(n, now, image_.data(), threads));
  const bool first = off_.empty();
  kernels::combine(n, -main_.back(), now, 1, image_.data(), first ? 0 : -off_.back(),
                   first ? nullptr : basis_[basis_.size() - 2].data(), threads);
  project_(image_.data());
  if (how_.orthogonal)
    for (int pass = 0; pass < 2; ++pass)
      for (const auto& v : basis_)
        kernels::axpy(n, -kernels::dot(n, v.data(), image_.data(), threads), v.data(),
                      image_.data(), threads);
  off_.push_back(std::sqrt(kernels::dot(n, image_.data(), image_.data(), threads)));
}

Krylov::Ritz Krylov::highest() const {
  Ritz out;
  out.value = tridiagonal_value(main_, off_, steps() - 1);
  out.y = tridiagonal_vector(main_, off_, out.value);
  out.residual = next() * std::abs(out.y.back());
  return out;
}

std::vector<double> Krylov::vector(std::span<const double> y) const {
  const Index n = N_.rows();
  std::vector<double> out(image_.size(), 0.0);
#pragma omp parallel for schedule(static) num_threads(how_.threads)
  for (Index begin = 0; begin < n; begin += chunk)
    for (std::size_t j = 0; j < basis_.size(); ++j)
      kernels::axpy(std::min(chunk, n - begin), y[j], basis_[j].data() + begin, out.data() + begin);
  return out;
}

bool lehmann_below(std::span<const double> main, std::span<const double> off, double rho,
                   double above) {
  // Last pivots of T - rho and of above - T; all of the latter must be positive.
  double at_rho = main[0] - rho;
  double pivot = above - main[0];
  for (std::size_t i = 1; i < main.size(); ++i) {
    if (!(pivot > 0))
      return false;
    const double square = off[i - 1] * off[i - 1];
    at_rho = main[i] - rho - square / at_rho;
    pivot = above - main[i] - square / pivot;
  }
  const double square = off[main.size() - 1] * off[main.size() - 1];
  return pivot > 0 && above - (rho + square / at_rho) - square / pivot > 0;
}

double krylov_bound(std::span<const double> main, std::span<const double> off, double component,
                    double rounding, double top) {
  if (!(open(main, off, top, rounding) < component))
    return top;
  double lo = *std::max_element(main.begin(), main.end()); // below the spectrum's top
  double hi = top;
  for (int step = 0; step < 60; ++step) {
    const double middle = lo + (hi - lo) / 2;
    (open(main, off, middle, rounding) < component ? hi : lo) = middle;
  }
  return hi;
}

} // namespace attnwalk::solvers
