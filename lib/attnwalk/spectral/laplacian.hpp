// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/monitor.hpp"
#include "attnwalk/spectral/reversible.hpp"

#include <memory>
#include <vector>

namespace attnwalk::spectral {

struct LaplacianOptions {
  double flops = 2e9;       ///< factor if that costs no more
  double tolerance = 1e-12; ///< of conjugate gradients: residual relative to the right-hand side
  Index max_iterations = 20000;
  Monitor* monitor = nullptr;
};

/// Solves (I - N) z = b on the complement of the top eigenvector of a connected walk, many times:
/// by one sparse factorization of D - W, tied to the ground at vertex 0, where that is cheap, else
/// by conjugate gradients.
class LaplacianSolver {
public:
  /// @param walk  connected (not checked), must outlive the solver
  explicit LaplacianSolver(const ReversibleWalk& walk, const LaplacianOptions& how = {});
  LaplacianSolver(LaplacianSolver&&) noexcept;
  LaplacianSolver& operator=(LaplacianSolver&&) noexcept;
  ~LaplacianSolver();

  /// "sparse factorization" or "conjugate gradients".
  [[nodiscard]] const char* method() const;

  struct Solution {
    std::vector<double> z; ///< orthogonal to the top eigenvector
    double residual = 0;   ///< ||(I - N) z - b|| / ||b||
    bool converged = true;
  };
  /// @param b  projected first
  [[nodiscard]] Solution solve(std::vector<double> b) const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace attnwalk::spectral
