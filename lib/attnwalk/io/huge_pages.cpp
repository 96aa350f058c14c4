// SPDX-License-Identifier: Apache-2.0
#include "attnwalk/io/huge_pages.hpp"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace attnwalk::io {

void advise_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t huge = std::uintptr_t{1} << 21;
  if (bytes < 2 * huge)
    return;
  const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + huge - 1) / huge * huge;
  const auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / huge * huge;
  // A wish: without huge pages everything works, only slower.
  auto* const first =
      static_cast<std::byte*>(memory) + (begin - reinterpret_cast<std::uintptr_t>(memory));
  static_cast<void>(::madvise(first, end - begin, MADV_HUGEPAGE));
#endif
}

} // namespace attnwalk::io
