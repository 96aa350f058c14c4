// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attnwalk/core/buffer.hpp"

#include <cstddef>

namespace attnwalk::io {

/// Asks for huge pages, where the system has them on request: first touches of 4 KiB pages take
/// longer than reading a file into them.
void advise_huge_pages(void* memory, std::size_t bytes);

/// An unset buffer of n elements in huge pages.
template <class T>
[[nodiscard]] Buffer<T> large_buffer(std::size_t n) {
  Buffer<T> out(n);
  advise_huge_pages(out.data(), n * sizeof(T));
  return out;
}

} // namespace attnwalk::io
