// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace attnwalk {
inline namespace core {

/// Allocates whole cache lines, so that a row of 64 floats is read in 4 of them and not in parts of
/// 5, and leaves trivial elements unset, so that a large array is touched first by the threads that
/// fill it, once.
template <class T>
struct Uninitialized : std::allocator<T> {
  static constexpr std::align_val_t line{64};
  using std::allocator<T>::allocator;
  template <class U>
  struct rebind {
    using other = Uninitialized<U>;
  };
  [[nodiscard]] T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), line));
  }
  void deallocate(T* place, std::size_t) { ::operator delete(static_cast<void*>(place), line); }
  template <class U, class... Args>
  void construct(U* place, Args&&... args) {
    if constexpr (sizeof...(Args) == 0)
      ::new (static_cast<void*>(place)) U;
    else
      ::new (static_cast<void*>(place)) U(std::forward<Args>(args)...);
  }
};

/// A vector whose resize does not zero: the owning array of offsets, columns and values.
template <class T>
using Buffer = std::vector<T, Uninitialized<T>>;

} // namespace core
} // namespace attnwalk
