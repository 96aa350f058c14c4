// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/tridiagonal.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/random.hpp"

#include <Eigen/Eigenvalues>

#include <cmath>
#include <limits>

namespace attnwalk::solvers {

namespace {

using Eigen::VectorXd;

constexpr double eps = std::numeric_limits<double>::epsilon();

/// Solves (T - value) x = x for a symmetric tridiagonal T by elimination with row exchanges; pivots
/// of 0 become rounding errors, which is what inverse iteration lives on.
void solve_shifted(const VectorXd& diagonal, const VectorXd& beside, double value, VectorXd& x) {
  const Eigen::Index n = diagonal.size();
  VectorXd main = diagonal.array() - value;
  VectorXd upper = beside;
  VectorXd second = VectorXd::Zero(n); // fill of the exchanges
  const auto safe = [](double pivot) {
    return std::abs(pivot) < eps ? std::copysign(eps, pivot) : pivot;
  };
  for (Eigen::Index i = 0; i + 1 < n; ++i) {
    const double below = beside[i];
    if (std::abs(main[i]) >= std::abs(below)) {
      main[i] = safe(main[i]);
      const double factor = below / main[i];
      main[i + 1] -= factor * upper[i];
      x[i + 1] -= factor * x[i];
    } else {
      const double factor = main[i] / below;
      main[i] = below;
      const double next = main[i + 1];
      main[i + 1] = upper[i] - factor * next;
      upper[i] = next;
      if (i + 2 < n) {
        second[i] = upper[i + 1];
        upper[i + 1] = -factor * second[i];
      }
      std::swap(x[i], x[i + 1]);
      x[i + 1] -= factor * x[i];
    }
  }
  for (Eigen::Index i = n - 1; i >= 0; --i) {
    double right = x[i];
    if (i + 1 < n)
      right -= upper[i] * x[i + 1];
    if (i + 2 < n)
      right -= second[i] * x[i + 2];
    x[i] = right / safe(main[i]);
  }
}

} // namespace

std::vector<double> tridiagonal_vector(std::span<const double> main, std::span<const double> off,
                                       double value) {
  const auto n = static_cast<Eigen::Index>(main.size());
  const VectorXd diagonal = Eigen::Map<const VectorXd>(main.data(), n);
  const VectorXd beside = Eigen::Map<const VectorXd>(off.data(), n - 1);
  VectorXd x(n);
  RandomStream draws({20, 7});
  for (double& entry : x)
    entry = draws.normal();
  for (int step = 0; step < 3; ++step) {
    x.normalize();
    solve_shifted(diagonal, beside, value, x);
  }
  x.normalize();
  return {x.begin(), x.end()};
}

std::vector<double> tridiagonal_values(std::span<const double> main, std::span<const double> off) {
  const auto n = static_cast<Eigen::Index>(main.size());
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  const VectorXd diagonal = Eigen::Map<const VectorXd>(main.data(), n);
  const VectorXd beside = Eigen::Map<const VectorXd>(off.data(), n - 1);
  solver.computeFromTridiagonal(diagonal, beside, Eigen::EigenvaluesOnly);
  require(solver.info() == Eigen::Success, Code::domain,
          "QL steps on a tridiagonal matrix of size ", n,
          " did not converge: its entries must be finite");
  return {solver.eigenvalues().begin(), solver.eigenvalues().end()};
}

} // namespace attnwalk::solvers
