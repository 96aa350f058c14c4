// SPDX-License-Identifier: Apache-2.0
#include "support/dense_spectra.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

namespace attnwalk::support {

Eigen::VectorXd symmetric_eigenvalues(const Eigen::MatrixXd& S) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(S, Eigen::EigenvaluesOnly).eigenvalues();
}

Eigen::VectorXcd eigenvalues(const Eigen::MatrixXd& A) {
  return Eigen::EigenSolver<Eigen::MatrixXd>(A, false).eigenvalues();
}

Eigen::VectorXd singular_values(const Eigen::MatrixXd& X) {
  return Eigen::BDCSVD<Eigen::MatrixXd>(X).singularValues();
}

} // namespace attnwalk::support
