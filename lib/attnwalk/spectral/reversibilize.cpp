// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/spectral/chain.hpp"
#include "attnwalk/spectral/walk.hpp"

#include <algorithm>

namespace attnwalk::spectral {

namespace {

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

} // namespace

Csr<double> Chain::additive_weights() const {
  const CsrView<double> A = A_.view();
  const Csr<double> T = transposed(A);
  Csr<double> W;
  W.rows = W.cols = A.rows;
  W.columns.reserve(2 * A_.columns.size());
  W.values.reserve(2 * A_.columns.size());
  for (Index i = 0; i < A.rows; ++i) {
    Index e = A.offsets[i];
    Index f = T.offsets[at(i)];
    while (e < A.offsets[i + 1] || f < T.offsets[at(i) + 1]) {
      const Index j = e < A.offsets[i + 1] ? A.columns[e] : A.cols;
      const Index k = f < T.offsets[at(i) + 1] ? T.columns[at(f)] : A.cols;
      const Index column = std::min(j, k);
      const double forth = j == column ? pi_[at(i)] * A.value(e++) : 0;
      const double back = k == column ? pi_[at(k)] * T.values[at(f++)] : 0;
      W.columns.push_back(column);
      W.values.push_back(0.5 * (forth + back));
    }
    W.offsets.push_back(static_cast<Index>(W.columns.size()));
  }
  return W;
}

std::optional<Csr<double>> Chain::multiplicative_weights(Index most) const {
  // B = Pi^1/2 A; entry (j, k) of B'B sums b_ij b_ik over the same i in the same order as (k, j).
  Csr<double> B = A_;
  for (Index i = 0; i < B.rows; ++i)
    for (Index e = B.offsets[at(i)]; e < B.offsets[at(i) + 1]; ++e)
      B.values[at(e)] *= q_[at(i)];
  const Csr<double> T = transposed(B.view());
  Csr<double> W;
  W.rows = W.cols = B.rows;
  std::vector<double> sum(at(B.rows), 0.0);
  std::vector<Index> last(at(B.rows), -1);
  std::vector<Index> touched;
  for (Index j = 0; j < B.rows; ++j) {
    touched.clear();
    for (Index f = T.offsets[at(j)]; f < T.offsets[at(j) + 1]; ++f) {
      const Index i = T.columns[at(f)];
      for (Index e = B.offsets[at(i)]; e < B.offsets[at(i) + 1]; ++e) {
        const Index k = B.columns[at(e)];
        if (last[at(k)] != j) {
          last[at(k)] = j;
          sum[at(k)] = 0;
          touched.push_back(k);
        }
        sum[at(k)] += T.values[at(f)] * B.values[at(e)];
      }
    }
    if (static_cast<Index>(W.columns.size() + touched.size()) > most)
      return {};
    std::sort(touched.begin(), touched.end());
    for (const Index k : touched) {
      W.columns.push_back(k);
      W.values.push_back(sum[at(k)]);
    }
    W.offsets.push_back(static_cast<Index>(W.columns.size()));
  }
  return W;
}

} // namespace attnwalk::spectral
