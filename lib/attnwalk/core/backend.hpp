// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/names.hpp"

#include <array>

namespace attnwalk {
inline namespace core {

/// Who computes: the fused kernels, or the GraphBLAS program that specifies them.
enum class Backend { fused, graphblas };
constexpr auto names_of(Backend) {
  return std::to_array<Name<Backend>>(
      {{Backend::fused, "fused"}, {Backend::graphblas, "graphblas"}});
}

} // namespace core
} // namespace attnwalk
