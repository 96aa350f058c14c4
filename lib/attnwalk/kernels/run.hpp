// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/kernels/edge.hpp"

#include <span>

namespace attnwalk::kernels {

template <Real T>
using Pass = void (*)(const Layout&, const Chunk&, const Head<T>&);
template <Real T>
using Merge = void (*)(const SplitRow&, const Head<T>&);

/// One head's work: a layout of its pattern's plan and its arrays.
template <Real T>
struct Task {
  const Layout* layout = nullptr;
  Head<T> head;
};

/// Runs a pass over all chunks of all tasks, then merges split rows where `merge` is not null.
/// Chunks are handed to threads as they come free; no result depends on which thread ran what.
///
/// @param threads  as core::threads
template <Real T>
void run(Pass<T> pass, Merge<T> merge, std::span<const Task<T>> tasks, int threads);

} // namespace attnwalk::kernels
