// SPDX-License-Identifier: Apache-2.0
#include "diffusion/cases.hpp"

#include <Eigen/LU>

namespace attnwalk::support {

Eigen::MatrixXd pagerank(const Eigen::MatrixXd& A, double a) {
  const Eigen::MatrixXd I = Eigen::MatrixXd::Identity(A.rows(), A.cols());
  return a * (I - (1 - a) * A).inverse();
}

Eigen::MatrixXd power(const Eigen::MatrixXd& A, Index k) {
  Eigen::MatrixXd P = Eigen::MatrixXd::Identity(A.rows(), A.cols());
  for (Index t = 0; t < k; ++t)
    P = P * A;
  return P;
}

} // namespace attnwalk::support
