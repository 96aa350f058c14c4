// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

#include <string_view>

namespace attnwalk {
inline namespace core {

/// Bytes that this process could still take: the machine's available memory, or what its control
/// group leaves of its limit where that is less.
[[nodiscard]] double available_memory();

/// Refuses before an allocation that would not fit. `bytes` is a double so that the prediction of
/// an absurd size does not overflow.
///
/// @throws Error{memory} naming `what`, the predicted bytes and the bytes available
void require_memory(std::string_view what, double bytes);

/// Scales `bytes` in place to the largest unit that keeps it >= 1 and names that unit: 1.5, "GiB".
[[nodiscard]] std::string_view byte_unit(double& bytes);

} // namespace core
} // namespace attnwalk
