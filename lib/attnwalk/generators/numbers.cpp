// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/generators/numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace attnwalk::pattern {
namespace {

__extension__ using Wide = unsigned __int128;

// Whether n = 2^twos odd + 1 passes for a prime to the base a.
bool strong_probable_prime(Index n, Index a, Index odd, int twos) {
  Index x = power_mod(a, odd, n);
  if (x == 1 || x == n - 1)
    return true;
  for (int t = 1; t < twos; ++t) {
    x = product_mod(x, x, n);
    if (x == n - 1)
      return true;
  }
  return false;
}

} // namespace

Index product_mod(Index a, Index b, Index m) {
  return static_cast<Index>(static_cast<Wide>(a) * static_cast<Wide>(b) % static_cast<Wide>(m));
}

Index power_mod(Index a, Index e, Index m) {
  Index result = 1 % m;
  for (Index square = a % m; e > 0; e >>= 1) {
    if ((e & 1) != 0)
      result = product_mod(result, square, m);
    square = product_mod(square, square, m);
  }
  return result;
}

Index floor_sqrt(Index n) {
  auto r = static_cast<Index>(std::sqrt(static_cast<double>(n))); // off by one at most
  r = std::min(r, floor_sqrt_limit);
  while (r * r > n)
    --r;
  while (r < floor_sqrt_limit && (r + 1) * (r + 1) <= n)
    ++r;
  return r;
}

bool is_prime(Index n) {
  static constexpr std::array<Index, 12> bases{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  if (n < 2)
    return false;
  for (const Index p : bases)
    if (n % p == 0)
      return n == p;
  Index odd = n - 1;
  int twos = 0;
  for (; odd % 2 == 0; odd /= 2)
    ++twos;
  return std::ranges::all_of(bases,
                             [&](Index a) { return strong_probable_prime(n, a, odd, twos); });
}

bool is_pythagorean_prime(Index n) {
  return n % 4 == 1 && is_prime(n);
}

Index nearest_pythagorean_prime(Index n) {
  n = std::max<Index>(n, 5); // the smallest
  for (Index apart = 0;; ++apart) {
    if (is_pythagorean_prime(n - apart))
      return n - apart;
    if (apart <= std::numeric_limits<Index>::max() - n && is_pythagorean_prime(n + apart))
      return n + apart;
  }
}

Index nearest_to(Index n, Index below, Index above) {
  if (below < 0)
    return above;
  return above < n || n - below <= above - n ? below : above;
}

} // namespace attnwalk::pattern
