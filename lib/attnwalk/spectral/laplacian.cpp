// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/laplacian.hpp"

#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/solvers/sparse_factor.hpp"

#include <cmath>

namespace attnwalk::spectral {

struct LaplacianSolver::State {
  const ReversibleWalk* walk = nullptr;
  LaplacianOptions how;
  std::optional<solvers::SparseFactor> factor;
};

LaplacianSolver::LaplacianSolver(const ReversibleWalk& walk, const LaplacianOptions& how)
    : state_(std::make_unique<State>()) {
  state_->walk = &walk;
  state_->how = how;
  constexpr Index small = 300000; // entries: a minimum degree order is cheap
  state_->factor =
      solvers::SparseFactor::plan(walk.weights(), how.flops, walk.weights().entries() <= small);
  if (!state_->factor)
    return;
  std::vector<double> shift(walk.degree().begin(), walk.degree().end());
  shift.front() *= 2;
  if (!state_->factor->factor(shift, -1))
    state_->factor.reset();
}

LaplacianSolver::LaplacianSolver(LaplacianSolver&&) noexcept = default;
LaplacianSolver& LaplacianSolver::operator=(LaplacianSolver&&) noexcept = default;
LaplacianSolver::~LaplacianSolver() = default;

const char* LaplacianSolver::method() const {
  return state_->factor ? "sparse factorization" : "conjugate gradients";
}

LaplacianSolver::Solution LaplacianSolver::solve(std::vector<double> b) const {
  const ReversibleWalk& walk = *state_->walk;
  const Index n = walk.size();
  const int threads = walk.threads();
  const auto dot = [&](const std::vector<double>& x, const std::vector<double>& y) {
    return kernels::dot(n, x.data(), y.data(), threads);
  };
  walk.project(b.data());
  Solution out;
  out.z.assign(b.size(), 0);
  const double size = std::sqrt(dot(b, b));
  if (!(size > 0))
    return out;

  std::vector<double> image(b.size());
  if (state_->factor) {
    for (std::size_t i = 0; i < b.size(); ++i)
      image[i] = b[i] * std::sqrt(walk.degree()[i]);
    state_->factor->solve(image.data(), out.z.data());
    for (std::size_t i = 0; i < b.size(); ++i)
      out.z[i] *= std::sqrt(walk.degree()[i]);
    walk.project(out.z.data());
  } else {
    std::vector<double> residual = b;
    std::vector<double> direction = b;
    double square = size * size;
    for (Index step = 0; step < state_->how.max_iterations; ++step) {
      if (std::sqrt(square) <= state_->how.tolerance * size)
        break;
      poll(state_->how.monitor, "conjugate gradients");
      walk.apply(direction.data(), image.data()); // (I - N) p
      kernels::combine(n, 1, direction.data(), -1, image.data(), 0, nullptr, threads);
      const double length = square / dot(direction, image);
      kernels::axpy(n, length, direction.data(), out.z.data(), threads);
      kernels::axpy(n, -length, image.data(), residual.data(), threads);
      walk.project(residual.data());
      const double next = dot(residual, residual);
      kernels::combine(n, 1, residual.data(), next / square, direction.data(), 0, nullptr, threads);
      square = next;
    }
    walk.project(out.z.data());
  }
  walk.apply(out.z.data(), image.data());
  kernels::combine(n, 1, out.z.data(), -1, image.data(), 0, nullptr, threads);
  kernels::axpy(n, -1, b.data(), image.data(), threads);
  out.residual = std::sqrt(dot(image, image)) / size;
  out.converged = out.residual <= 1e-6;
  return out;
}

} // namespace attnwalk::spectral
