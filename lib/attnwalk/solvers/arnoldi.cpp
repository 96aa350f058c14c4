// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/iterative.hpp"
#include "attnwalk/solvers/random_start.hpp"

#include <Spectra/GenEigsSolver.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace attnwalk::solvers {

namespace {

using Complex = std::complex<double>;
using Eigen::VectorXcd;
using Eigen::VectorXd;

struct Converged {
  VectorXcd values;
  Eigen::MatrixXcd vectors;
};

/// The eigenpairs that converged, largest modulus first.
Converged arnoldi(Index n, const Apply& X, const IterationOptions& how, std::uint64_t substream) {
  const Index wanted = std::min<Index>(6, n - 2);
  const Index dimension = std::min(n, std::max<Index>(2 * wanted + 1, how.dimension));
  const std::vector<double> start = gaussian_vector(n, how.key, substream);
  LinearMap op(n, [&](const double* x, double* y) {
    poll(how.monitor, "Arnoldi");
    X(x, y);
  });
  // A cloud of eigenvalues of equal modulus, as random directed patterns have, converges nowhere: a
  // second, short run takes what it can get, and the residual says what that is worth.
  for (const bool first : {true, false}) {
    const double tolerance = first ? how.tolerance : std::max(1e-3, how.tolerance);
    const Index products = first ? how.max_products : how.max_products / 4;
    Spectra::GenEigsSolver<LinearMap> solver(op, wanted, dimension);
    solver.init(start.data());
    const auto found = solver.compute(Spectra::SortRule::LargestMagn,
                                      std::max<Index>(1, products / dimension), tolerance);
    if (found > 0)
      return {solver.eigenvalues(), solver.eigenvectors()};
  }
  return {};
}

VectorXcd apply(Index n, const Apply& X, const VectorXcd& v) {
  const VectorXd re = v.real();
  const VectorXd im = v.imag();
  VectorXd y_re(n);
  VectorXd y_im(n);
  X(re.data(), y_re.data());
  X(im.data(), y_im.data());
  VectorXcd y(n);
  y.real() = y_re;
  y.imag() = y_im;
  return y;
}

} // namespace

double residual_of(Index n, const Apply& X, const Eigenpair& pair) {
  const Eigen::Map<const VectorXcd> v(pair.vector.data(), n);
  return (apply(n, X, v) - pair.value * v).norm();
}

std::optional<Eigenpair> dominant_eigenpair(Index n, const Apply& X, const Apply& X_transposed,
                                            const IterationOptions& how) {
  if (n < 8)
    return {};
  const Converged right = arnoldi(n, X, how, 0);
  if (right.values.size() == 0)
    return {};
  Index at = 0;
  right.values.cwiseAbs().maxCoeff(&at);
  const VectorXcd v = right.vectors.col(at).normalized();
  Eigenpair best;
  best.value = right.values[at];
  best.vector.assign(v.begin(), v.end());
  best.residual = residual_of(n, X, best);
  best.condition = std::numeric_limits<double>::infinity();
  if (best.residual > 1e-6)
    return best; // no left vector would match it

  const Converged left = arnoldi(n, X_transposed, how, 1);
  if (left.values.size() == 0)
    return best;
  Index same = 0;
  const double distance = (left.values.array() - best.value).abs().minCoeff(&same);
  if (distance > 1e-4 * std::abs(best.value))
    return best;
  const double overlap = std::abs((left.vectors.col(same).normalized().transpose() * v)(0, 0));
  if (overlap > 0)
    best.condition = 1 / overlap;
  return best;
}

std::vector<std::complex<double>> leading_eigenvalues(const LinearMap& X, Index count,
                                                      double tolerance) {
  LinearMap copy = X;
  try {
    Spectra::GenEigsSolver<LinearMap> solver(copy, count, 8 * count);
    solver.init();
    if (solver.compute(Spectra::SortRule::LargestMagn, 1000, tolerance) < count)
      return {};
    const VectorXcd found = solver.eigenvalues();
    return {found.begin(), found.end()};
  } catch (const std::runtime_error&) {
    return {}; // Spectra throws where a Krylov space ends early, as that of a matrix of ones does
  }
}

} // namespace attnwalk::solvers
