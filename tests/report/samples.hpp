// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/workflow/input.hpp"

/// Results filled in by hand, as a solver might return them.
namespace attnwalk::report::samples {

inline workflow::Provenance provenance() {
  workflow::Provenance from;
  from.spec = "ring:w=3";
  from.queries = 64;
  from.keys = 64;
  from.entries = 448;
  from.seed = 7;
  from.threads = 2;
  from.version = "0.1.0";
  from.graphblas = "7.4.0";
  from.timings = {{"build", 0.00025}};
  return from;
}

inline pattern::Structure structure() {
  pattern::Structure s;
  s.rows = s.cols = 64;
  s.entries = 448;
  s.density = 448.0 / 4096;
  s.row_degree = s.column_degree = {7, 7, 7, 0};
  s.loops = 64;
  s.min_loop_weight = 1.0 / 7;
  s.symmetric = true;
  s.regular = 7;
  s.components = 1;
  s.largest_component = 64;
  s.strong_components = 1;
  s.closed_classes = {{0, 64, 1}};
  s.diameter_at_least = 11;
  s.diameter_at_most = 11;
  s.diameter_method = "exact: breadth-first search from every vertex";
  s.reach = {{1, 7.0 / 64, 7.0 / 64, 7.0 / 64}, {2, 13.0 / 64, 13.0 / 64, 13.0 / 64}};
  s.full_reach = 11;
  return s;
}

inline spectral::Gap certified() {
  spectral::Gap g;
  g.name = "lambda_2";
  g.value = 0.9808315265164675;
  g.lo = 0.98083152651;
  g.hi = 0.98083152652;
  g.gap = 0.0191684734835325;
  g.gap_lo = 0.01916847348;
  g.gap_hi = 0.01916847349;
  g.residual = 2e-15;
  g.method = "LAPACK";
  g.status = spectral::Status::certified;
  return g;
}

inline spectral::Gap refused() {
  spectral::Gap g;
  g.name = "chatterjee";
  g.reason = "two closed classes, of 3 & 4 tokens: <no> single limit";
  return g;
}

inline spectral::Gap one_sided() {
  spectral::Gap g;
  g.name = "dobrushin";
  g.lo = 0.75;
  g.gap_hi = 0.25;
  g.method = "sampled pairs of rows";
  g.status = spectral::Status::estimate;
  return g;
}

inline spectral::GapReport report() {
  spectral::GapReport r;
  r.kind = spectral::Kind::undirected;
  r.structure = structure();
  r.gaps = {certified(), refused(), one_sided()};
  r.stationary.pi = {0.25, 0.75};
  r.stationary.method = "degree";
  r.stationary.min = 0.25;
  r.stationary.max = 0.75;
  r.bounds = {{"cheeger_lo", 0.00958, "gap / 2", ""},   {"tv_max(1)", 1, "k products", ""},
              {"tv_mean(1)", 0.75, "k products", ""},   {"tv_max(2)", 0.5, "k products", ""},
              {"tv_mean(2)", 0.3125, "k products", ""}, {"kemeny", {}, "", "not asked for"}};
  r.sweep = spectral::SweepCut{0.09, 4, 0.02, {0, 1, 2, 9}};
  r.timings = {{"structure", 0.002}, {"dense", 0.5}, {"dense", 0.25}};
  return r;
}

} // namespace attnwalk::report::samples
