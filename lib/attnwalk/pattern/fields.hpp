// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/fields.hpp"
#include "attnwalk/pattern/certificate.hpp"

namespace attnwalk::pattern {

/// What is proved of a pattern, as named fields: see core/fields.hpp.
template <class Visitor>
void fields(const Certificate& c, Visitor& v) {
  v("lambda_hi", c.lambda_hi);
  v("lambda_target", c.lambda_target);
  v("method", c.method);
  v("draws", c.draws);
}

} // namespace attnwalk::pattern
