// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/fields.hpp"
#include "attnwalk/exports/cost.hpp"

/// Costs as named fields: see core/fields.hpp.
namespace attnwalk::exports {

template <class Visitor>
void fields(const BlockSize& size, Visitor& v) {
  v("queries", size.queries);
  v("keys", size.keys);
}

template <class Visitor>
void fields(const Cost& c, Visitor& v) {
  v("entries", c.entries);
  v("blocks", c.blocks);
  v("full_blocks", c.full_blocks);
  v("partial_blocks", c.partial_blocks);
  v("most_blocks", c.most_blocks);
  v("pairs", c.pairs);
  v("inflation", c.inflation);
  v("block_density", c.block_density);
  v("bandwidth", c.bandwidth);
}

} // namespace attnwalk::exports
