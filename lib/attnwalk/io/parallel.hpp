// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/index.hpp"
#include "attnwalk/core/threads.hpp"

#include <cstddef>
#include <exception>
#include <vector>

namespace attnwalk::io {

/// Runs body(0) .. body(count - 1) on the threads. An exception must not leave a parallel region:
/// that of the lowest number is thrown afterwards, so that messages do not depend on the threads.
template <class Body>
void for_each_part(Index count, int requested, const Body& body) {
  std::vector<std::exception_ptr> failed(count);
  [[maybe_unused]] const int workers = threads(requested);
#pragma omp parallel for schedule(dynamic, 1) num_threads(workers) if (count > 1 && workers > 1)
  for (Index part = 0; part < count; ++part) {
    try {
      body(part);
    } catch (...) {
      failed[part] = std::current_exception();
    }
  }
  for (const std::exception_ptr& failure : failed)
    if (failure)
      std::rethrow_exception(failure);
}

/// Where part `p` of `parts` nearly equal ones of 0 .. n begins.
[[nodiscard]] inline Index part_begin(Index n, Index parts, Index p) {
  return n / parts * p + (p < n % parts ? p : n % parts);
}

} // namespace attnwalk::io
