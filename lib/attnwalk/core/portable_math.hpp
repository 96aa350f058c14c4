// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Elementary functions from +, -, * and / alone, for decisions of random draws: the same bits on every
/// machine, which libm does not promise.
namespace attnwalk {
inline namespace core {

/// e^{-x} for x >= 0, to a few ulp; 0 beyond the range of a double.
[[nodiscard]] double exp_of_minus(double x);
/// 1 - e^{-x} for x >= 0, without cancellation.
[[nodiscard]] double one_minus_exp(double x);
/// -ln(1 - p) for p in [0, 1/2], without cancellation.
[[nodiscard]] double rate_of(double p);
/// ln k! for k >= 0.
[[nodiscard]] double log_factorial(double k);

} // namespace core
} // namespace attnwalk
