// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

namespace attnwalk::kernels {

/// x'y, summed in 256 fixed chunks: the same bits for every thread count. @cost O(n)
[[nodiscard]] double dot(Index n, const double* x, const double* y, int threads = 1);

/// y = a x. @cost O(n)
void scaled(Index n, double a, const double* x, double* y, int threads = 1);

/// y += a x. @cost O(n)
void axpy(Index n, double a, const double* x, double* y, int threads = 1);

/// y = a x + b y + c z; z may be null if c = 0. @cost O(n)
void combine(Index n, double a, const double* x, double b, double* y, double c, const double* z,
             int threads = 1);

} // namespace attnwalk::kernels
