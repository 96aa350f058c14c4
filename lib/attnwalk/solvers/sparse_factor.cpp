// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/solvers/sparse_factor.hpp"

#include "attnwalk/core/memory.hpp"

#include <Eigen/OrderingMethods>
#include <Eigen/SparseCholesky>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace attnwalk::solvers {

namespace {

using Sparse = Eigen::SparseMatrix<double, Eigen::ColMajor, int>;
using Order = std::vector<int>; ///< order[new] = old

/// Beyond this a second order is tried: about what finding it costs.
constexpr double cheap_flops = 1e8;
constexpr double eps = std::numeric_limits<double>::epsilon();

/// Vertices joined to far more than the others: global tokens.
std::vector<char> hubs(const CsrStructure& W) {
  const auto n = static_cast<std::size_t>(W.rows);
  std::vector<Index> degree(n);
  for (std::size_t i = 0; i < n; ++i)
    degree[i] = W.degree(static_cast<Index>(i));
  auto middle = degree.begin() + static_cast<std::ptrdiff_t>(n / 2);
  std::nth_element(degree.begin(), middle, degree.end());
  const Index many = std::max<Index>(64, 8 * *middle);
  std::vector<char> hub(n, 0);
  for (std::size_t i = 0; i < n; ++i)
    hub[i] = W.degree(static_cast<Index>(i)) > many ? 1 : 0;
  return hub;
}

/// Levels of breadth-first search from the last vertex that a first search reached, component by
/// component, neighbors by degree: Cuthill and McKee's order. Hubs come last and join nothing on
/// the way, so that a band with global tokens keeps its band and gets a few full rows.
Order level_order(const CsrStructure& W) {
  const auto n = static_cast<std::size_t>(W.rows);
  Order order;
  order.reserve(n);
  const std::vector<char> hub = hubs(W);
  std::vector<char> seen = hub;
  const auto search = [&](Index root) {
    const std::size_t first = order.size();
    order.push_back(static_cast<int>(root));
    seen[root] = 1;
    for (std::size_t at = first; at < order.size(); ++at) {
      const std::size_t begin = order.size();
      for (const Index j : W.row(order[at]))
        if (seen[j] == 0) {
          seen[j] = 1;
          order.push_back(static_cast<int>(j));
        }
      std::sort(
          order.begin() + static_cast<std::ptrdiff_t>(begin), order.end(),
          [&W](int a, int b) { return std::pair(W.degree(a), a) < std::pair(W.degree(b), b); });
    }
    return first;
  };
  for (Index i = 0; i < W.rows; ++i) {
    if (seen[i] != 0)
      continue;
    const std::size_t first = search(i);
    const int far = order.back();
    for (std::size_t at = first; at < order.size(); ++at)
      seen[order[at]] = 0;
    order.resize(first);
    search(far);
  }
  for (std::size_t i = 0; i < n; ++i)
    if (hub[i] != 0)
      order.push_back(static_cast<int>(i));
  return order;
}

/// Column counts of L by the elimination tree, row by row; absent beyond the budget.
std::optional<Fill> count(const CsrStructure& W, const Order& order, double flops) {
  const auto n = order.size();
  std::vector<int> place(n), parent(n, -1), flag(n, -1);
  std::vector<double> column(n, 1);
  for (std::size_t k = 0; k < n; ++k)
    place[order[k]] = static_cast<int>(k);
  // sum c^2 >= (sum c)^2 / n: beyond this many entries the flops are over the budget.
  const double limit = std::min(std::sqrt(flops * static_cast<double>(n)), 2e9);
  auto entries = static_cast<double>(n);
  for (std::size_t k = 0; k < n; ++k) {
    const int row = static_cast<int>(k);
    flag[k] = row;
    for (const Index j : W.row(order[k]))
      for (int i = place[j]; i < row;) {
        const auto at = static_cast<std::size_t>(i);
        if (flag[at] == row)
          break;
        flag[at] = row;
        if (parent[at] < 0)
          parent[at] = row;
        column[at] += 1;
        entries += 1;
        i = parent[at];
      }
    if (entries > limit)
      return {};
  }
  Fill fill{entries, 0};
  for (const double c : column)
    fill.flops += c * c;
  return fill.flops <= flops ? std::optional(fill) : std::nullopt;
}

Order minimum_degree_order(const CsrStructure& W) {
  const auto n = static_cast<int>(W.rows);
  Sparse A(n, n);
  std::vector<Eigen::Triplet<double, int>> entries;
  entries.reserve(static_cast<std::size_t>(W.entries()));
  for (Index i = 0; i < W.rows; ++i)
    for (const Index j : W.row(i))
      entries.emplace_back(static_cast<int>(i), static_cast<int>(j), 1.0);
  A.setFromTriplets(entries.begin(), entries.end());
  Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, int> permutation;
  Eigen::AMDOrdering<int>{}(A, permutation);
  return {permutation.indices().begin(), permutation.indices().end()};
}

} // namespace

struct SparseFactor::State {
  CsrView<double> W;
  Order order;
  Fill fill;
  Sparse lower;              ///< of the permuted matrix, diagonal first in each column
  std::vector<Index> source; ///< entry of W for each entry of `lower`; -1 for an absent loop
  Eigen::SimplicialLDLT<Sparse, Eigen::Lower, Eigen::NaturalOrdering<int>> solver;

  State(const CsrView<double>& weights, Order by, Fill work)
      : W(weights), order(std::move(by)), fill(work) {
    require_memory("the sparse factorization", 32 * fill.entries);
    assemble();
    solver.analyzePattern(lower);
  }

  void assemble() {
    const auto n = order.size();
    std::vector<int> place(n);
    for (std::size_t k = 0; k < n; ++k)
      place[order[k]] = static_cast<int>(k);
    std::vector<int> starts(1, 0), rows;
    std::vector<std::pair<int, Index>> column;
    for (std::size_t k = 0; k < n; ++k) {
      const Index old = order[k];
      column.assign(1, {static_cast<int>(k), -1});
      for (Index e = W.offsets[old]; e < W.offsets[old + 1]; ++e) {
        const int row = place[W.columns[e]];
        if (row == static_cast<int>(k))
          column.front().second = e;
        else if (row > static_cast<int>(k))
          column.emplace_back(row, e);
      }
      std::sort(column.begin(), column.end());
      for (const auto& [row, e] : column) {
        rows.push_back(row);
        source.push_back(e);
      }
      starts.push_back(static_cast<int>(rows.size()));
    }
    const std::vector<double> zeros(rows.size(), 0);
    lower = Eigen::Map<const Sparse>(static_cast<int>(n), static_cast<int>(n),
                                     static_cast<int>(rows.size()), starts.data(), rows.data(),
                                     zeros.data());
  }
};

std::optional<EliminationOrder> elimination_order(const CsrStructure& W, double flops,
                                                  bool minimum_degree) {
  if (W.rows < 1 || W.entries() >= Index{1} << 30)
    return {};
  Order order = level_order(W);
  std::optional<Fill> fill = count(W, order, flops);
  if (minimum_degree && (!fill || fill->flops > cheap_flops)) {
    Order other = minimum_degree_order(W);
    const std::optional<Fill> less = count(W, other, fill ? fill->flops : flops);
    if (less) {
      order = std::move(other);
      fill = less;
    }
  }
  if (!fill)
    return {};
  return EliminationOrder{std::move(order), *fill};
}

std::optional<SparseFactor> SparseFactor::plan(const CsrView<double>& W, double flops,
                                               bool minimum_degree) {
  std::optional<EliminationOrder> found = elimination_order(W, flops, minimum_degree);
  if (!found)
    return {};
  return SparseFactor(std::make_unique<State>(W, std::move(found->order), found->fill));
}

SparseFactor::SparseFactor(std::unique_ptr<State> state) : state_(std::move(state)) {}
SparseFactor::SparseFactor(SparseFactor&&) noexcept = default;
SparseFactor& SparseFactor::operator=(SparseFactor&&) noexcept = default;
SparseFactor::~SparseFactor() = default;

const Fill& SparseFactor::fill() const {
  return state_->fill;
}

bool SparseFactor::factor(std::span<const double> shift, double scale) {
  State& s = *state_;
  double* values = s.lower.valuePtr();
  const int* starts = s.lower.outerIndexPtr();
  for (std::size_t k = 0; k < s.order.size(); ++k) {
    for (int at = starts[k]; at < starts[k + 1]; ++at) {
      const Index e = s.source[at];
      values[at] = e < 0 ? 0 : scale * s.W.value(e);
    }
    values[starts[k]] += shift[s.order[k]];
  }
  s.solver.factorize(s.lower);
  return s.solver.info() == Eigen::Success;
}

Index SparseFactor::negatives() const {
  return (state_->solver.vectorD().array() < 0).count();
}

double SparseFactor::error(std::span<const double> scaling) const {
  const State& s = *state_;
  const Sparse& L = s.solver.matrixL().nestedExpression(); // strictly lower, unit diagonal
  const Eigen::VectorXd D = s.solver.vectorD().cwiseAbs();
  const auto n = s.order.size();
  std::vector<double> size(D.begin(), D.end()); // (|L| |D| |L'|)_ii
  std::vector<double> row(n, 1), filled(n, 1);  // entries of L's rows, of rows of L + L'
  for (int j = 0; j < L.outerSize(); ++j)
    for (Sparse::InnerIterator entry(L, j); entry; ++entry) {
      const auto i = static_cast<std::size_t>(entry.row());
      size[i] += entry.value() * entry.value() * D[j];
      row[i] += 1;
      filled[i] += 1;
      filled[j] += 1;
    }
  double largest = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const double scale = scaling[s.order[k]];
    largest = std::max(largest, size[k] * scale * scale);
  }
  const double steps = *std::max_element(row.begin(), row.end()) + 3;
  return eps * steps * *std::max_element(filled.begin(), filled.end()) * largest;
}

void SparseFactor::solve(const double* x, double* y) const {
  const State& s = *state_;
  Eigen::VectorXd right(static_cast<Eigen::Index>(s.order.size()));
  for (std::size_t k = 0; k < s.order.size(); ++k)
    right[static_cast<Eigen::Index>(k)] = x[s.order[k]];
  const Eigen::VectorXd left = s.solver.solve(right);
  for (std::size_t k = 0; k < s.order.size(); ++k)
    y[s.order[k]] = left[static_cast<Eigen::Index>(k)];
}

} // namespace attnwalk::solvers
