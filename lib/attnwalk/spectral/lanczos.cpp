// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/vectors.hpp"
#include "attnwalk/spectral/iterative.hpp"
#include "attnwalk/spectral/random_start.hpp"

#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <numbers>

namespace attnwalk::spectral {

namespace {

using kernels::dot;

/// x -> X x + shift x, in the shape that Spectra asks for.
class Shifted {
public:
  using Scalar = double;
  Shifted(Index n, const Apply& X, double shift, Monitor* monitor)
      : n_(n), X_(&X), shift_(shift), monitor_(monitor) {}
  [[nodiscard]] Index rows() const { return n_; }
  [[nodiscard]] Index cols() const { return n_; }
  void perform_op(const double* x, double* y) const {
    poll(monitor_, "Lanczos");
    (*X_)(x, y);
    kernels::axpy(n_, shift_, x, y);
  }

private:
  Index n_;
  const Apply* X_;
  double shift_;
  Monitor* monitor_;
};

void normalise(std::vector<double>& x) {
  const auto n = static_cast<Index>(x.size());
  const double size = std::sqrt(dot(n, x.data(), x.data()));
  for (double& value : x)
    value /= size;
}

/// Rayleigh quotient and residual of the unit vector in `pair`.
void assess(Index n, const Apply& X, LargestPair& pair) {
  std::vector<double> image(pair.vector.size());
  X(pair.vector.data(), image.data());
  ++pair.products;
  pair.value = dot(n, pair.vector.data(), image.data());
  kernels::axpy(n, -pair.value, pair.vector.data(), image.data());
  pair.residual = std::sqrt(dot(n, image.data(), image.data()));
}

} // namespace

double random_start_slack(Index n, Index k, double failure) {
  const double needed =
      std::log(failure) - 0.5 * std::log(2 * static_cast<double>(n) / std::numbers::pi);
  // ln of sqrt((1-e)/e) / T_{k-1}((1+e)/(1-e)); acosh of the argument is 2 atanh(sqrt e).
  const auto bound = [k](double e) {
    const double angle = static_cast<double>(k - 1) * 2 * std::atanh(std::sqrt(e));
    const double log_cosh = angle + std::log1p(std::exp(-2 * angle)) - std::log(2.0);
    return 0.5 * (std::log1p(-e) - std::log(e)) - log_cosh;
  };
  double lo = 1e-16;
  double hi = 1 - 1e-12;
  if (k < 2 || bound(hi) > needed)
    return 1;
  for (int step = 0; step < 100; ++step) {
    const double middle = std::sqrt(lo * hi);
    (bound(middle) > needed ? lo : hi) = middle;
  }
  return hi;
}

LargestPair largest_pair(Index n, const Apply& X, const IterationOptions& how) {
  LargestPair pair;
  const Index k = std::min(n, how.dimension);
  pair.vector.resize(static_cast<std::size_t>(n));
  Draws draws(how.key);
  for (double& value : pair.vector)
    value = draws.normal();
  normalise(pair.vector);
  std::vector<double> start = pair.vector;
  assess(n, X, pair);
  if (n < 3)
    return pair;
  const double least = smallest_component(n, how.failure);
  pair.share = least * least; // x'Xx >= lambda_max c_1^2: all that the start alone proves
  if (pair.value <= how.floor) {
    pair.value = std::max(0.0, pair.value);
    pair.converged = true;
    return pair;
  }

  Shifted op(n, X, pair.value, how.monitor);
  const Index restarts = std::max<Index>(1, how.max_products / k);
  // A run that misses the wanted tolerance is repeated for whatever vector it can give: any vector
  // is a lower bound, and its residual is reported. Only a Ritz value of k steps has the share that
  // k steps prove.
  for (const double tolerance : {how.tolerance, std::max(1e-3, how.tolerance), 1.0}) {
    Spectra::SymEigsSolver<Shifted> solver(op, 1, k);
    solver.init(start.data());
    const auto found = solver.compute(Spectra::SortRule::LargestAlge, restarts, tolerance);
    pair.products += solver.num_operations();
    if (found < 1)
      continue;
    const Eigen::VectorXd vector = solver.eigenvectors(1).col(0);
    pair.vector.assign(vector.begin(), vector.end());
    normalise(pair.vector);
    assess(n, X, pair);
    pair.share = 1 - random_start_slack(n, k, how.failure);
    pair.converged = tolerance == how.tolerance;
    break;
  }
  return pair;
}

} // namespace attnwalk::spectral
