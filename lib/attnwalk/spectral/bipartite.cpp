// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/spectral/bipartite.hpp"

#include "attnwalk/sparse/transpose.hpp"
#include "attnwalk/spectral/make_gap.hpp"
#include "attnwalk/spectral/undirected.hpp"

#include <algorithm>
#include <numeric>

namespace attnwalk::spectral {

namespace {

/// [0 B; B' 0] without the vertices that have no entries.
struct Joined {
  Csr<double> graph;
  Index queries = 0;
  Index keys = 0;
};

Joined join(const CsrView<double>& B) {
  Joined out;
  const Csr<double> turned = transposed(B);
  std::vector<Index> query(B.rows), key(B.cols);
  for (Index i = 0; i < B.rows; ++i)
    query[i] = B.degree(i) > 0 ? out.queries++ : -1;
  for (Index j = 0; j < B.cols; ++j)
    key[j] = turned.view().degree(j) > 0 ? out.keys++ : -1;
  Csr<double>& G = out.graph;
  G.rows = G.cols = out.queries + out.keys;
  const auto append = [&G](const CsrView<double>& A, const std::vector<Index>& number,
                           Index first) {
    for (Index i = 0; i < A.rows; ++i) {
      if (A.degree(i) == 0)
        continue;
      for (Index e = A.offsets[i]; e < A.offsets[i + 1]; ++e) {
        G.columns.push_back(first + number[A.columns[e]]);
        if (A.values != nullptr)
          G.values.push_back(A.values[e]);
      }
      G.offsets.push_back(static_cast<Index>(G.columns.size()));
    }
  };
  append(B, key, out.queries);
  append(turned.view(), query, 0);
  return out;
}

} // namespace

GapReport gap_bipartite(const CsrView<double>& B, const pattern::Structure& structure,
                        const GapOptions& how) {
  const Joined joined = join(B);
  GapReport report;
  report.kind = Kind::bipartite;
  const std::string name = "sigma_2_bipartite";
  if (std::min(joined.queries, joined.keys) < 2) {
    report.gaps.push_back(
        refusal(name, message("only ", joined.queries, " queries and ", joined.keys,
                              " keys have entries: there is no second singular value")));
    return report;
  }
  pattern::Structure graph;
  graph.rows = graph.cols = joined.graph.rows;
  graph.entries = joined.graph.view().entries();
  const pattern::Labels labels = pattern::components(joined.graph.view());
  graph.components = graph.bipartite_components = labels.count;
  const Index first = joined.graph.view().degree(0);
  const auto same = [&](Index i) { return joined.graph.view().degree(i) == first; };
  bool regular = true;
  for (Index i = 0; i < graph.rows && regular; ++i)
    regular = same(i);
  if (regular)
    graph.regular = first;

  GapReport whole = gap_undirected(joined.graph.view(), graph, how);
  Gap second = whole.gaps.front();
  second.name = name;
  const Index idle = structure.rows + structure.cols - graph.rows;
  if (idle > 0)
    second.reason = message(idle, " queries and keys without entries are left out",
                            second.reason.empty() ? "" : "; ", second.reason);
  const auto two_step = [](const std::optional<double>& g) {
    return g ? std::optional(*g * (2 - *g)) : std::nullopt;
  };
  report.bounds.push_back({"two_step_gap", two_step(second.gap), second.method, ""});
  report.bounds.push_back({"two_step_gap_lo", two_step(second.gap_lo), second.method, ""});
  report.bounds.push_back({"two_step_gap_hi", two_step(second.gap_hi), second.method, ""});
  for (Bound& bound : whole.bounds)
    if (bound.name.starts_with("cheeger") || bound.name == "ramanujan")
      report.bounds.push_back(std::move(bound));
  report.gaps.push_back(std::move(second));
  report.multiplicity_at_least = whole.multiplicity_at_least;
  report.sweep = std::move(whole.sweep);
  report.spectrum = std::move(whole.spectrum);
  report.timings = std::move(whole.timings);
  return report;
}

} // namespace attnwalk::spectral
