// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace attnwalk {
inline namespace core {

/// The number of threads to use: `requested` if positive, else OpenMP's own choice
/// (OMP_NUM_THREADS, else all cores). 1 in a build without OpenMP. @throws Error{domain} if
/// requested is negative
[[nodiscard]] int threads(int requested = 0);

} // namespace core
} // namespace attnwalk
