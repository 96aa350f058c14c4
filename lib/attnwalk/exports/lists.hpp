// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"
#include "attnwalk/core/index.hpp"
#include "attnwalk/sparse/csr.hpp"

#include <cstdint>
#include <optional>

namespace attnwalk::exports {

/// The keys of each query as lists of one length, as token-sparse kernels read them.
struct IndexLists {
  Index rows = 0;
  Index width = 0;
  Buffer<std::int32_t> keys; ///< rows x width: keys ascending, then -1
};

/// @param A      rows x cols
/// @param width  of the lists; the largest degree if left out
/// @throws Error{domain} naming the first query with more keys than `width`, or for 2^31 keys and
///         more; Error{shape, index, domain} as sparse::validate; Error{memory}
/// @cost   O(rows width)
[[nodiscard]] IndexLists index_lists(const CsrStructure& A, std::optional<Index> width = {},
                                     int threads = 0);

} // namespace attnwalk::exports
