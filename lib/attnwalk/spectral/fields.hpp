// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/fields.hpp"
#include "attnwalk/spectral/gap.hpp"
#include "attnwalk/structure/fields.hpp"

/// Gap reports as named fields: see core/fields.hpp.
namespace attnwalk::spectral {

template <class Visitor>
void fields(const Gap& g, Visitor& v) {
  v("value", g.value);
  v("lo", g.lo);
  v("hi", g.hi);
  v("gap", g.gap);
  v("gap_lo", g.gap_lo);
  v("gap_hi", g.gap_hi);
  v("method", g.method);
  v("status", g.status);
  v("residual", g.residual);
  v("confidence", g.confidence);
  v("reason", g.reason);
}

template <class Visitor>
void fields(const Bound& b, Visitor& v) {
  v("value", b.value);
  v("method", b.method);
  v("reason", b.reason);
}

template <class Visitor>
void fields(const Stationary& s, Visitor& v) {
  const bool known = !s.method.empty();
  v("method", s.method);
  v("residual", known_if(known, s.residual));
  v("error_bound", s.error_bound);
  v("min", known_if(known, s.min));
  v("max", known_if(known, s.max));
  v("tv_uniform", known_if(known, s.tv_uniform));
  v("reversibility_defect", known_if(known, s.reversibility_defect));
  v("status", s.status);
  v.bulk("pi", known_if(!s.pi.empty(), s.pi));
}

template <class Visitor>
void fields(const SweepCut& cut, Visitor& v) {
  v("conductance", cut.conductance);
  v("size", cut.size);
  v("rayleigh", cut.rayleigh);
  v("set", known_if(!cut.set.empty(), cut.set));
}

template <class Visitor>
void fields(const SpectrumPoint& p, Visitor& v) {
  v("real", p.real);
  v("imag", p.imag);
  v("density", p.density);
}

template <class Visitor>
void fields(const Spectrum& s, Visitor& v) {
  v("method", s.method);
  v("reason", s.reason);
  v("points", s.points);
}

template <class Visitor>
void fields(const GapReport& r, Visitor& v) {
  const Spectrum& s = r.spectrum;
  v("kind", r.kind);
  v("structure", r.structure);
  v("empty_rows_looped", r.empty_rows_looped);
  v("gaps", ByName(r.gaps));
  v("multiplicity_at_least", r.multiplicity_at_least);
  v("stationary", r.stationary);
  v("sweep", r.sweep);
  v("bounds", ByName(r.bounds));
  v("spectrum", known_if(!s.points.empty() || !s.method.empty() || !s.reason.empty(), s));
}

} // namespace attnwalk::spectral
