// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/sums.hpp"

#include <cmath>

namespace attnwalk::sparse {

double compensated_sum(std::span<const double> x) {
  double sum = 0;
  double lost = 0;
  for (const double term : x) {
    const double next = sum + term;
    lost += std::abs(sum) >= std::abs(term) ? (sum - next) + term : (term - next) + sum;
    sum = next;
  }
  return sum + lost;
}

} // namespace attnwalk::sparse
