// SPDX-License-Identifier: Apache-2.0
// Private: edge softmax as a GraphBLAS program.
#pragma once

#include "attnwalk/grb/matrix.hpp"

namespace attnwalk::attention {

struct Softmax {
  grb::Matrix A;   ///< weights: rows sum to 1
  grb::Vector top; ///< x_i = max_j S_ij, for rows with entries
  grb::Vector sum; ///< z_i = sum_j exp(S_ij - x_i), for rows with entries: lse_i = x_i + log z_i
};

/// A_ij = exp(S_ij - x_i) / z_i on the entries of S, which is finite.
[[nodiscard]] Softmax softmax(const grb::Matrix& S);

} // namespace attnwalk::attention
