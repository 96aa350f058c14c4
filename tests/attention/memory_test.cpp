// SPDX-License-Identifier: Apache-2.0
// A program of its own, since it replaces operator new to count bytes: the forward pass at n =
// 65536, 256 entries a row, width 64, 8 heads must stay within 16 n d h bytes beyond inputs,
// pattern and result.
#include "attnwalk/attention/attention.hpp"
#include "attnwalk/core/random.hpp"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::ptrdiff_t> held{0};
std::atomic<std::ptrdiff_t> peak{0};

void* counted(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
  void* place = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (place == nullptr)
    throw std::bad_alloc();
  const auto now = held += static_cast<std::ptrdiff_t>(malloc_usable_size(place));
  auto known = peak.load();
  while (now > known && !peak.compare_exchange_weak(known, now)) {
  }
  return place;
}

void uncounted(void* place) {
  held -= static_cast<std::ptrdiff_t>(malloc_usable_size(place));
  std::free(place);
}

} // namespace

void* operator new(std::size_t bytes) {
  return counted(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* place) noexcept {
  uncounted(place);
}
void operator delete(void* place, std::align_val_t) noexcept {
  uncounted(place);
}
void operator delete(void* place, std::size_t) noexcept {
  uncounted(place);
}

using namespace attnwalk;

int main() {
  const Index n = 65536, degree = 256, width = 64, heads = 8;
  Csr<double> csr;
  csr.rows = csr.cols = n;
  csr.offsets.resize(n + 1);
  csr.columns.resize(static_cast<std::size_t>(n * degree));
  for (Index i = 0; i <= n; ++i)
    csr.offsets[static_cast<std::size_t>(i)] = i * degree;
  for (Index i = 0; i < n; ++i) // one key in each of 256 equal ranges: ascending and far apart
    for (Index t = 0; t < degree; ++t)
      csr.columns[static_cast<std::size_t>(i * degree + t)] =
          t * degree +
          static_cast<Index>(RandomStream({1, 2}, static_cast<std::uint64_t>(i + t)).below(256));
  const pattern::PatternBatch P(pattern::Pattern(std::move(csr)));
  Dense<float> X(Shape{1, heads, n, width});
  RandomStream draw({3, 4});
  for (Index x = 0; x < X.shape().size(); ++x)
    X.data()[x] = static_cast<float>(draw.unit());

  const std::ptrdiff_t before = held;
  peak = before;
  const auto out = attention::attend<float>(X.view(), X.view(), X.view(), P,
                                            {.lse = true, .assumed_valid = true});
  const std::ptrdiff_t results =
      out.Z.shape().size() * Index{4} + out.lse.shape().size() * Index{4};
  const std::ptrdiff_t used = peak - before - results;
  const std::ptrdiff_t allowed = 16 * n * width * heads;
  std::printf("peak beyond inputs and result: %.1f MiB, allowed %.1f MiB\n",
              static_cast<double>(used) / 0x1p20, static_cast<double>(allowed) / 0x1p20);
  return used <= allowed ? EXIT_SUCCESS : EXIT_FAILURE;
}
