// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/kernels/run.hpp"

#include "attnwalk/core/threads.hpp"

#include <vector>

namespace attnwalk::kernels {

template <Real T>
void run(Pass<T> pass, Merge<T> merge, std::span<const Task<T>> tasks, int threads) {
  struct Item {
    std::uint32_t task;
    std::uint32_t chunk;
  };
  std::vector<Item> items;
  for (std::size_t t = 0; t < tasks.size(); ++t)
    for (std::size_t c = 0; c < tasks[t].layout->chunks.size(); ++c)
      items.push_back({static_cast<std::uint32_t>(t), static_cast<std::uint32_t>(c)});
  const auto count = static_cast<Index>(items.size());
  const int team = core::threads(threads);
#pragma omp parallel for schedule(dynamic) num_threads(team)
  for (Index i = 0; i < count; ++i) {
    const Item item = items[static_cast<std::size_t>(i)];
    const Task<T>& task = tasks[item.task];
    pass(*task.layout, task.layout->chunks[item.chunk], task.head);
  }
  if (merge == nullptr)
    return;
  for (const Task<T>& task : tasks) {
    const auto splits = static_cast<Index>(task.layout->split_rows.size());
#pragma omp parallel for schedule(dynamic) num_threads(team)
    for (Index s = 0; s < splits; ++s)
      merge(task.layout->split_rows[static_cast<std::size_t>(s)], task.head);
  }
}

template void run<float>(Pass<float>, Merge<float>, std::span<const Task<float>>, int);
template void run<double>(Pass<double>, Merge<double>, std::span<const Task<double>>, int);

} // namespace attnwalk::kernels
