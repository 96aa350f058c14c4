// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/exports/fields.hpp"
#include "attnwalk/pattern/fields.hpp"
#include "attnwalk/sbm/fields.hpp"
#include "attnwalk/spectral/fields.hpp"
#include "attnwalk/theory/fields.hpp"
#include "attnwalk/workflow/attend.hpp"
#include "attnwalk/workflow/block_model.hpp"
#include "attnwalk/workflow/compare.hpp"
#include "attnwalk/workflow/diffuse.hpp"
#include "attnwalk/workflow/export.hpp"
#include "attnwalk/workflow/propagate.hpp"
#include "attnwalk/workflow/sample.hpp"

#include <array>

namespace attnwalk::diffusion {

template <class Visitor>
void fields(const Growth& g, Visitor& v) {
  v("hop", g.hop);
  v("entries", g.entries);
  v("forecast_bytes", g.forecast_bytes);
}

} // namespace attnwalk::diffusion

/// Results of verbs as named fields: see core/fields.hpp.
namespace attnwalk::workflow {

template <class Visitor>
void fields(const Provenance& p, Visitor& v) {
  const bool head = p.source == Source::head;
  v("source", p.source);
  v("spec", p.spec);
  v("file", p.file);
  v("layer", known_if(head, p.layer));
  v("head", known_if(head, p.head));
  v("scale", known_if(head, p.scale));
  v("mask", p.mask);
  v("queries", p.queries);
  v("keys", p.keys);
  v("entries", p.entries);
  v("weighted", p.weighted);
  v("seed", p.seed);
  v("threads", p.threads);
  v("versions", Group{[&](auto& w) {
      w("attnwalk", p.version);
      w("graphblas", p.graphblas);
    }});
  v("certificate", known_if(p.certificate.certified, p.certificate));
}

template <class Visitor>
void fields(const RowWeights& w, Visitor& v) {
  v("min", w.min);
  v("max", w.max);
  v("row_sum_error", w.row_sum_error);
  v("row_sum_min", w.row_sum_min);
  v("row_sum_max", w.row_sum_max);
  v("entropy", w.entropy);
  v("effective_keys", w.effective_keys);
}

template <class Visitor>
void fields(const Summary& s, Visitor& v) {
  v("rows", s.rows);
  v("cols", s.cols);
  v("entries", s.entries);
  v("density", s.density);
  v("row_degree", s.row_degree);
  v("empty_rows", s.empty_rows);
  v("loops", s.loops);
  v("weights", s.weights);
}

template <class Visitor>
void fields(const Overlap& o, Visitor& v) {
  v("common", o.common);
  v("only_a", o.only_a);
  v("only_b", o.only_b);
  v("jaccard", o.jaccard);
  v("tv_mean", o.tv_mean);
  v("tv_max", o.tv_max);
  v("tv_max_row", o.tv_max_row);
  v("frobenius", o.frobenius);
}

template <class Visitor>
void fields(const Found& f, Visitor& v) {
  v("key", f.key);
  v("value", f.value);
  v("entries", f.entries);
}

template <class Visitor>
void fields(const DenseSummary& x, Visitor& v) {
  v("shape", std::array{x.shape.batch, x.shape.heads, x.shape.tokens, x.shape.width});
  v("largest", x.largest);
  v("frobenius", x.frobenius);
  v("spread", x.spread);
  v("checksum", x.checksum);
}

template <class Visitor>
void fields(const AttendResult& r, Visitor& v) {
  v("precision", r.precision);
  v("backend", r.how.backend);
  v("scale", r.how.scale);
  v("dropout", r.how.dropout);
  v("importance", r.importance);
  v("q", r.q);
  v("k", r.k);
  v("v", r.v);
  v("z", r.z);
  const Group lse{[&](auto& w) {
    w("min", r.lse_min);
    w("max", r.lse_max);
  }};
  v("lse", known_if(r.how.lse, lse));
}

template <class Visitor>
void fields(const DiffuseResult& r, Visitor& v) {
  v("method", r.how.method);
  v("alpha", r.how.alpha);
  v("time", known_if(r.how.method == diffusion::Method::heat, r.how.time));
  v("tolerance", r.how.tolerance);
  v("backend", r.how.backend);
  v("values", r.values);
  v("hops", r.out.hops);
  v("bound", r.out.bound);
  v("missing_mass", r.out.missing_mass);
  v("converged", r.out.converged);
  v("steps", r.out.steps);
  v("v", r.v);
  v("z", r.z);
}

template <class Visitor>
void fields(const OrderedCost& c, Visitor& v) {
  v("order", c.order);
  fields(c.cost, v);
}

template <class Visitor>
void fields(const ExportResult& r, Visitor& v) {
  v("form", r.form);
  v("block", r.block);
  v("order", r.order);
  v("costs", r.costs);
}

template <class Visitor>
void fields(const PropagateResult& r, Visitor& v) {
  v("what", r.what);
  v("semiring", r.how.semiring);
  v("hops", r.how.hops);
  v("accumulate", r.how.accumulate);
  v("growth", r.growth);
  v("rows", r.X.rows);
  v("cols", r.X.cols);
  v("entries", static_cast<Index>(r.X.columns.size()));
  v("min", r.min);
  v("max", r.max);
  v("sum", r.sum);
  v("remarks", r.remarks);
}

template <class Visitor>
void fields(const ModelReport& r, Visitor& v) {
  v("queries", r.queries);
  v("keys", r.keys);
  v("query_clusters", r.query_clusters);
  v("key_clusters", r.key_clusters);
  v("delta", r.delta);
  v("loops", r.loops);
  v("entries", r.entries);
  v("density", r.density);
  v("row_degree", r.row_degree);
  v("rate_bound", r.rate_bound);
  v("half_squared_rates", r.half_squared_rates);
  v("poisson_empty_rows", r.poisson_empty_rows);
  v("asked_degree", r.asked_degree);
  v("slem", known_if(r.queries == r.keys && r.spectrum.known, r.spectrum.slem()));
  v("sigma_2", r.spectrum.sigma_2());
  v("singular", r.spectrum.singular);
  v("normalized", r.spectrum.normalized);
  v("signal", r.detectability.signal);
  v("visible", r.detectability.visible);
  v("sampled_slem", r.sampled.slem);
  v("sampled_sigma_2", r.sampled.sigma_2);
  v("sampled_walk_sigma_2", r.sampled.walk_sigma_2);
}

template <class Visitor>
void fields(const TestedFit& t, Visitor& v) {
  v("tested", t.tested);
  v("draws", t.fit.draws);
  v("entries", t.fit.entries);
  v("expected", t.fit.expected);
  v("impossible", t.fit.impossible);
  v("p_value", t.fit.p_value);
  v("level", t.level);
  v("accepted", t.accepted());
  v("tests", t.fit.tests);
}

} // namespace attnwalk::workflow
