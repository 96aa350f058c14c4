// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/tridiagonal.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/random.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
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

double tridiagonal_value(std::span<const double> main, std::span<const double> off, Index rank) {
  const auto n = std::ssize(main);
  // Gershgorin's discs hold all eigenvalues.
  double lo = std::numeric_limits<double>::infinity();
  double hi = -lo;
  for (Index i = 0; i < n; ++i) {
    const double radius = (i > 0 ? std::abs(off[i - 1]) : 0) + (i + 1 < n ? std::abs(off[i]) : 0);
    lo = std::min(lo, main[i] - radius);
    hi = std::max(hi, main[i] + radius);
  }
  const double tiny = std::max(eps * eps * std::max(std::abs(lo), std::abs(hi)),
                               std::numeric_limits<double>::min());
  const auto below = [&](double x) {
    Index count = 0;
    double pivot = 1;
    for (Index i = 0; i < n; ++i) {
      pivot = main[i] - x - (i > 0 ? off[i - 1] / pivot * off[i - 1] : 0);
      if (std::abs(pivot) < tiny)
        pivot = -tiny;
      count += static_cast<Index>(pivot < 0);
    }
    return count;
  };
  while (true) {
    const double middle = lo + (hi - lo) / 2;
    if (middle <= lo || middle >= hi)
      return middle;
    (below(middle) > rank ? hi : lo) = middle;
  }
}

std::vector<double> tridiagonal_values(std::span<const double> main, std::span<const double> off) {
  const auto n = std::ssize(main);
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  const VectorXd diagonal = Eigen::Map<const VectorXd>(main.data(), n);
  const VectorXd beside = Eigen::Map<const VectorXd>(off.data(), n - 1);
  require(diagonal.allFinite() && beside.allFinite(), Code::domain, "a tridiagonal matrix of size ",
          n, " has entries that are not finite");
  solver.computeFromTridiagonal(diagonal, beside, Eigen::EigenvaluesOnly);
  if (solver.info() == Eigen::Success)
    return {solver.eigenvalues().begin(), solver.eigenvalues().end()};
  // QL asks neighboring diagonal entries for accuracy relative to each other, and may give up on a
  // cluster of eigenvalues near 0.
  std::vector<double> values;
  for (Index rank = 0; rank < n; ++rank)
    values.push_back(tridiagonal_value(main, off, rank));
  return values;
}

struct TridiagonalForm::State {
  explicit State(const DenseMatrix& S)
      : reduced(Eigen::MatrixXd(Eigen::Map<const Eigen::MatrixXd>(S.a.data(), S.n, S.n))) {
    const VectorXd diagonal = reduced.diagonal();
    const VectorXd beside = reduced.subDiagonal();
    main.assign(diagonal.begin(), diagonal.end());
    off.assign(beside.begin(), beside.end());
  }
  Eigen::Tridiagonalization<Eigen::MatrixXd> reduced;
  std::vector<double> main, off;
};

TridiagonalForm::TridiagonalForm(const DenseMatrix& S) {
  const auto n = static_cast<double>(S.n);
  require_memory("the dense spectrum", 24 * n * n);
  state_ = std::make_unique<State>(S);
}
TridiagonalForm::TridiagonalForm(TridiagonalForm&&) noexcept = default;
TridiagonalForm& TridiagonalForm::operator=(TridiagonalForm&&) noexcept = default;
TridiagonalForm::~TridiagonalForm() = default;

std::vector<double> TridiagonalForm::values() const {
  return tridiagonal_values(state_->main, state_->off);
}

std::vector<double> TridiagonalForm::vector(double value) const {
  std::vector<double> inside = tridiagonal_vector(state_->main, state_->off, value);
  if (inside.size() == 1)
    return inside; // moved: g++ 14 warns of a copy of one number
  const VectorXd image =
      state_->reduced.matrixQ() * Eigen::Map<const VectorXd>(inside.data(), std::ssize(inside));
  return {image.begin(), image.end()};
}

} // namespace attnwalk::solvers
