// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace attnwalk::sparse {

/// Neumaier's compensated sum: the error does not grow with the number of terms.
[[nodiscard]] double compensated_sum(std::span<const double> x);

} // namespace attnwalk::sparse
