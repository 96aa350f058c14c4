// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/sparse_factor.hpp"
#include "attnwalk/sparse/sums.hpp"
#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/spectral/stationary.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace attnwalk::spectral {

namespace {

/// A step that leads to a token, by its number in the order of elimination, with a probability.
using Step = std::pair<int, double>;

/// The structure of A + A', which elimination fills.
Csr<double> symmetric_structure(const CsrStructure& A) {
  const Csr<double> T = sparse::transposed_structure(A);
  Csr<double> S;
  S.rows = S.cols = A.rows;
  for (Index i = 0; i < A.rows; ++i) {
    const auto forth = A.row(i);
    const auto back = T.view().row(i);
    std::set_union(forth.begin(), forth.end(), back.begin(), back.end(),
                   std::back_inserter(S.columns));
    S.offsets.push_back(std::ssize(S.columns));
  }
  return S;
}

/// The walk watched only while it is on tokens that are not eliminated yet. Steps from a token to
/// itself are left out: a walk without them visits all tokens in the same order.
class Censored {
public:
  Censored(const CsrView<double>& A, const std::vector<int>& order)
      : steps_(order.size()), into_(order.size()) {
    std::vector<int> place(order.size());
    for (std::size_t k = 0; k < order.size(); ++k)
      place[order[k]] = static_cast<int>(k);
    for (std::size_t k = 0; k < order.size(); ++k) {
      for (Index e = A.offsets[order[k]]; e < A.offsets[order[k] + 1]; ++e)
        if (const int j = place[A.columns[e]]; j != static_cast<int>(k)) {
          steps_[k].emplace_back(j, A.value(e));
          into_[j].emplace_back(static_cast<int>(k), 0.0);
        }
      std::sort(steps_[k].rbegin(), steps_[k].rend()); // the next to be eliminated stands last
    }
  }

  /// What leads to token k goes on as k does. Afterwards `into(k)` holds the tokens i that led to k,
  /// with P_ik / (1 - P_kk): the visits to k for each visit to i.
  void eliminate(int k) {
    double out = 0;
    for (const auto& [j, p] : steps_[k])
      out += p;
    for (auto& [i, visits] : into_[k]) {
      visits = steps_[i].back().second / out;
      steps_[i].pop_back();
      add(i, visits, steps_[k]);
    }
  }

  [[nodiscard]] const std::vector<Step>& into(int k) const { return into_[k]; }

private:
  /// steps of i += visits * other, both descending.
  void add(int i, double visits, const std::vector<Step>& other) {
    std::vector<Step>& own = steps_[i];
    merged_.clear();
    std::size_t at = 0;
    for (const auto& [j, p] : other) {
      if (j == i)
        continue;
      while (at < own.size() && own[at].first > j)
        merged_.push_back(own[at++]);
      if (at < own.size() && own[at].first == j) {
        merged_.emplace_back(j, own[at++].second + visits * p);
      } else {
        merged_.emplace_back(j, visits * p);
        into_[j].emplace_back(i, 0.0);
      }
    }
    merged_.insert(merged_.end(), own.begin() + static_cast<std::ptrdiff_t>(at), own.end());
    own.swap(merged_);
  }

  std::vector<std::vector<Step>> steps_, into_;
  std::vector<Step> merged_;
};

} // namespace

std::optional<std::vector<double>> stationary_sparse(const CsrView<double>& A, double flops,
                                                     Monitor* monitor) {
  /// Beyond it a minimum degree order takes longer than it can save.
  constexpr Index small = 300000;
  const Csr<double> structure = symmetric_structure(A);
  const auto found =
      solvers::elimination_order(structure.view(), flops, structure.view().entries() <= small);
  if (!found)
    return {};
  const int n = static_cast<int>(A.rows);
  Censored walk(A, found->order);
  for (int k = 0; k + 1 < n; ++k) {
    if (k % 256 == 0)
      poll(monitor, "stationary distribution", static_cast<double>(k) / n);
    walk.eliminate(k);
  }
  std::vector<double> visits(n, 0.0); // for each visit to the last token, in the order
  visits[n - 1] = 1;
  for (int k = n - 2; k >= 0; --k) {
    for (const auto& [i, each] : walk.into(k))
      visits[k] += visits[i] * each;
    if (visits[k] > 1e100) // a rare last token makes the others huge
      for (int i = n - 1; i >= k; --i)
        visits[i] /= 1e100;
  }
  const double total = sparse::compensated_sum(visits);
  std::vector<double> pi(n);
  for (int k = 0; k < n; ++k)
    pi[found->order[k]] = visits[k] / total;
  return pi;
}

} // namespace attnwalk::spectral
