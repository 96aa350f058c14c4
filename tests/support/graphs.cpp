// SPDX-License-Identifier: Apache-2.0
#include "support/graphs.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace attnwalk::support {
namespace {

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

} // namespace

Csr<double> graph(Index rows, Index cols, const std::vector<Edge>& edges) {
  const std::set<Edge> sorted(edges.begin(), edges.end());
  Csr<double> A;
  A.rows = rows;
  A.cols = cols;
  A.offsets.assign(at(rows) + 1, 0);
  for (const Edge& edge : sorted) {
    ++A.offsets[at(edge.first) + 1];
    A.columns.push_back(edge.second);
  }
  std::partial_sum(A.offsets.begin(), A.offsets.end(), A.offsets.begin());
  return A;
}

Csr<double> random_graph(Index n, double density, Key key) {
  RandomStream draws(key);
  std::vector<Edge> edges;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      if (draws.unit() < density)
        edges.emplace_back(i, j);
  return graph(n, n, edges);
}

Bits bits(const CsrView<double>& A) {
  Bits result(at(A.rows), std::vector<char>(at(A.cols), 0));
  for (Index i = 0; i < A.rows; ++i)
    for (const Index j : A.row(i))
      result[at(i)][at(j)] = 1;
  return result;
}

Bits times(const Bits& A, const Bits& B) {
  Bits C(A.size(), std::vector<char>(B.empty() ? 0 : B.front().size(), 0));
  for (std::size_t i = 0; i < A.size(); ++i)
    for (std::size_t k = 0; k < B.size(); ++k)
      if (A[i][k] != 0)
        for (std::size_t j = 0; j < C[i].size(); ++j)
          C[i][j] = static_cast<char>(C[i][j] | B[k][j]);
  return C;
}

std::vector<std::vector<Index>> distances(const Bits& A) {
  const std::size_t n = A.size();
  const auto far = static_cast<Index>(n) + 1;
  std::vector<std::vector<Index>> d(n, std::vector<Index>(n, far));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      if (i == j || A[i][j] != 0)
        d[i][j] = i == j ? 0 : 1;
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        d[i][j] = std::min(d[i][j], d[i][k] + d[k][j]);
  for (auto& row : d)
    std::replace_if(
        row.begin(), row.end(), [&](Index x) { return x >= far; }, Index{-1});
  return d;
}

Index walk_gcd(const Bits& A, Index vertex) {
  Bits power = A;
  Index gcd = 0;
  for (Index length = 1; length <= 2 * static_cast<Index>(A.size()); ++length) {
    if (power[at(vertex)][at(vertex)] != 0)
      gcd = std::gcd(gcd, length);
    if (gcd == 1)
      break;
    power = times(power, A);
  }
  return gcd;
}

} // namespace attnwalk::support
