// SPDX-License-Identifier: Apache-2.0
// A program outside the project: uniform attention on a causal mask of four tokens.
#include "attnwalk/attention/weights.hpp"
#include "attnwalk/core/version.hpp"

#include <cmath>
#include <iostream>

int main() {
  attnwalk::Csr<double> mask;
  mask.rows = mask.cols = 4;
  mask.offsets = {0, 1, 3, 6, 10};
  mask.columns = {0, 0, 1, 0, 1, 2, 0, 1, 2, 3};
  const attnwalk::Dense<double> zero(4, 8);
  const auto A = attnwalk::attention::weights(zero.view(), zero.view(),
                                              attnwalk::pattern::Pattern(std::move(mask)));
  std::cout << "attnwalk " << attnwalk::version << ": the last weight is " << A.values()[9] << '\n';
  return std::abs(A.values()[9] - 0.25) < 1e-15 ? 0 : 1;
}
