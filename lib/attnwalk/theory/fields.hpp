// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/fields.hpp"
#include "attnwalk/theory/universality.hpp"

/// The conditions of universality as named fields: see core/fields.hpp.
namespace attnwalk::theory {

template <class Visitor>
void fields(const Universality& u, Visitor& v) {
  v("holds", u.holds());
  v("loops", Group{[&](auto& w) {
      w("verdict", u.loops);
      w("missing", u.missing_loops);
    }});
  v("path", Group{[&](auto& w) {
      w("verdict", u.path);
      w("method", u.path_method);
      w("order", u.order);
    }});
  v("reach", Group{[&](auto& w) {
      w("verdict", u.reach);
      w("s", u.s);
      w("method", u.reach_method);
    }});
}

template <class Visitor>
void fields(const Share& s, Visitor& v) {
  v("value", s.value);
  v("lo", s.lo);
  v("hi", s.hi);
}

template <class Visitor>
void fields(const UniversalityOdds& odds, Visitor& v) {
  v("draws", odds.draws);
  v("log_loops", odds.log_loops);
  v("loops", odds.loops);
  v("path", odds.path);
  v("reach", odds.reach);
  v("mean_s", odds.mean_s);
}

} // namespace attnwalk::theory
