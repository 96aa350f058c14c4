// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace attnwalk::tools {

/// The integer that a text writes as digits, with a power of ten (1e4), or with k, M, G (thousands)
/// or Ki, Mi, Gi (1024s) behind it, as 10k, 1.5k and 4Ki; absent where it is none, negative, or
/// beyond 2^64.
[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text);

} // namespace attnwalk::tools
