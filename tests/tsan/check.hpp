// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/sparse/csr.hpp"

/// What the passes under ThreadSanitizer share.
namespace attnwalk::races {

constexpr int team = 4;

/// Counts a result that depends on the number of threads, and names it.
void check(bool ok, const char* what);

/// Generators, block models, files, spectra, diffusion and attention: every parallel pass outside
/// the kernels.
/// @param A  square, with values
void compare_modules(const Csr<double>& A);

} // namespace attnwalk::races
