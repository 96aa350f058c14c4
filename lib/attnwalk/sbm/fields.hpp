// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/fields.hpp"
#include "attnwalk/sbm/goodness_of_fit.hpp"
#include "attnwalk/sbm/sample.hpp"

/// Costs and tests of samplers as named fields: see core/fields.hpp.
namespace attnwalk::sbm {

template <class Visitor>
void fields(const Cost& c, Visitor& v) {
  v("sparse_ns", c.sparse_ns);
  v("tiled_ns", c.tiled_ns);
  v("entries", c.entries);
  v("proposals", c.proposals);
  v("bytes", c.bytes);
}

template <class Visitor>
void fields(const FitTest& t, Visitor& v) {
  v("name", t.name);
  v("statistic", t.statistic);
  v("freedom", t.freedom);
  v("p_value", t.p_value);
}

} // namespace attnwalk::sbm
