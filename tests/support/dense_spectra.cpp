// SPDX-License-Identifier: Apache-2.0
#include "support/dense_spectra.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

#include <algorithm>

namespace attnwalk::support {

Eigen::VectorXd symmetric_eigenvalues(const Eigen::MatrixXd& S) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(S, Eigen::EigenvaluesOnly).eigenvalues();
}

Eigen::VectorXcd eigenvalues(const Eigen::MatrixXd& A) {
  return Eigen::EigenSolver<Eigen::MatrixXd>(A, false).eigenvalues();
}

Eigen::VectorXd singular_values(const Eigen::MatrixXd& X) {
  if (X.rows() <= 64)
    return Eigen::JacobiSVD<Eigen::MatrixXd>(X).singularValues();
  // The upper half of the spectrum of [0 X; X' 0], which Eigen's divide and conquer method is as
  // exact as and takes a minute longer to compile.
  const Eigen::Index n = X.rows();
  const Eigen::Index m = X.cols();
  Eigen::MatrixXd both = Eigen::MatrixXd::Zero(n + m, n + m);
  both.topRightCorner(n, m) = X;
  both.bottomLeftCorner(m, n) = X.transpose();
  return symmetric_eigenvalues(both).reverse().head(std::min(n, m));
}

} // namespace attnwalk::support
