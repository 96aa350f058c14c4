// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/structure/structure.hpp"

#include "attnwalk/core/error.hpp"
#include "attnwalk/core/memory.hpp"
#include "attnwalk/core/threads.hpp"
#include "attnwalk/sparse/symmetry.hpp"
#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/sparse/validate.hpp"
#include "attnwalk/structure/graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace attnwalk::pattern {
namespace {

void check_options(const StructureOptions& how) {
  require(how.hops >= 0, Code::domain, "hops = ", how.hops, " must be 0 or more");
  require(how.exact_below >= 0, Code::domain, "exact_below = ", how.exact_below,
          " must be 0 or more");
  require(how.sources >= 1, Code::domain, "sources = ", how.sources, " must be 1 or more");
  require(how.confidence > 0 && how.confidence < 1, Code::domain, "confidence = ", how.confidence,
          " must be between 0 and 1");
}

/// Sums that leave the range of normal doubles would void every quotient made from them.
void check_sums(const std::vector<double>& row_sum) {
  double total = 0;
  for (std::size_t i = 0; i < row_sum.size(); ++i) {
    require(row_sum[i] == 0 || row_sum[i] >= std::numeric_limits<double>::min(), Code::domain,
            "row ", i, " sums to ", row_sum[i], ", below the smallest normal number ",
            std::numeric_limits<double>::min(), "; scale the weights");
    total += row_sum[i];
  }
  require(std::isfinite(total), Code::domain, "the weights sum to ", total,
          " where the largest number is ", std::numeric_limits<double>::max(),
          "; scale the weights");
}

/// Degrees and sums of rows, degrees of columns, and four numbers a vertex for the components: one
/// row may have more columns than there is memory for.
void require_room(Index rows, Index cols) {
  const auto r = static_cast<double>(rows);
  const auto c = static_cast<double>(cols);
  require_memory("the structure report", 8 * (2 * r + c) + 32 * (rows == cols ? r : r + c));
}

Degrees summary(const std::vector<Index>& degree) {
  Degrees result;
  if (degree.empty())
    return result;
  const auto [min, max] = std::minmax_element(degree.begin(), degree.end());
  result.min = *min;
  result.max = *max;
  const auto n = static_cast<double>(degree.size());
  const Index sum = std::accumulate(degree.begin(), degree.end(), Index{0});
  result.mean = static_cast<double>(sum) / n;
  double squares = 0;
  for (const Index d : degree)
    squares += (static_cast<double>(d) - result.mean) * (static_cast<double>(d) - result.mean);
  result.sd = std::sqrt(squares / n);
  return result;
}

std::vector<Index> row_degrees(const CsrView<double>& A) {
  std::vector<Index> degree(static_cast<std::size_t>(A.rows));
  for (Index i = 0; i < A.rows; ++i)
    degree[i] = A.degree(i);
  return degree;
}

std::vector<Index> column_degrees(const CsrView<double>& A) {
  std::vector<Index> degree(static_cast<std::size_t>(A.cols), 0);
  for (Index e = 0; e < A.entries(); ++e)
    ++degree[A.columns[e]];
  return degree;
}

/// The sum of each row; the degree where every entry is 1.
std::vector<double> row_sums(const CsrView<double>& A, int team) {
  std::vector<double> sum(static_cast<std::size_t>(A.rows));
#pragma omp parallel for num_threads(team) schedule(dynamic, 512)
  for (Index i = 0; i < A.rows; ++i) {
    double total = 0;
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e)
      total += A.value(e);
    sum[i] = total;
  }
  return sum;
}

/// Loops, their smallest weight, and whether nothing lies above the (key-aligned) diagonal.
void fill_diagonal(const CsrView<double>& A, const std::vector<double>& sum, Structure& s) {
  const Index shift = A.cols - A.rows;
  s.causal = true;
  s.min_loop_weight = std::numeric_limits<double>::infinity();
  for (Index i = 0; i < A.rows; ++i) {
    const auto row = A.row(i);
    s.causal = s.causal && (row.empty() || row.back() <= i + shift);
    const auto place = std::lower_bound(row.begin(), row.end(), i);
    const bool loop = place != row.end() && *place == i;
    s.loops += loop ? 1 : 0;
    const double weight = loop ? A.value(&*place - A.columns) / sum[i] : 0;
    s.min_loop_weight = std::min(s.min_loop_weight, weight);
  }
  if (A.rows == 0)
    s.min_loop_weight = 0;
}

/// sum_j min_i A_ij: only columns that every row stores count.
double doeblin(const CsrView<double>& A, const std::vector<double>& sum,
               const std::vector<Index>& column_degree) {
  std::vector<double> least(column_degree.size(), 0);
  bool any = false;
  for (std::size_t j = 0; j < least.size(); ++j) {
    if (column_degree[j] == A.rows && A.rows > 0) {
      least[j] = std::numeric_limits<double>::infinity();
      any = true;
    }
  }
  if (!any)
    return 0;
  for (Index i = 0; i < A.rows; ++i) {
    for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
      double& least_here = least[A.columns[e]];
      if (least_here > 0)
        least_here = std::min(least_here, A.value(e) / sum[i]);
    }
  }
  return std::min(1.0, std::accumulate(least.begin(), least.end(), 0.0));
}

/// Least common multiple, or the largest Index where it would be beyond.
Index common_period(const std::vector<ClosedClass>& classes) {
  Index period = 1;
  for (const ClosedClass& closed : classes) {
    const Index factor = std::max<Index>(1, closed.period / std::gcd(period, closed.period));
    if (period > std::numeric_limits<Index>::max() / factor)
      return std::numeric_limits<Index>::max();
    period *= factor;
  }
  return period;
}

/// The vertex of highest degree in the largest component, the first of them.
Index hub(const CsrView<double>& A, const Parity& parts) {
  const auto largest =
      std::max_element(parts.sizes.begin(), parts.sizes.end()) - parts.sizes.begin();
  Index best = -1;
  for (Index v = 0; v < A.rows; ++v)
    if (parts.components.of[v] == largest && (best < 0 || A.degree(v) > A.degree(best)))
      best = v;
  return best;
}

void fill_rectangular(const StructureOptions& how, Structure& s) {
  s.diameter_method = "none: walks of several hops need a square matrix";
  s.reach_sources = s.rows;
  if (how.hops > 0)
    s.reach.push_back({1, s.density, s.density, s.density});
  if (s.entries == s.rows * s.cols && s.entries > 0) {
    s.full_reach = s.full_reach_at_most = 1;
    s.full_reach_at_least = 1;
  } else {
    s.full_reach_status = s.rows == 0 || s.cols == 0
                              ? "undefined: there are no pairs"
                              : "never: a rectangular matrix has walks of one hop only";
  }
}

void fill_square(const CsrView<double>& A, const Parity& parts, const StructureOptions& how,
                 int team, Structure& s) {
  if (s.rows == 0) {
    s.diameter_at_most = 0;
    s.diameter_method = "exact: there are no vertices";
    s.full_reach_status = "undefined: there are no pairs";
    return;
  }
  poll(how.monitor, "strong components");
  // Without directions strong components are components, and no edge leaves any of them.
  const Labels strong = s.symmetric ? parts.components : strong_components(A);
  s.strong_components = strong.count;
  s.closed_classes = closed_classes(A, strong);
  s.transient = s.rows;
  for (const ClosedClass& closed : s.closed_classes)
    s.transient -= closed.size;
  s.period = common_period(s.closed_classes);

  poll(how.monitor, "transpose");
  const Csr<double> transposed =
      s.symmetric ? Csr<double>{} : sparse::transposed_structure(A, team);
  fill_reach({A, s.symmetric ? A : transposed.view()}, hub(A, parts), how, s);
}

} // namespace

Structure structure(const CsrView<double>& A, const StructureOptions& how) {
  check_options(how);
  validate_weights(A);
  require_room(A.rows, A.cols);
  const int team = threads(how.threads);
  poll(how.monitor, "degrees");
  const Edges edges(A);
  const CsrView<double>& G = edges.view();

  Structure s;
  s.rows = G.rows;
  s.cols = G.cols;
  s.entries = G.entries();
  if (s.rows > 0 && s.cols > 0)
    s.density =
        static_cast<double>(s.entries) / static_cast<double>(s.rows) / static_cast<double>(s.cols);
  const std::vector<Index> rows = row_degrees(G);
  const std::vector<Index> columns = column_degrees(G);
  s.row_degree = summary(rows);
  s.column_degree = summary(columns);
  s.empty_rows = std::count(rows.begin(), rows.end(), Index{0});
  s.empty_columns = std::count(columns.begin(), columns.end(), Index{0});
  const std::vector<double> sum = row_sums(G, team);
  check_sums(sum);
  fill_diagonal(G, sum, s);
  s.doeblin = doeblin(G, sum, columns);
  s.symmetric = equals_transpose(G, team);
  const bool square = G.rows == G.cols;
  if (square && s.rows > 0 && s.row_degree.min == s.row_degree.max &&
      s.column_degree.min == s.column_degree.max)
    s.regular = s.row_degree.min;

  poll(how.monitor, "components");
  const Parity parts = parity_components(G);
  s.components = parts.components.count;
  s.bipartite_components = parts.bipartite;
  if (!parts.sizes.empty())
    s.largest_component = *std::max_element(parts.sizes.begin(), parts.sizes.end());
  if (square)
    fill_square(G, parts, how, team, s);
  else
    fill_rectangular(how, s);
  return s;
}

} // namespace attnwalk::pattern
