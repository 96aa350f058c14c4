// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace attnwalk {
inline namespace core {

/// Row, column and entry numbers: 64-bit and signed, the width of GraphBLAS's indices and the type
/// of SciPy's and Eigen's.
using Index = std::int64_t;

} // namespace core
} // namespace attnwalk
