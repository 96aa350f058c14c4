// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/names.hpp"

#include <array>
#include <string_view>

namespace attnwalk {
inline namespace core {

/// Who computes: the fused kernels, or the GraphBLAS program that specifies them.
enum class Backend { fused, graphblas };
[[nodiscard]] constexpr auto names_of(Backend /*which*/) {
  return std::to_array<Name<Backend>>(
      {{Backend::fused, "fused"}, {Backend::graphblas, "graphblas"}});
}
[[nodiscard]] constexpr std::string_view to_string(Backend x) {
  return name_of(x);
}

} // namespace core
} // namespace attnwalk
