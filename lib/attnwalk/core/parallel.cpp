// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/parallel.hpp"

#include "attnwalk/core/threads.hpp"

#include <algorithm>
#include <exception>
#include <vector>

namespace attnwalk {
inline namespace core {

void for_each_part(Index count, int threads, const std::function<void(Index part)>& work) {
  const int team = core::threads(threads);
  if (count <= 1 || team == 1) {
    for (Index part = 0; part < count; ++part)
      work(part);
    return;
  }
  std::vector<std::exception_ptr> failed(static_cast<std::size_t>(count));
#pragma omp parallel for schedule(dynamic, 1) num_threads(team)
  for (Index part = 0; part < count; ++part) {
    try { // an exception may not leave the parallel region
      work(part);
    } catch (...) {
      failed[part] = std::current_exception();
    }
  }
  for (const std::exception_ptr& failure : failed)
    if (failure)
      std::rethrow_exception(failure);
}

void in_pieces(Index count, const std::function<void(Index first, Index last)>& work, int threads,
               double accesses) {
  const int team = core::threads(threads);
  // 32 pieces a thread balance rows of very different length; 2^13 accesses outweigh a wake-up.
  const auto worthwhile = static_cast<Index>(std::min(accesses / 8192, 32.0 * team));
  const Index pieces = team == 1 ? 1 : std::clamp<Index>(worthwhile, 1, std::max<Index>(count, 1));
  if (count > 0)
    for_each_part(pieces, threads, [&](Index p) {
      work(part_begin(count, pieces, p), part_begin(count, pieces, p + 1));
    });
}

} // namespace core
} // namespace attnwalk
