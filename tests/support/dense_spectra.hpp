// SPDX-License-Identifier: Apache-2.0
// Eigen's dense decompositions, compiled once for all tests: each takes half a minute to compile
// under a sanitizer.
#pragma once

#include <Eigen/Core>

namespace attnwalk::support {

/// Ascending eigenvalues of a symmetric matrix.
[[nodiscard]] Eigen::VectorXd symmetric_eigenvalues(const Eigen::MatrixXd& S);
/// Eigenvalues of a square matrix, in no order.
[[nodiscard]] Eigen::VectorXcd eigenvalues(const Eigen::MatrixXd& A);
/// Descending singular values.
[[nodiscard]] Eigen::VectorXd singular_values(const Eigen::MatrixXd& X);

} // namespace attnwalk::support
