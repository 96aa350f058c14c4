// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/core/threads.hpp"
#include "attnwalk/kernels/cpu/edge_table.hpp"

#include <vector>

namespace attnwalk::kernels {

template <Real T>
Index row_lanes() {
  return edge_table<T>(isa()).lanes;
}

template <Real T>
void run(Op op, std::span<const Task<T>> tasks, int threads) {
  const EdgeTable<T>& table = edge_table<T>(isa());
  const Pass<T> pass = table.pass_of(op);
  const Merge<T> merge = table.merge_of(op);
  struct Item {
    std::uint32_t task;
    std::uint32_t chunk;
  };
  std::vector<Item> items;
  for (std::size_t t = 0; t < tasks.size(); ++t)
    for (Index c = 0; c < tasks[t].plan.chunk_count; ++c)
      items.push_back({static_cast<std::uint32_t>(t), static_cast<std::uint32_t>(c)});
  const auto count = static_cast<Index>(items.size());
  const int team = core::threads(threads);
#pragma omp parallel for schedule(dynamic) num_threads(team)
  for (Index i = 0; i < count; ++i) {
    const Item item = items[i];
    const Task<T>& task = tasks[item.task];
    pass(task.plan, task.plan.chunks[item.chunk], task.args);
  }
  if (merge == nullptr)
    return;
  for (const Task<T>& task : tasks) {
#pragma omp parallel for schedule(dynamic) num_threads(team)
    for (Index s = 0; s < task.plan.split_count; ++s)
      merge(task.plan.split_rows[s], task.args);
  }
}

template Index row_lanes<float>();
template Index row_lanes<double>();
template void run<float>(Op, std::span<const Task<float>>, int);
template void run<double>(Op, std::span<const Task<double>>, int);

} // namespace attnwalk::kernels
