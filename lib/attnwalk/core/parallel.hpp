// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"

#include <functional>

/// Loops that several threads share. Of several exceptions the one of the lowest number is thrown,
/// after all threads are done, so that messages do not depend on the number of threads.
namespace attnwalk {
inline namespace core {

/// Calls work(0), ..., work(count - 1), each once, from several threads in any order.
///
/// @param threads  as core::threads
/// @throws what `work` throws for the lowest number; Error{domain} for negative threads
void for_each_part(Index count, int threads, const std::function<void(Index part)>& work);

/// Where part `p` of `parts` nearly equal ones of 0 .. n begins.
[[nodiscard]] constexpr Index part_begin(Index n, Index parts, Index p) {
  return n / parts * p + (p < n % parts ? p : n % parts);
}

/// Calls work(first, last) for consecutive pieces that cover 0 .. count-1, from several threads in
/// any order. Work that goes through its piece in order and throws at the first number that is
/// wrong thereby names the first of all, whatever the pieces are.
///
/// @param threads   as core::threads
/// @param accesses  about how many array elements the whole touches: no thread is woken for a
///                  piece that touches too few
/// @throws what `work` throws for the lowest piece; Error{domain} for negative threads
void in_pieces(Index count, const std::function<void(Index first, Index last)>& work,
               int threads = 0, double accesses = 1e300);

} // namespace core
} // namespace attnwalk
