// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/spectral/stationary_walk.hpp"
#include "attnwalk/spectral/walk.hpp"

#include <algorithm>

namespace attnwalk::spectral {

Csr<double> StationaryWalk::additive_weights() const {
  const CsrView<double>& A = A_;
  const Csr<double> T = transposed(A);
  Csr<double> W;
  W.rows = W.cols = A.rows;
  W.columns.reserve(2 * A.entries());
  W.values.reserve(2 * A.entries());
  for (Index i = 0; i < A.rows; ++i) {
    Index e = A.offsets[i];
    Index f = T.offsets[i];
    while (e < A.offsets[i + 1] || f < T.offsets[i + 1]) {
      const Index j = e < A.offsets[i + 1] ? A.columns[e] : A.cols;
      const Index k = f < T.offsets[i + 1] ? T.columns[f] : A.cols;
      const Index column = std::min(j, k);
      const double forth = j == column ? pi_[i] * A.value(e++) : 0;
      const double back = k == column ? pi_[k] * T.values[f++] : 0;
      W.columns.push_back(column);
      W.values.push_back(0.5 * (forth + back));
    }
    W.offsets.push_back(static_cast<Index>(W.columns.size()));
  }
  return W;
}

std::optional<Csr<double>> StationaryWalk::multiplicative_weights(Index most) const {
  // B = Pi^1/2 A; entry (j, k) of B'B sums b_ij b_ik over the same i in the same order as (k, j).
  const CsrView<double>& A = A_;
  Buffer<double> scaled(A.entries());
  for (Index i = 0; i < A.rows; ++i)
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      scaled[e] = A.values[e] * q_[i];
  const CsrView<double> B(A, scaled.data());
  const Csr<double> T = transposed(B);
  Csr<double> W;
  W.rows = W.cols = B.rows;
  std::vector<double> sum(B.rows, 0.0);
  std::vector<Index> last(B.rows, -1);
  std::vector<Index> touched;
  for (Index j = 0; j < B.rows; ++j) {
    touched.clear();
    for (Index f = T.offsets[j]; f < T.offsets[j + 1]; ++f) {
      const Index i = T.columns[f];
      for (Index e = B.offsets[i]; e < B.offsets[i + 1]; ++e) {
        const Index k = B.columns[e];
        if (last[k] != j) {
          last[k] = j;
          sum[k] = 0;
          touched.push_back(k);
        }
        sum[k] += T.values[f] * B.values[e];
      }
    }
    if (static_cast<Index>(W.columns.size() + touched.size()) > most)
      return {};
    std::sort(touched.begin(), touched.end());
    for (const Index k : touched) {
      W.columns.push_back(k);
      W.values.push_back(sum[k]);
    }
    W.offsets.push_back(static_cast<Index>(W.columns.size()));
  }
  return W;
}

} // namespace attnwalk::spectral
