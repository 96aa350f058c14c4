// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

/// The little number theory that generators need; exact for all 63-bit arguments.
namespace attnwalk::pattern {

/// a b mod m without overflow; 0 <= a, b and m >= 1.
[[nodiscard]] Index product_mod(Index a, Index b, Index m);

/// a^e mod m; 0 <= a, e and m >= 1.
[[nodiscard]] Index power_mod(Index a, Index e, Index m);

/// floor(sqrt(2^63 - 1)): the largest Index whose square is one.
inline constexpr Index floor_sqrt_limit = 3037000499;

/// The largest r with r^2 <= n; n >= 0.
[[nodiscard]] Index floor_sqrt(Index n);

/// Whether n is a prime number (Miller-Rabin with the first twelve primes, a proof below 2^64).
/// @see [sorenson2017]
[[nodiscard]] bool is_prime(Index n);

/// Whether n is a prime and 1 mod 4: what Paley and Lubotzky-Phillips-Sarnak graphs are made of.
[[nodiscard]] bool is_pythagorean_prime(Index n);

/// The prime that is 1 mod 4 and closest to n, the smaller of two equally close.
[[nodiscard]] Index nearest_pythagorean_prime(Index n);

/// Whichever of `below` and `above` is closer to n; `below` where both are equally close or `above`
/// does not exist (is < n), `above` where `below` does not exist (is < 0).
[[nodiscard]] Index nearest_to(Index n, Index below, Index above);

} // namespace attnwalk::pattern
