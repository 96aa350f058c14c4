// SPDX-License-Identifier: Apache-2.0
// Forward substitution: the limit along a causal walk, whose row i needs no row after i.
#include "attnwalk/core/error.hpp"
#include "attnwalk/diffusion/methods.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace attnwalk::diffusion {

template <Real T>
bool is_causal(const CsrView<T>& A) {
  for (Index i = 0; i < A.rows; ++i)
    if (A.degree(i) > 0 && A.row(i).back() > i)
      return false;
  return true;
}

// Row by row, all columns of V together, in double:
//   Z_i = (a V_i + (1-a) sum_{j<i} A_ij Z_j) / (1 - (1-a) A_ii),
// the divisor at least a. What is left of each equation afterwards is the bound.
template <Real T>
Diffused<T> run_substitution(const Problem<T>& problem) {
  const CsrView<T>& A = problem.A;
  const View<const T> V = problem.V;
  const DiffuseOptions& how = problem.how;
  const Index n = A.rows;
  const Index d = V.shape.width;
  const double alpha = how.alpha;
  Dense<double> Z(n, d);
  std::vector<double> sum(static_cast<std::size_t>(d));
  double worst = 0;
  for (Index i = 0; i < n; ++i) {
    if (i % 1024 == 0)
      poll(how.monitor, "diffuse", static_cast<double>(i) / static_cast<double>(n));
    for (Index c = 0; c < d; ++c)
      sum[c] = alpha * static_cast<double>(V.row(i)[c]);
    double stay = 0;
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      const Index j = A.columns[e];
      const double weight = (1 - alpha) * static_cast<double>(A.value(e));
      if (j == i)
        stay = weight;
      else
        for (Index c = 0; c < d; ++c)
          sum[c] += weight * Z(j, c);
    }
    for (Index c = 0; c < d; ++c) {
      const double right = sum[c];
      Z(i, c) = right / (1 - stay);
      worst = std::max(worst, std::abs(right - (Z(i, c) - stay * Z(i, c))) / alpha);
    }
  }
  Diffused<T> out;
  out.Z = Dense<T>(n, d);
  for (Index i = 0; i < n; ++i)
    for (Index c = 0; c < d; ++c)
      out.Z(i, c) = static_cast<T>(Z(i, c));
  out.bound = worst;
  out.converged = !how.tolerance || worst <= *how.tolerance;
  return out;
}

template bool is_causal<float>(const CsrView<float>&);
template bool is_causal<double>(const CsrView<double>&);
template Diffused<float> run_substitution<float>(const Problem<float>&);
template Diffused<double> run_substitution<double>(const Problem<double>&);

} // namespace attnwalk::diffusion
