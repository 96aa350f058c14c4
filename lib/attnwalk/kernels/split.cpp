// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/split.hpp"

#include <algorithm>

namespace attnwalk::kernels {

Split split_rows(Index rows, const Index* offsets, Index entries) {
  Split out;
  Index i = 0;
  while (i < rows) {
    const Index begin = offsets[i];
    const Index degree = offsets[i + 1] - begin;
    if (degree > entries) {
      const Index parts = (degree + entries - 1) / entries;
      out.split_rows.push_back({i, out.partials, parts});
      for (Index p = 0; p < parts; ++p)
        out.chunks.push_back(
            {.row = i,
             .row_end = i + 1,
             .begin = begin + degree / parts * p + std::min(p, degree % parts),
             .end = begin + degree / parts * (p + 1) + std::min(p + 1, degree % parts),
             .partial = out.partials++});
      ++i;
      continue;
    }
    Index last = i + 1;
    while (last < rows && offsets[last + 1] - begin + (last + 1 - i) <= entries)
      ++last;
    out.chunks.push_back({.row = i, .row_end = last, .begin = begin, .end = offsets[last]});
    i = last;
  }
  return out;
}

} // namespace attnwalk::kernels
