// SPDX-License-Identifier: Apache-2.0
// A program with an Eigen of its own, compiled with whatever flags it likes: a sparse factorization
// before and after a diffusion that factorizes as well. Were the library's Eigen exported, the
// program's would take its place, whose memory may be aligned otherwise: a double free.
#include "attnwalk/diffusion/diffuse.hpp"

#include <Eigen/SparseLU>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <vector>

namespace {

/// Solves (2 I - C) x = 1 on a directed cycle C of n vertices; every x is 1.
double own_error(int n) {
  std::vector<Eigen::Triplet<double>> entries;
  for (int i = 0; i < n; ++i) {
    entries.emplace_back(i, i, 2);
    entries.emplace_back(i, (i + 1) % n, -1);
  }
  Eigen::SparseMatrix<double> A(n, n);
  A.setFromTriplets(entries.begin(), entries.end());
  Eigen::SparseLU<Eigen::SparseMatrix<double>> factors(A);
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(n);
  const Eigen::VectorXd x = factors.solve(ones);
  return (x - ones).cwiseAbs().maxCoeff();
}

/// Diffuses ones on the same cycle: a walk keeps constants.
double diffusion_error(attnwalk::Index n) {
  attnwalk::Csr<double> cycle;
  cycle.rows = cycle.cols = n;
  cycle.offsets = {0};
  for (attnwalk::Index i = 0; i < n; ++i) {
    cycle.columns.push_back((i + 1) % n);
    cycle.values.push_back(1);
    cycle.offsets.push_back(i + 1);
  }
  attnwalk::Dense<double> V(n, 3);
  for (attnwalk::Index i = 0; i < n * 3; ++i) {
    V.data()[i] = 1;
  }
  const auto result = attnwalk::diffusion::diffuse<double>(
      cycle.view(), V.view(), {.method = attnwalk::diffusion::Method::exact, .alpha = 0.25});
  double worst = 0;
  for (attnwalk::Index i = 0; i < n * 3; ++i) {
    worst = std::max(worst, std::abs(result.Z.data()[i] - 1));
  }
  return worst;
}

} // namespace

int main() {
  const double errors[] = {own_error(97), diffusion_error(97), own_error(31)};
  for (const double error : errors) {
    if (!(error < 1e-12)) {
      std::cerr << "off by " << error << '\n';
      return 1;
    }
  }
  std::cout << "both factorizations are right\n";
  return 0;
}
