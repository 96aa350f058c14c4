// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/attention/softmax.hpp"

#include "attnwalk/grb/ops.hpp"

#include <utility>

namespace attnwalk::attention {

Softmax softmax(const grb::Matrix& S) {
  // x_i = max_j S_ij
  grb::Vector top = grb::reduce_rows(S, grb::Monoid::max);
  // E = S - diag(x) 1
  const grb::Matrix shifted = grb::mxm(grb::diag(top), S, {.semiring = grb::Semiring::any_rminus});
  // E = exp(E)
  const grb::Matrix E = grb::apply(shifted, grb::Unary::exp);
  // z_i = sum_j E_ij
  grb::Vector sum = grb::reduce_rows(E, grb::Monoid::plus);
  // A = diag(z)^-1 E
  grb::Matrix A = grb::mxm(grb::diag(sum), E, {.semiring = grb::Semiring::any_rdiv});
  return {std::move(A), std::move(top), std::move(sum)};
}

} // namespace attnwalk::attention
