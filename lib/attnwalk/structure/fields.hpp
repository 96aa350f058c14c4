// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/fields.hpp"
#include "attnwalk/structure/structure.hpp"

#include <algorithm>
#include <vector>

/// The structure report as named fields: see core/fields.hpp.
namespace attnwalk::pattern {

template <class Visitor>
void fields(const ClosedClass& c, Visitor& v) {
  v("label", c.label);
  v("size", c.size);
  v("period", c.period);
}

template <class Visitor>
void fields(const Degrees& d, Visitor& v) {
  v("min", d.min);
  v("max", d.max);
  v("mean", d.mean);
  v("sd", d.sd);
}

template <class Visitor>
void fields(const Reach& r, Visitor& v) {
  v("hops", r.hops);
  v("fraction", r.fraction);
  v("lo", r.lo);
  v("hi", r.hi);
}

/// The largest of the closed classes, at most 64: a causal pattern has one for each isolated token,
/// and a list of a million helps nobody.
[[nodiscard]] inline std::vector<ClosedClass> largest_classes(std::vector<ClosedClass> classes) {
  const std::size_t most = 64;
  std::stable_sort(classes.begin(), classes.end(),
                   [](const auto& a, const auto& b) { return a.size > b.size; });
  classes.resize(std::min(classes.size(), most));
  return classes;
}

template <class Visitor>
void fields(const Structure& s, Visitor& v) {
  v("rows", s.rows);
  v("cols", s.cols);
  v("entries", s.entries);
  v("density", s.density);
  v("row_degree", s.row_degree);
  v("column_degree", s.column_degree);
  v("empty_rows", s.empty_rows);
  v("empty_columns", s.empty_columns);
  v("loops", s.loops);
  v("min_loop_weight", s.min_loop_weight);
  v("symmetric", s.symmetric);
  v("causal", s.causal);
  v("regular", s.regular);
  v("components", s.components);
  v("largest_component", s.largest_component);
  v("bipartite_components", s.bipartite_components);
  v("strong_components", s.strong_components);
  v("closed_class_count", s.closed_classes.size());
  v("closed_classes", largest_classes(s.closed_classes));
  v("transient", s.transient);
  v("period", s.period);
  v("diameter_at_least", s.diameter_at_least);
  v("diameter_at_most", s.diameter_at_most);
  v("diameter_method", s.diameter_method);
  v("doeblin", s.doeblin);
  v("reach", s.reach);
  v("reach_exact", s.reach_exact);
  v("full_reach", s.full_reach);
  v("full_reach_status", s.full_reach_status);
}

} // namespace attnwalk::pattern
