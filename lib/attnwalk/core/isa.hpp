// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace attnwalk {
inline namespace core {

/// Instruction sets that the kernels are compiled for; later ones include the earlier.
enum class Isa {
  baseline, ///< the compiler's default (x86-64: SSE2)
  avx2,     ///< AVX2 and FMA
  avx512,   ///< AVX-512 F, DQ, BW and VL
};

[[nodiscard]] std::string_view to_string(Isa isa);
/// @throws Error{domain} listing the names
[[nodiscard]] Isa parse_isa(std::string_view name);

/// The widest set that both this machine and this build offer.
[[nodiscard]] Isa best_isa();
/// The set in use: best_isa() unless `choose_isa` said otherwise.
[[nodiscard]] Isa isa();
/// Chooses the set for all kernels of the process. @throws Error{domain} if the machine lacks it
void choose_isa(Isa wanted);

} // namespace core
} // namespace attnwalk
